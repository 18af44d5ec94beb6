using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Grains.Members;

/// <summary>
/// Holds the watches of one Kubernetes cluster where it is active, and is active for ever: its reminder brings it back within a minute
/// after the silo that had it died. It goes when its member is no longer described.
/// </summary>
[GrainType("member")]
[KeepAlive]
internal sealed partial class MemberGrain(IMemberWatcher watcher, ILogger<MemberGrain> logger) : Grain, IMemberGrain, IRemindable
{
    private const string ReminderName = "member";

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private MemberKey key;
    private IGrainReminder? reminder;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        key = MemberKey.Parse(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        LogWatchEnds(key, reason.ReasonCode);
        return watcher.StopAsync(key, cancellationToken);
    }

    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        reminder ??= await this.RegisterOrUpdateReminder(ReminderName, Period, Period, cancellationToken);
        await StartAsync(cancellationToken);
    }

    public Task<MemberProtection> GetProtectionAsync(CancellationToken cancellationToken) => Task.FromResult(watcher.See(key));

    public Task HearProtectionAsync(string member, CancellationToken cancellationToken)
    {
        watcher.Hear(new(member));
        return Task.CompletedTask;
    }

    public Task ReceiveReminder(string reminderName, TickStatus status) => StartAsync(CancellationToken.None);

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        if (await watcher.StartAsync(key, cancellationToken))
            return;
        if ((reminder ?? await this.GetReminder(ReminderName, cancellationToken)) is { } armed)
            await this.UnregisterReminder(armed, cancellationToken);
        reminder = null;
        DeactivateOnIdle();
    }

    [LoggerMessage(1201, LogLevel.Information, "The watch of member {Member} ends here ({Reason})")]
    private partial void LogWatchEnds(MemberKey member, DeactivationReasonCode reason);
}
