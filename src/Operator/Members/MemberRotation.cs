using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Fleet;
using Microsoft.Extensions.Hosting;

namespace ControlPlane.Operator.Members;

/// <summary>
/// Has connections follow what is said of members: whose credentials changed gets a new one at once, whose member is gone gets none. And asks once which
/// Kubernetes cluster this is, so that no other member leads here.
/// </summary>
internal sealed class MemberRotation(MemberConnections members, MemberClusters clusters, MemberSecrets secrets, FleetMembers fleet, ApiCalls api, TimeProvider time) : BackgroundService
{
    private static readonly MemberKey Local = new(MemberKey.Local);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(FollowAsync(clusters, stoppingToken), FollowAsync(secrets, stoppingToken), IdentifyAsync(stoppingToken));

    private async Task FollowAsync<TSpec>(FleetKind<TSpec> kind, CancellationToken stop)
        where TSpec : class
    {
        await foreach (var _ in kind.FollowAsync(stop))
        {
            members.Refresh();
            api.Keep(fleet.All.ToHashSet());
        }
    }

    private async Task IdentifyAsync(CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await members.For(Local).IdentifyAsync(Local.Name, stop);
                return;
            }
            catch (Exception trouble) when (trouble is not OperationCanceledException)
            {
                // Without the right to it, while it is away, or where nothing says how it is reached: nothing else depends on it, and whoever needs it says why.
                await Task.Delay(Pause, time, stop);
            }
        }
    }
}
