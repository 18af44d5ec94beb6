using System.Diagnostics;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Restoring;
using ControlPlane.Sidecar.Runner;
using MySqlConnector;

namespace ControlPlane.Sidecar.Tests.Restoring;

/// <summary>A drill whose server is in another container: here, the command of that container in another process.</summary>
public sealed class DrillServerTests : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("drill-server-");
    private readonly DrillPlace place;
    private readonly Process command;

    public DrillServerTests()
    {
        place = new(Path.Combine(folder.FullName, "drill"));
        foreach (var made in new[] { place.Root, place.Data, place.Run })
            Directory.CreateDirectory(made);
        command = Process.Start(new ProcessStartInfo("sh", ["-c", DrillFiles.ServerCommandIn(place.Root)]))!;
    }

    public async ValueTask DisposeAsync()
    {
        if (!command.HasExited)
            command.Kill(entireProcessTree: true);
        await command.WaitForExitAsync();
        command.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task StartAsync_OfAServerElsewhere_AnswersAndEndsItAfterwards()
    {
        using var install = Process.Start(new ProcessStartInfo("mariadb-install-db", ["--no-defaults", $"--datadir={place.Data}", "--skip-test-db", "--user=root"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await Task.WhenAll(install.StandardOutput.ReadToEndAsync(), install.StandardError.ReadToEndAsync(), install.WaitForExitAsync());
        await using (var server = new DrillServer(place, program: null, TimeProvider.System))
        {
            await using var connection = await server.StartAsync(CancellationToken.None);
            await using var query = new MySqlCommand("SELECT 4711", connection);
            Assert.Equal(4711L, Convert.ToInt64(await query.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture));
        }

        await command.WaitForExitAsync().WaitAsync(Soon);
        Assert.Equal((0, "0"), (command.ExitCode, (await File.ReadAllTextAsync(Path.Combine(place.Root, DrillFiles.Ended))).Trim()));
    }

    [Fact]
    public async Task StartAsync_OfAServerElsewhereThatDies_IsToldAtOnceWithItsLastWords()
    {
        await File.WriteAllTextAsync(Path.Combine(place.Data, "ibdata1"), "These are no pages.");
        await using var server = new DrillServer(place, program: null, TimeProvider.System);

        var trouble = await Assert.ThrowsAsync<JobFaultException>(() => server.StartAsync(CancellationToken.None)).WaitAsync(Soon);

        Assert.Equal((JobFault.DrillFailed, "The server ended before it answered."), (trouble.Fault, trouble.Message));
        Assert.Contains("[ERROR]", server.LastWords(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127")]
    [InlineData("126")]
    public async Task StartAsync_WhereTheImageHasNoServer_BlamesTheImageAndNotTheBackup(string status)
    {
        command.Kill(entireProcessTree: true);
        await File.WriteAllTextAsync(Path.Combine(place.Root, DrillFiles.Ended), status);
        await using var server = new DrillServer(place, program: null, TimeProvider.System);

        var trouble = await Assert.ThrowsAsync<JobFaultException>(() => server.StartAsync(CancellationToken.None)).WaitAsync(Soon);

        Assert.Equal(JobFault.InvalidRequest, trouble.Fault);
        Assert.Contains("spec.image", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerCommand_WhenTheRunnerEndedBefore_EndsWithoutAServer()
    {
        await File.WriteAllTextAsync(Path.Combine(place.Root, DrillFiles.End), "");

        await command.WaitForExitAsync().WaitAsync(Soon);

        Assert.Equal((0, false), (command.ExitCode, File.Exists(Path.Combine(place.Root, DrillFiles.Ended))));
    }
}
