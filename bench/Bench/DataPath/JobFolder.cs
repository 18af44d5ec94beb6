using System.Security.Cryptography;
using System.Text.Json;
using ControlPlane.Bench.Running;
using ControlPlane.Protocol;

namespace ControlPlane.Bench.DataPath;

/// <summary>The files that the kubelet would mount into a Job's Pod, in a folder that takes the place of <c>/run</c>.</summary>
internal sealed class JobFolder
{
    /// <summary>The id of the key that sealed contestants seal with.</summary>
    internal const string KeyId = "bench";

    private const string Mounted = "/var/run/";

    private readonly string root = Directory.CreateDirectory(Path.Combine(Workplace.Folder, "job")).FullName;

    /// <summary>Takes the place of <c>/run</c>.</summary>
    internal string Root => root;

    /// <summary>Where a file of <see cref="JobFiles"/> lies on this machine.</summary>
    internal string On(string file) => Path.Combine(root, file[Mounted.Length..]);

    /// <summary>Writes request, ticket and keys.</summary>
    internal async Task WriteAsync(JobRequest request, string ticket, Target target)
    {
        await WriteAsync(JobFiles.Request, JsonSerializer.Serialize(request, ProtocolJson.Default.JobRequest));
        await WriteAsync(JobFiles.Ticket, ticket);
        await WriteAsync($"{JobFiles.EncryptionKeys}/{KeyId}", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        await WriteAsync($"{JobFiles.Credentials}/AWS_ACCESS_KEY_ID", target.AccessKey);
        await WriteAsync($"{JobFiles.Credentials}/AWS_SECRET_ACCESS_KEY", target.SecretKey);
    }

    private async Task WriteAsync(string file, string text)
    {
        var path = On(file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, text);
    }
}
