using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Policies;

/// <summary>The settings in force, one by one, with where each is from; for people to read. Pure.</summary>
internal static class EffectiveValues
{
    private const string Own = "spec";
    private const string Default = "default";
    private const int LongestValue = 256;

    /// <summary>What an owner adds to the tool's call may hold what is nobody's business.</summary>
    private const string Withheld = "containerOptions";

    private static readonly (string Field, string Value)[] OfSection =
    [
        ("enabled", "false"), ("backoffLimit", Number(BackupSectionReader.DefaultBackoffLimit)), ("activeDeadlineSeconds", Number(BackupSectionReader.DefaultActiveDeadlineSeconds)),
    ];

    private static readonly (string Field, string Value)[] OfTimes = [("timeZone", DueTimes.Utc), ("jitterSeconds", "0"), ("missedRunPolicy", nameof(MissedRunPolicy.RunOnce)), ("suspended", "false")];

    private static readonly Dictionary<string, (string Field, string Value)[]> OfEntries = new()
    {
        [Slot.Schedules] = [("concurrencyPolicy", nameof(ConcurrencyPolicy.Forbid)), .. OfTimes],
        [Slot.Drills] = OfTimes,
        [Slot.Storages] = [("verifyTLS", "true"), ("readBack", "Full")],
    };

    /// <summary>At most so many as are shown; of more, the defaults are left out first.</summary>
    public static IReadOnlyList<EffectiveValue> Of(MergedBackup merged)
    {
        var given = Slot.Of(JsonSerializer.SerializeToElement(merged.Document)).SelectMany(slot => slot.Value.Select(field => (
            slot.Key.Section, slot.Key.Entry,
            Value: new EffectiveValue((slot.Key with { Field = field.Field }).ToString(), Shown(field.Field, field.Value), merged.Given.TryGetValue(slot.Key, out var policy) ? OriginOf(policy) : Own))));
        var known = given.ToList();
        var names = known.Select(one => one.Value.Field).ToHashSet();
        var entries = known.Where(one => one.Entry.Length > 0).Select(one => (one.Section, one.Entry)).Distinct();
        var defaults = OfSection.Select(usual => new EffectiveValue(usual.Field, usual.Value, Default))
            .Concat(entries.SelectMany(entry => OfEntries[entry.Section].Select(usual => new EffectiveValue($"{entry.Section}.{entry.Entry}.{usual.Field}", usual.Value, Default))))
            .Where(usual => !names.Contains(usual.Field));
        return [.. known.Select(one => one.Value).Concat(defaults).Take(EffectiveSettings.MaximumValues).OrderBy(value => value.Field, StringComparer.Ordinal)];
    }

    /// <summary>How a policy is named as the origin of a value.</summary>
    public static string OriginOf(string policy) => $"policy/{policy}";

    private static string Shown(string field, JsonElement value) => field == Withheld ? "(given, and not shown)"
        : StatusText.Cut(value.ValueKind == JsonValueKind.String ? value.GetString()! : JsonNode.Parse(value.GetRawText())!.ToJsonString(), LongestValue);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
