using System.Security.Cryptography;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner.Sealing;

namespace ControlPlane.Sidecar.Tests.Sealing;

/// <summary>A folder as the kubelet mounts a Secret with keys.</summary>
internal sealed class KeyFolder : IDisposable
{
    internal const string Id = "key-1";

    internal static readonly BackupIdentity Backup = new() { Namespace = "shop", Cluster = "orders", Name = "b1", Uid = "u1" };

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("keys-");

    internal string Path => folder.FullName;

    internal string Write(string? text = null, string id = Id)
    {
        text ??= Convert.ToBase64String(RandomNumberGenerator.GetBytes(DataKey.KeyBytes));
        File.WriteAllText(System.IO.Path.Combine(Path, id), text);
        return text;
    }

    internal OwnerKeys Keys(string id = Id) => new(new SealingRequest { SecretName = "backup-keys", KeyId = id }, Path);

    public void Dispose() => folder.Delete(recursive: true);
}
