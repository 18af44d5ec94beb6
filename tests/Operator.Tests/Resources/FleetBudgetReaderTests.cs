using ControlPlane.Abstractions.Fleet;
using ControlPlane.Operator.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Tests.Resources;

/// <summary>What a <c>FleetBudget</c> says, or all that is wrong with it.</summary>
public sealed class FleetBudgetReaderTests
{
    [Fact]
    public void Read_TheLeast_LimitsAllThatThereIs()
    {
        var spec = Documents.ReadBudget(Documents.Budget().With("spec", "{\"atMost\":{\"drills\":0}}")).Spec!;

        Assert.Equal(("store", Documents.Uid, 3, BudgetEach.Together), (spec.Name, spec.Uid, spec.Generation, spec.Each));
        Assert.Equal((null, null, null, 0, null), (spec.Total, spec.Backups, spec.Restores, spec.Drills, spec.UploadBytesPerSecond));
        Assert.Equal((0, 0, 0, TimeRules.None), (spec.Members.Count, spec.Namespaces.Count, spec.Storages.Count, spec.Times));
    }

    [Fact]
    public void Read_Everything_ReadsAllOfIt()
    {
        var spec = Documents.ReadBudget(Documents.Budget()
            .With("spec/selector", "{\"members\":[\"local\",\"eu-1\"],\"namespaces\":[\"shop\"],\"storages\":[{\"type\":\"s3\",\"bucket\":\"backups\",\"endpointUrl\":\"https://store:9000\"},{\"type\":\"filesystem\",\"bucket\":\"claim\"}]}")
            .With("spec/atMost", "{\"total\":8,\"backups\":6,\"restores\":2,\"drills\":1}").With("spec/uploadBandwidth", "\"400Mi\"")
            .With("spec/windows", "[{\"days\":[\"Sat\",\"Sun\"],\"from\":\"22:00\",\"to\":\"06:00\",\"timeZone\":\"Europe/Prague\"}]")
            .With("spec/blackouts", "[{\"start\":\"2026-12-24T12:00:00Z\",\"end\":\"2026-12-27T06:00:00+01:00\",\"applies\":\"All\",\"reason\":\"sales\"},{\"from\":\"08:00\",\"to\":\"18:00\"}]")).Spec!;

        Assert.Equal(["local", "eu-1"], spec.Members);
        Assert.Equal(["shop"], spec.Namespaces);
        Assert.Equal([new(StorageType.S3, "backups", new("https://store:9000")), new(StorageType.FileSystem, "claim", null)], spec.Storages);
        Assert.Equal((8, 6, 2, 1, 400L << 20, BudgetEach.Storage), (spec.Total, spec.Backups, spec.Restores, spec.Drills, spec.UploadBytesPerSecond, spec.Each));
        var window = Assert.Single(spec.Times.Windows);
        Assert.Equal([DayOfWeek.Saturday, DayOfWeek.Sunday], window.Days);
        Assert.Equal((TimeSpan.FromHours(22), TimeSpan.FromHours(6), "Europe/Prague", null, null), (window.From, window.To, window.TimeZone, window.Start, window.End));
        Assert.Equal([true, false], spec.Times.Blackouts.Select(blackout => blackout.BindsAll));
        Assert.Equal(("sales", new DateTimeOffset(2026, 12, 27, 5, 0, 0, TimeSpan.Zero)), (spec.Times.Blackouts[0].Reason, spec.Times.Blackouts[0].When.End));
        Assert.Equal((TimeSpan.FromHours(8), "UTC"), (spec.Times.Blackouts[1].When.From, spec.Times.Blackouts[1].When.TimeZone));
    }

    [Fact]
    public void Examples_AsTheyStand_HaveNoFaults()
    {
        var specs = Checkout.Read("deploy/budget.yaml").Split("---").Select(text => Documents.ReadBudget(Yaml.Parse(text).Stored()).Spec!).ToList();

        Assert.Equal([BudgetEach.Storage, BudgetEach.Node, BudgetEach.Together], specs.Select(spec => spec.Each));
        Assert.Equal((2, 1), (specs[2].Times.Windows.Count, specs[2].Times.Blackouts.Count));
    }

    [Fact]
    public void Read_WithEverythingWrong_SaysAllOfItAtOnce()
    {
        var faults = Documents.ReadBudget(Documents.Budget()
            .With("spec/selector", "{\"members\":[\"A\"],\"storages\":[{\"type\":\"tape\"},{\"type\":\"filesystem\",\"bucket\":\"b\",\"endpointUrl\":\"http://store\"}]}").With("spec/each", "\"Rack\"").With("spec/atMost", "{\"total\":-1}")
            .With("spec/uploadBandwidth", "1").With("spec/windows", "[{\"from\":\"25:00\",\"days\":[\"Someday\"]}]").With("spec/blackouts", "[{\"timeZone\":\"Mars/Base\"}]").With("spec/atmost", "1")).Faults!.Faults;

        Assert.All(
            ["spec.selector.members[0]", "spec.selector.storages[0].type", "spec.selector.storages[0].bucket", "spec.selector.storages[1].endpointUrl", "spec.each", "spec.atMost.total", "spec.uploadBandwidth",
             "spec.windows[0].from", "spec.windows[0].to", "spec.windows[0].days", "spec.blackouts[0].from", "spec.blackouts[0].timeZone", "spec.atmost"],
            field => Assert.Contains(faults, fault => fault.StartsWith(field, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("spec", "{}", "spec.atMost: is missing; a budget without atMost, uploadBandwidth, windows and blackouts has no effect.")]
    [InlineData("spec", "{\"atMost\":{}}", "spec.atMost.total: is missing; give total, backups, restores or drills.")]
    [InlineData("spec/windows", "[{\"from\":\"22:00\"}]", "spec.windows[0].to: is missing.")]
    [InlineData("spec/windows", "[{\"from\":\"7:00\",\"to\":\"22:00\"}]", "spec.windows[0].from: \"7:00\" is no time of day; use for example 22:00.")]
    [InlineData("spec/blackouts", "[{\"from\":\"22:00\"}]", "spec.blackouts[0].to: is missing.")]
    [InlineData("spec/blackouts", "[{\"start\":\"2026-12-24T12:00:00Z\",\"days\":[\"Mon\"]}]", "spec.blackouts[0].days: has no effect without from and to; add them, or remove it.")]
    [InlineData("spec/blackouts", "[{\"start\":\"2026-12-24T12:00:00Z\",\"end\":\"2026-12-24T12:00:00Z\"}]", "spec.blackouts[0].end: is not after start; swap them, or remove one.")]
    [InlineData("spec/blackouts", "[{\"start\":\"Christmas\"}]", "spec.blackouts[0].start: \"Christmas\" is no instant; use for example 2026-12-24T12:00:00Z.")]
    public void Read_WithAFault_NamesTheFieldAndWhatWouldBeRight(string path, string json, string fault) =>
        Assert.Contains(fault, Documents.ReadBudget(Documents.Budget().With(path, json)).Faults!.Faults);
}
