using System.Security.Cryptography;
using System.Text.Json;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Policies;

/// <summary>Reads a <c>MySQLCluster</c> together with the policies that select it. Pure.</summary>
internal static class EffectiveReader
{
    /// <summary>As a cluster alone is read where no policy selects it. What a policy's faults are for every cluster it selects, so that nothing is judged without it.</summary>
    public static SpecReading<ClusterSpec> Read(ResourceHeader header, JsonElement document, IReadOnlyList<PolicySpec> policies) => Read(header, document, policies, out _);

    /// <param name="header">The cluster's.</param>
    /// <param name="document">The cluster.</param>
    /// <param name="policies">Those that select it.</param>
    /// <param name="merged">What came of both; null where it was not tried.</param>
    public static SpecReading<ClusterSpec> Read(ResourceHeader header, JsonElement document, IReadOnlyList<PolicySpec> policies, out MergedBackup? merged)
    {
        merged = null;
        if (policies.Count == 0)
            return ClusterReader.Read(header, document);
        var faulty = policies.Where(policy => policy.Faults.Count > 0).ToList();
        if (faulty.Count > 0)
            return Refused(header, [.. faulty.Select(policy => $"{EffectiveValues.OriginOf(policy.Name)} cannot be read, and nothing is judged without it: {string.Join(" ", policy.Faults)}")]);

        merged = PolicyMerge.Merge(Own(document), policies);
        var reading = ClusterReader.Read(header, document, backup: JsonSerializer.SerializeToElement(merged.Document));
        return reading.Faults is { } faults
            ? Refused(header, [.. WithOrigins(merged, faults.Faults), .. merged.Conflicts.Select(conflict => conflict.Message)])
            : reading with { Spec = reading.Spec! with { Effective = Settings(merged, policies) } };
    }

    private static EffectiveSettings Settings(MergedBackup merged, IReadOnlyList<PolicySpec> policies)
    {
        var settings = new EffectiveSettings
        {
            Policies = [.. PolicyMerge.InOrder(policies).Select(policy => policy.Name)],
            Digest = "",
            Values = EffectiveValues.Of(merged),
            Conflicts = [.. merged.Conflicts.Take(EffectiveSettings.MaximumConflicts)],
            ConflictCount = merged.Conflicts.Count,
        };
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(merged.Document));
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(settings));
        return settings with { Digest = Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(..8)) };
    }

    private static JsonElement? Own(JsonElement document) =>
        document.TryGetProperty("spec", out var spec) && spec.ValueKind == JsonValueKind.Object
        && spec.TryGetProperty("backup", out var backup) && backup.ValueKind == JsonValueKind.Object ? backup : null;

    private static SpecReading<ClusterSpec> Refused(ResourceHeader header, IReadOnlyList<string> faults) =>
        new(null, new() { Uid = header.Uid, Generation = header.Generation, Faults = faults, Deleting = header.Deleting });

    private static IEnumerable<string> WithOrigins(MergedBackup merged, IEnumerable<string> faults) => faults.Select(fault => WithOrigin(merged, fault));

    // A fault of what the owner never wrote says whose it is.
    private static string WithOrigin(MergedBackup merged, string fault)
    {
        var places = merged.Given.Select(given => (Place: PlaceOf(merged, given.Key), Policy: given.Value)).Where(given => fault.StartsWith(given.Place, StringComparison.Ordinal));
        return places.OrderByDescending(given => given.Place.Length).FirstOrDefault() is { Policy: { } policy } ? $"{fault} (In {EffectiveValues.OriginOf(policy)}.)" : fault;
    }

    private static string PlaceOf(MergedBackup merged, Slot slot)
    {
        const string Root = "spec.backup.";
        if (!Slot.NamedLists.Contains(slot.Section))
            return Root + (slot.Field == "type" ? $"{slot.Section}.{slot.Entry}." : slot.ToString());
        var index = merged.Document[slot.Section]!.AsArray().TakeWhile(entry => Slot.NameOf(JsonSerializer.SerializeToElement(entry)) != slot.Entry).Count();
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Root}{slot.Section}[{index}].{slot.Field}");
    }
}
