using ControlPlane.Protocol;
using ControlPlane.Sidecar.Agent.Tool;

namespace ControlPlane.Sidecar.Tests.Agent;

public sealed class ToolCommandTests
{
    private static readonly RunFolder Folder = RunFolder.Of("/scratch", "4f2c", 2);

    [Fact]
    public void Arguments_OfMariaDbBackup_AreThese() => Assert.Equal(
        [
            "--defaults-file=/scratch/runs/4f2c-2/defaults.cnf",
            "--backup",
            "--stream=mbstream",
            "--target-dir=/scratch/runs/4f2c-2/target",
            "--extra-lsndir=/scratch/runs/4f2c-2/positions",
            "--datadir=/var/lib/mysql",
            "--tmpdir=/scratch/runs/4f2c-2/tmp",
        ],
        Command(BackupEngine.MariaDbBackup).Arguments());

    [Fact]
    public void Arguments_OfXtraBackupOnAReplica_PauseItsSqlThread()
    {
        var arguments = (Command(BackupEngine.XtraBackup) with { IsReplica = true, HasLostAndFound = true, Further = ["--parallel=4"] }).Arguments();

        Assert.StartsWith("--defaults-file=", arguments[0], StringComparison.Ordinal);
        Assert.Contains("--stream=xbstream", arguments);
        Assert.Equal(["--databases-exclude=lost+found", "--slave-info", "--safe-slave-backup", "--parallel=4"], arguments.Skip(7));
    }

    [Fact]
    public void Arguments_OfMariaDbBackupOnAReplica_DoNotPauseIt()
    {
        var arguments = (Command(BackupEngine.MariaDbBackup) with { IsReplica = true }).Arguments();

        Assert.Contains("--slave-info", arguments);
        Assert.DoesNotContain("--safe-slave-backup", arguments);
    }

    [Fact]
    public void Arguments_OfAnyTool_AreAllTakenFromTheOwnerByNobody() =>
        Assert.All(Command(BackupEngine.XtraBackup).Arguments(), argument => Assert.NotEmpty(ToolArguments.Faults([argument])));

    [Theory]
    [InlineData(BackupEngine.Auto, true, BackupEngine.MariaDbBackup)]
    [InlineData(BackupEngine.Auto, false, BackupEngine.XtraBackup)]
    [InlineData(BackupEngine.XtraBackup, true, BackupEngine.XtraBackup)]
    [InlineData(BackupEngine.MariaDbBackup, false, BackupEngine.MariaDbBackup)]
    public void Of_AnEngine_GoesByTheServerOnlyWhenAsked(BackupEngine asked, bool mariaDb, BackupEngine expected) =>
        Assert.Equal(expected, ToolTraits.Of(asked, mariaDb).Engine);

    [Fact]
    public void Find_OnAPathWithoutTheTool_IsNull() =>
        Assert.Null(ToolTraits.Of(BackupEngine.XtraBackup, false).Find("/nowhere:/nor/here"));

    [Fact]
    public void Text_OfADefaultsFile_KeepsEveryCharacterOfAPassword() => Assert.Equal(
        "[client]\nprotocol=tcp\nhost=\"127.0.0.1\"\nport=3306\nuser=\"backup\"\npassword=\"a#b \\\"c\\\\ \\n\"\n",
        DefaultsFile.Text("127.0.0.1", 3306, "backup", "a#b \"c\\ \n"));

    private static ToolCommand Command(BackupEngine engine) => new() { Traits = ToolTraits.Of(engine, true), Folder = Folder, DataPath = "/var/lib/mysql" };
}
