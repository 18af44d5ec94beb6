using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace ControlPlane.Operator.Members;

/// <summary>How the members stand that this silo watches. By member: there are at most a few hundred.</summary>
internal sealed class MemberMetrics : IDisposable
{
    private readonly Meter meter = new("ControlPlane");
    private readonly ConcurrentDictionary<string, MemberLook> looks = new();

    public MemberMetrics(TimeProvider time)
    {
        meter.CreateObservableGauge(
            "controlplane.member.connected", () => looks.Select(look => new Measurement<int>(look.Value.Connected ? 1 : 0, Of(look.Key))),
            description: "1 where the member's API server answers, 0 where it is away.");
        meter.CreateObservableGauge(
            "controlplane.member.silence", () => looks.Where(look => look.Value.LastContact is not null)
                .Select(look => new Measurement<double>((time.GetUtcNow() - look.Value.LastContact!.Value).TotalSeconds, Of(look.Key))),
            "s", "How long ago the member was last heard from.");
        meter.CreateObservableGauge(
            "controlplane.member.clusters", () => looks.Where(look => look.Value.Clusters is not null).Select(look => new Measurement<int>(look.Value.Clusters!.Value, Of(look.Key))),
            description: "MySQLClusters of the member.");
    }

    public void Saw(string member, MemberLook look) => looks[member] = look;

    public void Forget(string member) => looks.TryRemove(member, out _);

    public void Dispose() => meter.Dispose();

    private static KeyValuePair<string, object?> Of(string member) => new("member", member);
}
