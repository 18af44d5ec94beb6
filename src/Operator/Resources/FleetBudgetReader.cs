using System.Text.Json;
using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Operator.Resources;

/// <summary>Reads a <c>FleetBudget</c>. Pure.</summary>
internal static class FleetBudgetReader
{
    private const int MostSelected = 200;
    private const int MostPlaces = 100_000;

    private static readonly string[] Kinds = ["total", "backups", "restores", "drills"];

    private static readonly string[] Limits = ["atMost", "uploadBandwidth", "windows", "blackouts"];

    public static SpecReading<FleetBudgetSpec> Read(ResourceHeader header, JsonElement document, ICollection<string>? asked = null)
    {
        var faults = new FaultList { Asked = asked };
        if (new FieldReader(document, "", "", faults).RequiredSection("spec") is not { } spec)
            return SpecReading<FleetBudgetSpec>.Of(header, faults, () => throw new InvalidOperationException("A resource without a spec has a fault."));

        var (members, namespaces, storages) = ReadSelector(spec.Section("selector"));
        var each = spec.Word("each", [.. Enum.GetNames<BudgetEach>().Where(word => word != nameof(BudgetEach.Together))]);
        var (total, backups, restores, drills) = ReadLimits(spec.Section("atMost"));
        var bandwidth = spec.Bytes("uploadBandwidth", StorageReader.SlowestUpload, StorageReader.FastestUpload);
        var times = TimeRulesReader.Read(spec);
        if (!Limits.Any(spec.Has))
            spec.Add("atMost", "is missing; a budget without atMost, uploadBandwidth, windows and blackouts has no effect");
        spec.Close();

        return SpecReading<FleetBudgetSpec>.Of(header, faults, () => new()
        {
            Name = header.Name,
            Uid = header.Uid,
            Generation = header.Generation,
            Members = members,
            Namespaces = namespaces,
            Storages = storages,
            Each = each is null ? BudgetEach.Together : Enum.Parse<BudgetEach>(each),
            Total = total,
            Backups = backups,
            Restores = restores,
            Drills = drills,
            UploadBytesPerSecond = bandwidth,
            Times = times,
        });
    }

    private static (IReadOnlyList<string> Members, IReadOnlyList<string> Namespaces, IReadOnlyList<BucketSelector> Storages) ReadSelector(FieldReader? selector)
    {
        if (selector is null)
            return ([], [], []);
        var (members, namespaces) = (Names(selector, "members"), Names(selector, "namespaces"));
        var storages = new List<BucketSelector>();
        foreach (var item in selector.Items("storages", MostSelected))
        {
            item.Demand("type");
            var type = StorageTypes.Read(item.Word("type", StorageTypes.S3, StorageTypes.Gcs, StorageTypes.Azure, StorageTypes.FileSystem));
            var bucket = item.Required("bucket", FieldChecks.StorageName);
            var endpoint = item.Text("endpointUrl", text => EndpointCheck.Objection(text, "bucket"));
            if (type == Protocol.StorageType.FileSystem && item.Has("endpointUrl"))
                item.Add("endpointUrl", "has no effect for a volume, whose claim is the bucket; remove it");
            item.Close();
            if (type is { } known && bucket is not null)
                storages.Add(new(known, bucket, endpoint is null ? null : new(endpoint)));
        }

        selector.Close();
        return (members, namespaces, storages);
    }

    private static IReadOnlyList<string> Names(FieldReader selector, string field)
    {
        var names = selector.Texts(field, MostSelected);
        foreach (var (index, name) in names.Index().Where(one => FieldChecks.Label(one.Item) is not null))
            selector.Add(FormattableString.Invariant($"{field}[{index}]"), FieldChecks.Label(name)!);
        return names;
    }

    private static (int? Total, int? Backups, int? Restores, int? Drills) ReadLimits(FieldReader? most)
    {
        if (most is null)
            return default;
        var read = (Number("total"), Number("backups"), Number("restores"), Number("drills"));
        if (read is (null, null, null, null) && !Kinds.Any(most.Has))
            most.Add("total", "is missing; give total, backups, restores or drills");
        most.Close();
        return read;

        int? Number(string name) => (int?)most.Number(name, 0, MostPlaces);
    }
}
