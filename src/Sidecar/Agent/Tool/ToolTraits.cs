using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Agent.Tool;

/// <summary>What differs between the two programs of the family; nothing else in the agent asks which one it is.</summary>
/// <param name="Engine">The engine.</param>
/// <param name="Programs">The program's names, the current one first.</param>
/// <param name="StreamFormat">What <c>--stream</c> is called there; the format is the same.</param>
/// <param name="ReplicaArguments">What is added when the instance is a replica.</param>
/// <param name="PausesReplication">Whether the tool stops the replica's SQL thread, so that somebody must start it when the tool dies.</param>
internal sealed record ToolTraits(BackupEngine Engine, IReadOnlyList<string> Programs, string StreamFormat, IReadOnlyList<string> ReplicaArguments, bool PausesReplication)
{
    // MariaDB's tool takes its positions under BACKUP STAGE, which already waits for what a paused SQL thread would protect; pausing
    // there would only let the replica fall behind. Percona's tool asks for the pause where statements are replicated.
    private static readonly ToolTraits MariaDb = new(BackupEngine.MariaDbBackup, ["mariadb-backup", "mariabackup"], "mbstream", ["--slave-info"], false);
    private static readonly ToolTraits Percona = new(BackupEngine.XtraBackup, ["xtrabackup"], "xbstream", ["--slave-info", "--safe-slave-backup"], true);

    /// <summary>The traits of an engine; <see cref="BackupEngine.Auto"/> goes by the server.</summary>
    internal static ToolTraits Of(BackupEngine engine, bool serverIsMariaDb) => engine switch
    {
        BackupEngine.MariaDbBackup => MariaDb,
        BackupEngine.XtraBackup => Percona,
        _ => serverIsMariaDb ? MariaDb : Percona,
    };

    /// <summary>The first of the programs that lies on the path, or null.</summary>
    internal string? Find(string? path) =>
        Programs.SelectMany(program => (path ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries), (program, folder) => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
}
