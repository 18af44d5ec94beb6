using System.Text.Json.Nodes;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Tests.Sealing;

/// <summary>A backup and its keys, to be spoiled.</summary>
internal sealed class SpoiledBackup : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("spoiled-");

    internal SpoiledBackup(string backup, string keys)
    {
        foreach (var (from, to) in new[] { (backup, Backup), (keys, Keys) })
        {
            foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            {
                var target = System.IO.Path.Combine(to, System.IO.Path.GetRelativePath(from, file));
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
        }
    }

    internal string Backup => System.IO.Path.Combine(folder.FullName, "backup");

    internal string Keys => System.IO.Path.Combine(folder.FullName, "keys");

    internal string Path(string name) => System.IO.Path.Combine(Backup, name);

    internal void Change(string name, Func<byte[], byte[]> change) => File.WriteAllBytes(Path(name), change(File.ReadAllBytes(Path(name))));

    internal void Edit(Action<JsonNode> edit)
    {
        var manifest = JsonNode.Parse(File.ReadAllBytes(Path("manifest.json")))!;
        edit(manifest);
        File.WriteAllText(Path("manifest.json"), manifest.ToJsonString(ProtocolJson.Indented.Options));
    }

    public void Dispose() => folder.Delete(recursive: true);
}
