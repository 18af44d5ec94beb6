using ControlPlane.Sidecar.Agent.Tool;

namespace ControlPlane.Sidecar.Tests.Agent;

public sealed class PositionFilesTests
{
    // As mariadb-backup 10.11.19 wrote them.
    private const string Checkpoints1011 = "backup_type = full-backuped\nfrom_lsn = 0\nto_lsn = 44404\nlast_lsn = 118333\nrecover_binlog_info = 0\n";

    private const string Info1011 = """
        uuid = 377e32ef-e6a6-11f1-b0d9-02fc00000001
        name = 
        tool_name = mariadb-backup
        tool_command = --no-defaults --backup --stream=mbstream
        tool_version = 10.11.19-MariaDB
        ibbackup_version = 10.11.19-MariaDB
        server_version = 10.11.19-MariaDB-0+deb12u1-log
        start_time = 2026-11-22 18:54:58
        end_time = 2026-11-22 18:54:59
        lock_time = 1795373698
        binlog_pos = filename 'bin.000001', position '777', GTID of the last change '0-11-3'
        innodb_from_lsn = 0
        innodb_to_lsn = 44404
        partial = N
        incremental = N
        format = mbstream
        compressed = N
        """;

    // Percona's tool breaks a GTID set after its commas.
    private const string InfoPercona = """
        tool_name = xtrabackup
        tool_version = 8.0.35-31
        server_version = 8.0.36
        binlog_pos = filename 'binlog.000007', position '1977', GTID of the last change '3b17a7c0-0001-11ee-9c1b-0242ac110002:1-77,
        4c17a7c0-0001-11ee-9c1b-0242ac110002:1-5'
        innodb_from_lsn = 0
        """;

    [Theory]
    [InlineData("xtrabackup_")]
    [InlineData("mariadb_backup_")]
    public async Task ReadAsync_OfEitherGenerationOfNames_FindsEverything(string generation)
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, generation + "checkpoints"), Checkpoints1011);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, generation + "info"), Info1011);

            var positions = (await PositionFiles.ReadAsync(folder.FullName, CancellationToken.None))!;

            Assert.Equal((0L, 44404L, 118333L), (positions.LsnFrom, positions.LsnTo, positions.LsnLast));
            Assert.Equal(("bin.000001", 777L, "0-11-3"), (positions.BinlogFile, positions.BinlogPosition, positions.GtidExecuted));
            Assert.Equal(("10.11.19-MariaDB", "10.11.19-MariaDB-0+deb12u1-log"), (positions.ToolVersion, positions.ServerVersion));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task ReadAsync_OfAnEmptyFolder_IsNull()
    {
        var folder = Directory.CreateTempSubdirectory();
        Assert.Null(await PositionFiles.ReadAsync(folder.FullName, CancellationToken.None));
        folder.Delete();
    }

    [Fact]
    public void Parse_OfASetOverSeveralLines_JoinsIt() => Assert.Equal(
        "3b17a7c0-0001-11ee-9c1b-0242ac110002:1-77,4c17a7c0-0001-11ee-9c1b-0242ac110002:1-5",
        PositionFiles.Parse(Checkpoints1011, InfoPercona)!.GtidExecuted);

    [Fact]
    public void Parse_WithoutABinaryLog_HasNone()
    {
        var positions = PositionFiles.Parse(Checkpoints1011, "tool_version = 10.11.19-MariaDB\nbinlog_pos = \n")!;

        Assert.Equal((null, null, null), (positions.BinlogFile, positions.BinlogPosition, positions.GtidExecuted));
    }

    [Theory]
    [InlineData("")]
    [InlineData("backup_type = full-backuped\nfrom_lsn = 0\n")]
    [InlineData("to_lsn = many\n")]
    public void Parse_WithoutAnEnd_IsNull(string checkpoints) => Assert.Null(PositionFiles.Parse(checkpoints, Info1011));
}
