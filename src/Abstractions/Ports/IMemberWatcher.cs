using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;

namespace ControlPlane.Abstractions.Ports;

/// <summary>The watches of one Kubernetes cluster, as the member grain holds them.</summary>
public interface IMemberWatcher
{
    /// <summary>
    /// Makes sure that all watches of the member run in this process. Returns at once; a repeat is harmless. False where there is no such member (any
    /// more): then nothing runs.
    /// </summary>
    Task<bool> StartAsync(MemberKey member, CancellationToken cancellationToken);

    /// <summary>Ends them. Done when none of them speaks any more.</summary>
    Task StopAsync(MemberKey member, CancellationToken cancellationToken);

    /// <summary>What they saw of what is protected; nothing where they do not run in this process.</summary>
    MemberProtection See(MemberKey member);

    /// <summary>What a member's watches, here or in another process, know of what is protected changed: whoever shows it asks for it.</summary>
    void Hear(MemberKey member);
}
