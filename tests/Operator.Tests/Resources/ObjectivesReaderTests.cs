using System.Text.Json;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Tests.Resources;

public sealed class ObjectivesReaderTests
{
    public static TheoryData<string, ObjectivesSpec?> Right => new()
    {
        { "{}", null },
        { """{"objectives":{"rpo":"26h"}}""", new() { Rpo = TimeSpan.FromHours(26) } },
        { """{"objectives":{"rto":"90m","provenWithin":"4w"}}""", new() { Rto = TimeSpan.FromMinutes(90), ProvenWithin = TimeSpan.FromDays(28) } },
        { """{"objectives":{"rpo":"1d","rto":null}}""", new() { Rpo = TimeSpan.FromDays(1) } },
    };

    public static TheoryData<string, string> Wrong => new()
    {
        { """{"objectives":{}}""", "objectives: names no objective; use at least one of rpo, rto or provenWithin, or remove it." },
        { """{"objectives":3}""", "objectives: 3 is no object" },
        { """{"objectives":{"rpo":"24"}}""", "objectives.rpo: \"24\" is no length of time; use a whole number of minutes, hours, days or weeks, at most 100 years, for example 30m, 24h, 7d or 4w." },
        { """{"objectives":{"rpo":"0h"}}""", "objectives.rpo: \"0h\" is no length of time" },
        { """{"objectives":{"rto":"90s"}}""", "objectives.rto: \"90s\" is no length of time" },
        { """{"objectives":{"provenWithin":"999999999w"}}""", "objectives.provenWithin: \"999999999w\" is no length of time" },
        { """{"objectives":{"rpo":24}}""", "objectives.rpo: 24 is no text" },
        { """{"objectives":{"rpo":"1h","rpto":"1h"}}""", "objectives.rpto: is not known; did you mean" },
    };

    [Theory, MemberData(nameof(Right), DisableDiscoveryEnumeration = true)]
    public void Read_OfRightOnes_IsWhatTheySay(string json, ObjectivesSpec? expected)
    {
        var (read, faults) = Read(json);

        Assert.Empty(faults);
        Assert.Equal(expected, read);
    }

    [Theory, MemberData(nameof(Wrong))]
    public void Read_OfWrongOnes_SaysWhatWouldBeRight(string json, string fault) => Assert.StartsWith(fault, Assert.Single(Read(json).Faults), StringComparison.Ordinal);

    private static (ObjectivesSpec? Read, IReadOnlyList<string> Faults) Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        var faults = new FaultList();
        var reader = new FieldReader(document.RootElement, "", "", faults);
        return (ObjectivesReader.Read(reader), faults.All);
    }
}
