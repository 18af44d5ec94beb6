using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Resources;

/// <summary>Reads a <c>RestoreDrill</c>. Pure.</summary>
internal static class DrillReader
{
    /// <summary>What its schedule is called, which has no name of its own.</summary>
    private const string ScheduleName = "drill";

    /// <summary>A drill is work for a day: more than a few say nothing more.</summary>
    private const int MostPlans = 8;

    private const long MostTables = 100_000;
    private const long LongestQuerySeconds = 24 * 60 * 60;
    private const long SmallestVolume = 256L << 20;
    private const long LargestVolume = 64L << 40;

    private static readonly string[] OfChoice = ["choose", "storageName"];

    private static readonly string[] OfSchedule = ["timeZone", "jitterSeconds", "missedRunPolicy"];

    /// <summary>The word that asks for a round; what goes beyond the longest one makes no difference.</summary>
    public static string Word(ResourceHeader header) =>
        header.Annotations.TryGetValue(ApiGroup.Annotations.Run, out var word) ? word.Trim()[..Math.Min(word.Trim().Length, SweepWish.LongestWord)] : "";

    public static SpecReading<DrillSpec> Read(ResourceHeader header, JsonElement document, ICollection<string>? asked = null)
    {
        var faults = new FaultList { Asked = asked };
        if (new FieldReader(document, "", "", faults).RequiredSection("spec") is not { } spec)
            return SpecReading<DrillSpec>.Of(header, faults, () => throw new InvalidOperationException("A resource without a spec has a fault."));

        var cluster = spec.Required("clusterName", FieldChecks.Label);
        var wish = ReadWish(spec, ReadChoice(spec.Section("backup"), byName: true));
        spec.Close();

        return SpecReading<DrillSpec>.Of(header, faults, () => wish with
        {
            Uid = header.Uid,
            Generation = header.Generation,
            Created = header.Created,
            ClusterName = cluster!,
            Word = Word(header),
            Recorded = DrillStatusDocument.Read(header.Uid, document),
        });
    }

    /// <summary>The drills of a cluster, <c>spec.backup.drills</c>: each becomes a <c>RestoreDrill</c> of its own, and is read as one.</summary>
    public static List<DrillPlan> ReadPlans(FieldReader backup, IReadOnlyCollection<string> storages)
    {
        var plans = new List<DrillPlan>();
        foreach (var entry in backup.Items("drills", MostPlans))
        {
            var name = entry.Required("name", FieldChecks.Label);
            entry.Expect("schedule");
            var wish = ReadWish(entry, ReadChoice(entry.Section("backup"), byName: false));
            entry.Close();
            if (plans.Any(earlier => earlier.Name == name))
                entry.Add("name", $"\"{name}\" is an earlier entry's name; give each drill a name of its own");
            if (!entry.IsPart && wish.Backup.StorageName is { } storage && !storages.Contains(storage))
                entry.Add("backup.storageName", $"\"{storage}\" is none of spec.backup.storages{(storages.Count == 0 ? "" : $"; use {Spelling.List([.. storages])}")}");
            if (name is not null)
                plans.Add(new(name, Without(entry.Whole, "name").ToJsonString()));
        }

        return plans;
    }

    private static JsonObject Without(JsonElement entry, string field)
    {
        var copy = JsonObject.Create(entry)!.DeepClone().AsObject();
        copy.Remove(field);
        return copy;
    }

    private static DrillSpec ReadWish(FieldReader spec, BackupChoice choice)
    {
        var (size, storageClass) = ReadVolume(spec.Section("volume"));
        return new()
        {
            Uid = "",
            Generation = 0,
            Created = default,
            ClusterName = "",
            Schedule = ReadSchedule(spec),
            Backup = choice,
            Checks = ReadChecks(spec.Section("checks")),
            VolumeBytes = size,
            StorageClassName = storageClass,
            Image = spec.Text("image", FieldChecks.Image),
            ContainerJson = PodSettingsReader.Read(spec, PodSettings.DrillFields),
            ActiveDeadline = BackupSectionReader.Deadline(spec, "activeDeadlineSeconds"),
            HistoryLimit = (int)(spec.Number("historyLimit", 1, DrillSpec.MaximumHistoryLimit) ?? DrillSpec.DefaultHistoryLimit),
            Suspended = spec.Flag("suspended") ?? false,
        };
    }

    private static ScheduleSpec? ReadSchedule(FieldReader spec)
    {
        var cron = spec.Text("schedule", text => text.Length == 0 ? "is empty; leave it out for a drill that runs once, or set suspended" : DueTimes.CronFault(text));
        var zone = spec.Text("timeZone", DueTimes.ZoneFault);
        var jitter = spec.Number("jitterSeconds", 0, ScheduleReader.LongestJitterSeconds);
        var missed = spec.Word("missedRunPolicy", nameof(MissedRunPolicy.RunOnce), nameof(MissedRunPolicy.Skip));
        if (spec.Has("schedule"))
        {
            return new()
            {
                Name = ScheduleName,
                Cron = cron?.Trim() ?? "",
                StorageName = "",
                TimeZone = zone ?? DueTimes.Utc,
                Jitter = TimeSpan.FromSeconds(jitter ?? 0),
                MissedRun = missed == nameof(MissedRunPolicy.Skip) ? MissedRunPolicy.Skip : MissedRunPolicy.RunOnce,
            };
        }

        foreach (var field in OfSchedule.Where(field => !spec.IsPart && spec.Has(field)))
            spec.Add(field, "has no effect without schedule; add one, or remove it");
        return null;
    }

    private static BackupChoice ReadChoice(FieldReader? backup, bool byName)
    {
        if (backup is null)
            return new();
        var name = byName ? backup.Text("name", FieldChecks.Subdomain) : null;
        var choose = backup.Word("choose", "Newest", "Random");
        var storage = backup.Text("storageName", FieldChecks.StorageName);
        if (byName && backup.Has("name"))
        {
            foreach (var field in OfChoice.Where(backup.Has))
                backup.Add(field, "has no effect beside name, which says the backup; remove one of the two");
        }

        backup.Close();
        return new() { Name = name, StorageName = storage, Random = choose == "Random" };
    }

    private static DrillRequest ReadChecks(FieldReader? checks)
    {
        if (checks is null)
            return new();
        var usual = new DrillRequest();
        var queries = new List<DrillQuery>();
        foreach (var item in checks.Items("queries", DrillRequest.MaximumQueries))
        {
            var query = item.Required("query", text => Length(text, 1, DrillRequest.MaximumQueryLength));
            var expected = item.Text("expected", text => Length(text, 1, DrillRequest.MaximumResultLength));
            item.Close();
            if (query is not null)
                queries.Add(new() { Query = query, Expected = expected });
        }

        if (queries.Sum(query => query.Query.Length + (query.Expected?.Length ?? 0)) > DrillSpec.MaximumQueryText)
            checks.Add("queries", string.Create(CultureInfo.InvariantCulture, $"is too long; all queries and results together have at most {DrillSpec.MaximumQueryText} characters"));
        var read = new DrillRequest
        {
            TablesChecked = (int)(checks.Number("tables", 0, MostTables) ?? usual.TablesChecked),
            CountsRows = checks.Flag("countRows") ?? usual.CountsRows,
            QuerySeconds = (int)(checks.Number("querySeconds", 1, LongestQuerySeconds) ?? usual.QuerySeconds),
            Queries = queries,
        };
        checks.Close();
        return read;
    }

    private static (long? Size, string? Class) ReadVolume(FieldReader? volume)
    {
        if (volume is null)
            return (null, null);
        var size = volume.Bytes("size", SmallestVolume, LargestVolume);
        var storageClass = volume.Text("storageClassName", FieldChecks.Subdomain);
        volume.Close();
        return (size, storageClass);
    }

    private static string? Length(string text, int least, int most) => text.Length >= least && text.Length <= most ? null
        : string.Create(CultureInfo.InvariantCulture, $"has {text.Length} characters; use {least} to {most}");
}
