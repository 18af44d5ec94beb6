using ControlPlane.Abstractions.Fleet;
using Orleans.Concurrency;

namespace ControlPlane.Abstractions.Members;

/// <summary>
/// One Kubernetes cluster. Its single activation is the leader election: where it is active, its resources are watched, and nowhere else.
/// Key: <see cref="MemberKey"/>.
/// </summary>
[Alias("IMemberGrain")]
public interface IMemberGrain : IGrainWithStringKey
{
    /// <summary>
    /// Makes sure that the watches run, and go on running: arms the reminder that brings them back after a crash. Said by each silo when
    /// it starts; a repeat is harmless.
    /// </summary>
    [Alias("Watch")]
    Task WatchAsync(CancellationToken cancellationToken = default);

    /// <summary>What the watches know of what is protected.</summary>
    [ReadOnly, Alias("GetProtection")]
    Task<MemberProtection> GetProtectionAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Said to the member where the plane runs, beside whose watches the fleet's own resources are written: what another member's watches know of what is
    /// protected changed, and is to be asked for. A repeat is harmless, and so is one that got lost with the silo: the next one asks all.
    /// </summary>
    /// <param name="member">The member's name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    [Alias("HearProtection")]
    Task HearProtectionAsync(string member, CancellationToken cancellationToken = default);
}
