using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Operator.Resources;

/// <summary>What <c>spec.backup</c> of a cluster says.</summary>
internal sealed record BackupSection
{
    public bool Enabled { get; init; }

    public ImageSpec Image { get; init; } = new() { Name = "" };

    public string? ServiceAccountName { get; init; }

    public string? SourcePod { get; init; }

    public int BackoffLimit { get; init; } = BackupSectionReader.DefaultBackoffLimit;

    public TimeSpan ActiveDeadline { get; init; } = TimeSpan.FromSeconds(BackupSectionReader.DefaultActiveDeadlineSeconds);

    public TimeSpan? StartingDeadline { get; init; }

    public IReadOnlyDictionary<string, StorageSpec> Storages { get; init; } = new Dictionary<string, StorageSpec>();

    public string AgentContainerJson { get; init; } = "{}";

    public IReadOnlyList<ScheduleSpec> Schedules { get; init; } = [];

    public IReadOnlyList<DrillPlan> Drills { get; init; } = [];

    public ObjectivesSpec? Objectives { get; init; }

    public TimeRules Times { get; init; } = TimeRules.None;
}

/// <summary>Reads <c>spec.backup</c> of a cluster.</summary>
internal static class BackupSectionReader
{
    public const int DefaultBackoffLimit = 6;
    public const long DefaultActiveDeadlineSeconds = 12 * 60 * 60;
    public const long ShortestDeadlineSeconds = 60;
    public const long LongestDeadlineSeconds = 7 * 24 * 60 * 60;
    private const int MostStorages = 64;
    private const int MostPullSecrets = 16;

    /// <summary>A cluster without the section has backups switched off.</summary>
    public static BackupSection Read(FieldReader? backup)
    {
        if (backup is null)
            return new();
        var enabled = backup.Flag("enabled") ?? false;
        var image = backup.Text("image", FieldChecks.Image);
        if (enabled)
            backup.Expect("image");
        var pullPolicy = backup.Word("imagePullPolicy", "Always", "IfNotPresent", "Never");
        var pullSecrets = ReadPullSecrets(backup);
        var section = new BackupSection
        {
            Enabled = enabled,
            Image = new() { Name = image ?? "", PullPolicy = pullPolicy, PullSecrets = pullSecrets },
            ServiceAccountName = backup.Text("serviceAccountName", FieldChecks.Subdomain),
            SourcePod = backup.IsPart ? null : backup.Text("sourcePod", FieldChecks.Subdomain),
            BackoffLimit = (int)(backup.Number("backoffLimit", 0, 20) ?? DefaultBackoffLimit),
            ActiveDeadline = Deadline(backup, "activeDeadlineSeconds") ?? TimeSpan.FromSeconds(DefaultActiveDeadlineSeconds),
            StartingDeadline = Deadline(backup, "startingDeadlineSeconds"),
            AgentContainerJson = PodSettingsReader.Read(backup, PodSettings.AgentFields),
            Storages = ReadStorages(backup),
            Schedules = ScheduleReader.Read(backup),
            Objectives = ObjectivesReader.Read(backup),
            Times = TimeRulesReader.Read(backup),
        };
        section = section with { Drills = DrillReader.ReadPlans(backup, [.. section.Storages.Keys]) };
        backup.Close();
        return section;
    }

    /// <summary>A deadline in seconds: at least a minute, at most a week.</summary>
    public static TimeSpan? Deadline(FieldReader reader, string name) =>
        reader.Number(name, ShortestDeadlineSeconds, LongestDeadlineSeconds) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static List<string> ReadPullSecrets(FieldReader backup)
    {
        var names = new List<string>();
        foreach (var item in backup.Items("imagePullSecrets", MostPullSecrets))
        {
            if (item.Required("name", FieldChecks.Subdomain) is { } name)
                names.Add(name);
            item.Close();
        }
        return names;
    }

    private static Dictionary<string, StorageSpec> ReadStorages(FieldReader backup)
    {
        var sealing = StorageReader.ReadKey(backup);
        var storages = new Dictionary<string, StorageSpec>();
        foreach (var (name, entry) in backup.Entries("storages", MostStorages, FieldChecks.StorageName))
        {
            if (StorageReader.Read(name, entry) is { } storage)
                storages[name] = storage with { Sealing = storage.Sealing ?? sealing };
        }
        return storages;
    }
}
