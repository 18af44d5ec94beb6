using System.Globalization;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Agent;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Tests.Road;

/// <summary>Ends that come from outside: whoever goes first, the others notice, and nothing stays behind.</summary>
public sealed class InterruptionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Backup_ThatIsToldToStop_EndsTheToolAndItsChildren()
    {
        await using var road = await TestRoad.StartAsync();
        var numbers = Hanging(road);
        using var stop = new CancellationTokenSource();

        var running = road.RunAsync(road.Request(), told: stop.Token);
        var processes = await ProcessesAsync(numbers);
        await stop.CancelAsync();
        var (exitCode, report) = await running.WaitAsync(Limit);

        Assert.Equal((1, (JobFault?)JobFault.Cancelled), (exitCode, report.Fault));
        await GoneAsync(processes);
        await FreeAsync(road);
        Assert.Empty(await road.KeysAsync());
        Assert.Equal(0, await road.Memory.AbandonUploadsAsync("", _ => true, CancellationToken.None));
    }

    [Fact]
    public async Task Backup_ThatIsToldToStopBeforeItBegan_SaysSo()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);

        var (_, report) = await road.RunAsync(road.Request(), told: new CancellationToken(canceled: true));

        Assert.Equal(JobFault.Cancelled, report.Fault);
        Assert.Empty(await road.KeysAsync());
    }

    [Fact]
    public async Task Backup_PastItsDeadline_SaysSo()
    {
        await using var road = await TestRoad.StartAsync();
        Hanging(road);

        var (_, report) = await road.RunAsync(road.Request() with { Deadline = TimeProvider.System.GetUtcNow() + StopReason.Reserve + TimeSpan.FromSeconds(2) }).WaitAsync(Limit);

        Assert.Equal(JobFault.DeadlineExceeded, report.Fault);
        Assert.Empty(await road.KeysAsync());
    }

    [Fact]
    public async Task Backup_WhoseAgentIsStopped_IsTriedElsewhere()
    {
        await using var road = await TestRoad.StartAsync();
        var numbers = Hanging(road);

        var running = road.RunAsync(road.Request());
        var processes = await ProcessesAsync(numbers);
        await road.StopAgentAsync();
        var (_, report) = await running.WaitAsync(Limit);

        Assert.Contains(report.Fault, new JobFault?[] { JobFault.SourceUnavailable, JobFault.StreamBroken });
        await GoneAsync(processes);
        Assert.Empty(await road.KeysAsync());
    }

    [Fact]
    public async Task Backup_WhileAnotherOneRuns_IsToldWhose()
    {
        await using var road = await TestRoad.StartAsync();
        var numbers = Hanging(road);
        using var stop = new CancellationTokenSource();
        var first = road.RunAsync(road.Request(), told: stop.Token);
        await ProcessesAsync(numbers);

        var other = road.Request() with { Backup = road.Backup with { Name = "b2", Uid = "other" } };
        var (_, report) = await road.RunAsync(other);
        var (_, again) = await road.RunAsync(road.Request());

        Assert.Equal(JobFault.SourceUnavailable, report.Fault);
        Assert.Contains("busy with 4f2c-1", report.Message, StringComparison.Ordinal);
        Assert.Equal(JobFault.SourceUnavailable, again.Fault);
        await stop.CancelAsync();
        await first.WaitAsync(Limit);
    }

    [Fact]
    public async Task Backup_WhoseEarlierAttemptStillStreamsToNobody_TakesItsPlace()
    {
        await using var road = await TestRoad.StartAsync();
        var numbers = Hanging(road);
        using var vanished = road.Client(road.Ticket());
        using var message = new HttpRequestMessage(HttpMethod.Post, AgentApi.Backups.Replace("{uid}", road.Backup.Uid, StringComparison.Ordinal)) { Content = new StringContent("""{"attempt":1}""") };
        using var stream = await vanished.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        var processes = await ProcessesAsync(numbers);
        road.WriteTool("mariadb-backup", Scripts.Good);

        var (_, report) = await road.RunAsync(road.Request(attempt: 2)).WaitAsync(Limit);

        Assert.Null(report.Fault);
        await GoneAsync(processes);
        await Assert.ThrowsAnyAsync<Exception>(() => stream.Content.ReadAsByteArrayAsync().WaitAsync(Limit));
    }

    [Fact]
    public async Task Backup_OfAReplicaThatTheToolPaused_StartsReplicationAgain()
    {
        await using var road = await TestRoad.StartAsync();
        var numbers = Path.Combine(road.Folder("data"), "numbers");
        road.WriteTool("xtrabackup", Scripts.Hangs(numbers));
        road.Server.BecomeReplica();
        using var stop = new CancellationTokenSource();
        var request = road.Request() with { Source = road.Source() with { Engine = BackupEngine.XtraBackup } };

        var running = road.RunAsync(request, told: stop.Token);
        await ProcessesAsync(numbers);
        await stop.CancelAsync();
        await running.WaitAsync(Limit);
        await FreeAsync(road);

        Assert.Equal(1, road.Server.Restarts);
    }

    [Fact]
    public async Task Certificate_ThatIsRotated_LeavesARunningBackupAlone()
    {
        await using var road = await TestRoad.StartAsync();
        var go = Path.Combine(road.Folder("data"), "go");
        road.WriteTool("mariadb-backup", Scripts.Positions + $"opens 6000000 1195894976; head -c 3000000 /dev/zero; while [ ! -e {go} ]; do sleep 0.1; done; head -c 3000000 /dev/zero; closes; leave; echo 'completed OK!' >&2");
        var running = road.RunAsync(road.Request());
        await UntilAsync(() => road.Part<BackupRuns>().RunningUid is not null);

        using var next = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        road.WriteCertificate(road.Authority("plane"));
        road.WriteTicketKeys(next);
        await File.WriteAllTextAsync(go, "");
        Assert.Null((await running.WaitAsync(Limit)).Report.Fault);

        var second = road.Request() with { Backup = road.Backup with { Uid = "second" } };
        Assert.Equal(JobFault.SourceUnavailable, (await road.RunAsync(second)).Report.Fault);
        Assert.Null((await road.RunAsync(second, ticket: road.Ticket(uid: "second", key: next))).Report.Fault);
    }

    private static string Hanging(TestRoad road)
    {
        var numbers = Path.Combine(road.Folder("data"), "numbers");
        road.WriteTool("mariadb-backup", Scripts.Hangs(numbers));
        return numbers;
    }

    private static async Task<int[]> ProcessesAsync(string numbers)
    {
        await UntilAsync(() => File.Exists(numbers) && File.ReadAllLines(numbers).Length == 2);
        return [.. (await File.ReadAllLinesAsync(numbers)).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
    }

    private static Task GoneAsync(int[] processes) => UntilAsync(() => processes.All(process => !Directory.Exists($"/proc/{process}") || Zombie(process)));

    // A grandchild without a living parent waits for whatever is process 1 here.
    private static bool Zombie(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/stat").Split(") ")[1].StartsWith('Z');
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static Task FreeAsync(TestRoad road) => UntilAsync(() => road.Part<BackupRuns>().RunningUid is null);

    private static async Task UntilAsync(Func<bool> happened)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!happened())
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
    }
}
