using ControlPlane.Bench.Running;

namespace ControlPlane.Members;

/// <summary>The silo and the members around it, and what is counted of them.</summary>
internal sealed class FleetUnderTest(Child silo, StandInProcess standIns, RealMember real)
{
    /// <summary>The silo's sockets to the members.</summary>
    public SocketTraffic Traffic { get; } = new(silo.Process, MembersBench.IsServer);

    /// <summary>What goes on for so long.</summary>
    public async Task<Measured> MeasureAsync(TimeSpan window)
    {
        var (began, before) = (TimeProvider.System.GetTimestamp(), await LookAsync());
        await Task.Delay(window, TimeProvider.System);
        var after = await LookAsync();
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        return new()
        {
            ResidentMebibytes = ProcessFacts.ResidentMebibytes(silo.Process) ?? 0,
            Sockets = after.Sockets.Open,
            ReceivedPerSecond = (after.Sockets.Received - before.Sockets.Received) / seconds,
            SentPerSecond = (after.Sockets.Sent - before.Sockets.Sent) / seconds,
            WatchBytesPerSecond = (after.StandIns.WatchBytes - before.StandIns.WatchBytes) / seconds,
            WatchEventsPerSecond = (after.StandIns.WatchEvents - before.StandIns.WatchEvents) / seconds,
            RealEventsPerSecond = (after.RealEvents - before.RealEvents) / seconds,
            RequestsPerSecond = (after.StandIns.Requests - before.StandIns.Requests) / seconds,
            ListBytesPerSecond = (after.StandIns.ListBytes - before.StandIns.ListBytes) / seconds,
            BackupsPerSecond = (after.StandIns.JobsEnded - before.StandIns.JobsEnded) / seconds,
            Cores = (after.SiloCpu - before.SiloCpu) / seconds,
        };
    }

    private async Task<(StandInCounts StandIns, (long Received, long Sent, int Open) Sockets, double RealEvents, double SiloCpu)> LookAsync() =>
        (await standIns.CountAsync(), await Traffic.NowAsync(), await real.WatchEventsAsync(), silo.CpuSeconds);
}

/// <summary>What was counted in one window.</summary>
internal sealed record Measured
{
    /// <summary>The lines of the table.</summary>
    public static IReadOnlyList<(string Name, Func<Measured, double> Of)> Rows { get; } =
    [
        ("silo: resident, MiB", one => one.ResidentMebibytes),
        ("silo: CPU, share of a core", one => one.Cores),
        ("silo: sockets to members", one => one.Sockets),
        ("its sockets: received, KiB/s", one => one.ReceivedPerSecond / 1024),
        ("its sockets: sent, KiB/s", one => one.SentPerSecond / 1024),
        ("stand-ins: watch events (with bookmarks), 1/s", one => one.WatchEventsPerSecond),
        ("stand-ins: watches, KiB/s", one => one.WatchBytesPerSecond / 1024),
        ("stand-ins: lists, KiB/s", one => one.ListBytesPerSecond / 1024),
        ("stand-ins: other requests, 1/s", one => one.RequestsPerSecond),
        ("stand-ins: backups that ended, 1/s", one => one.BackupsPerSecond),
        ("real API server: watch events of our kinds, 1/s", one => one.RealEventsPerSecond),
    ];

    public required double ResidentMebibytes { get; init; }

    public required double Cores { get; init; }

    public required int Sockets { get; init; }

    public required double ReceivedPerSecond { get; init; }

    public required double SentPerSecond { get; init; }

    public required double WatchBytesPerSecond { get; init; }

    public required double WatchEventsPerSecond { get; init; }

    public required double RealEventsPerSecond { get; init; }

    public required double RequestsPerSecond { get; init; }

    public required double ListBytesPerSecond { get; init; }

    public required double BackupsPerSecond { get; init; }
}
