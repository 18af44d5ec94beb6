using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Watching;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Operator.Protection;

/// <summary>Says to the member where the plane runs that what is known here of another one's protection changed: not what, and not more than once a second.</summary>
internal sealed partial class ProtectionNews(ProtectionRegister register, IGrainFactory grains, TimeProvider time, ILogger<ProtectionNews> logger) : IMemberCompanion
{
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    public async Task RunAsync(MemberKey member, CancellationToken stop)
    {
        var local = grains.GetGrain<IMemberGrain>(new MemberKey(MemberKey.Local).ToString());
        for (var seen = 0L; ;)
        {
            await register.ChangedAsync(member, seen, stop);

            // What comes together is said together.
            await Task.Delay(Linger, time, stop);
            seen = await register.ChangedAsync(member, seen, stop);
            for (var pause = Linger; !await TrySayAsync(local, member, stop); pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
                await Task.Delay(pause, time, stop);
        }
    }

    private async Task<bool> TrySayAsync(IMemberGrain local, MemberKey member, CancellationToken stop)
    {
        try
        {
            await local.HearProtectionAsync(member.Name, stop);
            return true;
        }
        catch (Exception trouble) when (!stop.IsCancellationRequested)
        {
            LogNotSaid(trouble, member);
            return false;
        }
    }

    [LoggerMessage(2655, LogLevel.Warning, "Member {Member}: that its clusters or databases changed could not be said, and is tried again")]
    private partial void LogNotSaid(Exception trouble, MemberKey member);
}
