using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Policies;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Tests.Fixtures;

namespace ControlPlane.Operator.Tests.Policies;

public sealed class PolicyStatusesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Next_OfSeveralMembers_AddsThemUp()
    {
        var status = PolicyStatuses.Next(new(), Entry(), Picture(
            ("berlin", new() { Policy = "gold", Matched = 2, Parts = [new("retention", 2), new("schedule.nightly", 1)] }),
            ("local", new() { Policy = "gold", Matched = 3, Parts = [new("schedule.nightly", 3)] }),
            ("rome", new() { Policy = "silver", Matched = 9 })), Now);

        Assert.Equal((7L, 5, 0, 0), (status.ObservedGeneration, status.Clusters, status.Conflicting, status.Faulty));
        Assert.Equal(["berlin=2", "local=3"], status.Members!.Select(member => $"{member.Name}={member.Clusters}"));
        Assert.Equal(["retention=2", "schedule.nightly=4"], status.Parts!.Select(part => $"{part.Name}={part.Clusters}"));
        Assert.Equal(("True", Reasons.PolicyApplied), Ready(status));
    }

    [Fact]
    public void Next_OfOneThatSelectsNothing_SaysSo()
    {
        var status = PolicyStatuses.Next(new(), Entry(), Picture(), Now);

        Assert.Equal((0, "True", "It selects no cluster."), (status.Clusters, Find(status).Status, Find(status).Message));
        Assert.Null(status.Members);
    }

    [Theory]
    [InlineData(1, 0, false, "False", Reasons.PolicyConflict)]
    [InlineData(1, 1, false, "False", Reasons.PolicyConflict)]
    [InlineData(0, 1, false, "False", Reasons.ClustersFaulty)]
    [InlineData(0, 1, true, "False", Reasons.ClustersFaulty)]
    [InlineData(0, 0, true, "Unknown", Reasons.MemberAway)]
    public void Ready_SaysTheFirstThatIsWrong(int conflicting, int faulty, bool away, string status, string reason)
    {
        var tally = new PolicyTally { Policy = "gold", Matched = 4, Conflicting = conflicting, Faulty = faulty };

        Assert.Equal((status, reason), Ready(PolicyStatuses.Next(new(), Entry(), Picture(("local", tally)) with { Unknown = away ? ["berlin"] : [] }, Now)));
    }

    [Fact]
    public void Ready_OfAPolicyThatIsNotAboutAMember_DoesNotWaitForIt()
    {
        var entry = Entry("""{ "clusters": { "members": ["eu-*"] }, "backup": { "backoffLimit": 3 } }""");

        Assert.Equal("True", Find(PolicyStatuses.Next(new(), entry, Picture() with { Unknown = ["berlin"] }, Now)).Status);
        Assert.Equal("Unknown", Find(PolicyStatuses.Next(new(), entry, Picture() with { Unknown = ["eu-1"] }, Now)).Status);
    }

    [Fact]
    public void Conditions_OfOneWithFaults_NameThem()
    {
        var status = PolicyStatuses.Next(new(), Entry("""{ "clusters": {}, "backup": { "backoffLimit": -3 } }"""), Picture(), Now);

        Assert.Equal(("False", Reasons.Invalid), (status.Conditions![0].Status, status.Conditions[0].Reason));
        Assert.Contains("backoffLimit", status.Conditions[0].Message, StringComparison.Ordinal);
        Assert.Equal(("False", Reasons.Invalid), Ready(status));
    }

    [Fact]
    public void Condition_ThatStaysAsItWas_KeepsSinceWhenAndIsNoEvent()
    {
        var first = PolicyStatuses.Next(new(), Entry(), Picture(), Now);
        var conflict = PolicyStatuses.Next(first, Entry(), Picture(("local", new() { Policy = "gold", Matched = 2, Conflicting = 1 })), Now.AddMinutes(1));
        var more = PolicyStatuses.Next(conflict, Entry(), Picture(("local", new() { Policy = "gold", Matched = 2, Conflicting = 2 })), Now.AddMinutes(2));
        var well = PolicyStatuses.Next(more, Entry(), Picture(("local", new() { Policy = "gold", Matched = 2 })), Now.AddMinutes(3));

        Assert.Equal(["2026-03-01T10:00:00Z", "2026-03-01T10:01:00Z", "2026-03-01T10:01:00Z", "2026-03-01T10:03:00Z"], new[] { first, conflict, more, well }.Select(status => Find(status).LastTransitionTime));
        Assert.Empty(PolicyStatuses.Events(new(), first));
        Assert.Equal([(Reasons.PolicyConflict, true)], PolicyStatuses.Events(first, conflict).Select(told => (told.Reason, told.Warning)));
        Assert.Empty(PolicyStatuses.Events(conflict, more));
        Assert.Equal([(Reasons.PolicyApplied, false)], PolicyStatuses.Events(more, well).Select(told => (told.Reason, told.Warning)));
    }

    [Fact]
    public void Next_OfALargeFleet_IsBounded()
    {
        var tallies = Enumerable.Range(0, 300).Select(index => ($"m{index:D3}", new PolicyTally
        {
            Policy = "gold", Matched = 1, Conflicting = 1,
            Named = [.. Enumerable.Range(0, PolicyTally.MostNamed).Select(number => new PolicyDispute($"m{index}/shop/c{number}", "image", ["gold", "iron"]))],
            Parts = [.. Enumerable.Range(0, PolicyTally.MostParts).Select(number => new PartTally($"schedule.s{index}-{number}", 1))],
        })).ToArray();

        var status = PolicyStatuses.Next(new(), Entry(), Picture(tallies), Now);

        Assert.Equal((300, 300), (status.Clusters, status.Conflicting));
        Assert.Equal((PolicyStatusDocument.MostMembers, PolicyStatusDocument.MostConflicts, PolicyStatusDocument.MostParts), (status.Members!.Count, status.Conflicts!.Count, status.Parts!.Count));
    }

    [Fact]
    public void Version_OfASet_ChangesWithWhatClustersAreJudgedBy()
    {
        PolicySet Set(string spec) => new([Entry(spec).Spec!]);
        var gold = Set("""{ "clusters": { "selector": { "matchLabels": { "tier": "gold" } } }, "backup": { "backoffLimit": 3 } }""");
        var silver = Set("""{ "clusters": { "selector": { "matchLabels": { "tier": "silver" } } }, "backup": { "backoffLimit": 3 } }""");
        var same = Set("""{ "clusters": { "selector": { "matchLabels": { "tier": "gold" } } }, "backup": { "backoffLimit": 3 } }""");

        Assert.Equal(gold.Version, same.Version);
        Assert.NotEqual(gold.Version, silver.Version);
        Assert.NotEqual(gold.Version, PolicySet.Empty.Version);
    }

    private static (string?, string?) Ready(PolicyStatusDocument status) => (Find(status).Status, Find(status).Reason);

    private static ConditionDocument Find(PolicyStatusDocument status) => status.Conditions!.Single(condition => condition.Type == PolicyConditions.Ready);

    private static PolicyPicture Picture(params (string Member, PolicyTally Tally)[] tallies) =>
        new(tallies.ToDictionary(one => one.Member, one => new MemberProtection { Judged = "1", Policies = [one.Tally] }), []);

    private static FleetEntry<PolicySpec> Entry(string spec = """{ "clusters": {}, "backup": { "backoffLimit": 3 } }""")
    {
        var reading = Documents.ReadPolicy(Documents.Policy("gold", spec));
        return new(new() { Namespace = "", Name = "gold", Uid = "u", ResourceVersion = "1", Generation = 7 }, reading.Spec, reading.Faults?.Faults ?? []);
    }
}
