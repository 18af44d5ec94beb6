using ControlPlane.Abstractions;
using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Tests.Members;

public sealed class MemberStatusesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);

    private static readonly MemberLook Well = new()
    {
        Connected = true, Reason = Reasons.Connected, Message = "The API server answers.", ClusterId = "c1", Version = "v1.31.2", Clusters = 7, LastContact = Now, Missing = [],
    };

    private static readonly MemberLook Silent = new() { Connected = false, Reason = Reasons.Unreachable, Message = "No route.", Since = Now.AddMinutes(3), LastContact = Now.AddMinutes(2) };

    [Fact]
    public void Next_OfAMemberThatGoesAway_SaysSinceWhenAndKeepsWhatWasSeen()
    {
        var away = MemberStatuses.Next(MemberStatuses.Next(new(), Entry(), Well, Now), Entry(), Silent, Now.AddMinutes(4));

        Assert.Equal(("False", "2026-03-01T10:03:00Z", Reasons.Unreachable), Connected(away));
        Assert.Equal(("c1", "v1.31.2", 7, "2026-03-01T10:02:00Z"), (away.ClusterId, away.KubernetesVersion, away.Clusters, away.LastContact));
        Assert.Equal("True", away.Conditions!.Single(condition => condition.Type == MemberConditions.Authorized).Status);
    }

    [Fact]
    public void Next_WhileItStaysAway_KeepsSinceWhen()
    {
        var away = MemberStatuses.Next(new(), Entry(), Silent, Now.AddMinutes(4));
        var still = MemberStatuses.Next(away, Entry(), Silent with { Since = Now.AddMinutes(9), Reason = Reasons.CredentialsRefused }, Now.AddMinutes(10));

        Assert.Equal(("False", "2026-03-01T10:03:00Z", Reasons.CredentialsRefused), Connected(still));
    }

    [Fact]
    public void Next_OfContactAlone_ChangesNothingForFiveMinutes()
    {
        var before = MemberStatuses.Next(new(), Entry(), Well, Now);

        Assert.Equal(before.LastContact, MemberStatuses.Next(before, Entry(), Well with { LastContact = Now.AddMinutes(4) }, Now.AddMinutes(4)).LastContact);
        Assert.Equal("2026-03-01T10:05:00Z", MemberStatuses.Next(before, Entry(), Well with { LastContact = Now.AddMinutes(5) }, Now.AddMinutes(5)).LastContact);
    }

    [Fact]
    public void Next_WithMissingRights_NamesThem()
    {
        var next = MemberStatuses.Next(new(), Entry(), Well with { Missing = [new("create", "batch", "jobs"), new("bind", "rbac.authorization.k8s.io", "clusterroles", "controlplane-runner")] }, Now);

        Assert.Equal(["create jobs.batch", "bind clusterroles.rbac.authorization.k8s.io 'controlplane-runner'"], next.MissingRights);
        var authorized = next.Conditions!.Single(condition => condition.Type == MemberConditions.Authorized);
        Assert.Equal(("False", Reasons.RightsMissing), (authorized.Status, authorized.Reason));
        Assert.Contains("create jobs.batch", authorized.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_OfAFaultyResource_SaysAllFaults()
    {
        var next = MemberStatuses.Next(new(), Entry() with { Spec = null, Faults = ["spec.secretName: is missing."] }, Silent, Now);

        var accepted = next.Conditions!.Single(condition => condition.Type == MemberConditions.Accepted);
        Assert.Equal(("False", Reasons.Invalid, "spec.secretName: is missing."), (accepted.Status, accepted.Reason, accepted.Message));
    }

    // Whoever is once known keeps its identity: credentials that lead elsewhere must not change it.
    [Fact]
    public void Next_OfAnotherCluster_KeepsTheIdentity() =>
        Assert.Equal("c1", MemberStatuses.Next(MemberStatuses.Next(new(), Entry(), Well, Now), Entry(), Well with { ClusterId = "c2" }, Now).ClusterId);

    [Fact]
    public void Events_OfTransitionsAlone_AreTold()
    {
        var first = MemberStatuses.Next(new(), Entry(), Well, Now);
        var away = MemberStatuses.Next(first, Entry(), Silent, Now);

        Assert.Equal([(Reasons.Connected, false)], MemberStatuses.Events(new(), first).Select(told => (told.Reason, told.Warning)));
        Assert.Empty(MemberStatuses.Events(first, MemberStatuses.Next(first, Entry(), Well, Now)));
        Assert.Equal([(Reasons.Unreachable, true)], MemberStatuses.Events(first, away).Select(told => (told.Reason, told.Warning)));
        Assert.Equal([(Reasons.Connected, false)], MemberStatuses.Events(away, MemberStatuses.Next(away, Entry(), Well, Now)).Select(told => (told.Reason, told.Warning)));
    }

    private static (string?, string?, string?) Connected(MemberStatusDocument status)
    {
        var condition = status.Conditions!.Single(one => one.Type == MemberConditions.Connected);
        return (condition.Status, condition.LastTransitionTime, condition.Reason);
    }

    private static FleetEntry<MemberClusterSpec> Entry() =>
        new(new() { Namespace = "", Name = "berlin", Uid = "u", ResourceVersion = "1", Generation = 3 }, new() { SecretName = "member-berlin" }, []);
}
