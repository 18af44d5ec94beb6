using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Operator.Policies;

/// <summary>What came of a cluster's own <c>spec.backup</c> and of its policies'.</summary>
internal sealed record MergedBackup
{
    /// <summary>The whole section. What the cluster itself says stands in it as it does there, in the same places.</summary>
    public required JsonObject Document { get; init; }

    /// <summary>The policies by whom each slot is, where it is not the cluster's own.</summary>
    public required IReadOnlyDictionary<Slot, string> Given { get; init; }

    public required IReadOnlyList<PolicyConflict> Conflicts { get; init; }

    /// <summary>What is taken from which policy, each once.</summary>
    public IReadOnlyList<PolicyPart> Parts =>
        [.. Given.Select(given => new PolicyPart(given.Value, given.Key.Part)).Distinct().OrderBy(part => part.Policy, StringComparer.Ordinal).ThenBy(part => part.Part, StringComparer.Ordinal)];
}

/// <summary>A part of a policy of which a cluster takes all or some.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Part">See <see cref="Slot.Part"/>.</param>
internal sealed record PolicyPart(string Policy, string Part);

/// <summary>
/// Merges what policies give into what a cluster says itself. Pure, and the order of the policies makes no difference: the cluster's own is
/// heard first, then the policies by their priority. What policies of one priority do not agree on is taken from none of them, nor from a lower one.
/// </summary>
internal static class PolicyMerge
{
    /// <summary>The policies in the order in which they are heard.</summary>
    public static IReadOnlyList<PolicySpec> InOrder(IEnumerable<PolicySpec> policies) =>
        [.. policies.OrderByDescending(policy => policy.Priority).ThenBy(policy => policy.Name, StringComparer.Ordinal)];

    /// <param name="own">The cluster's <c>spec.backup</c>; null where it has none.</param>
    /// <param name="policies">Those that select it, without faults.</param>
    public static MergedBackup Merge(JsonElement? own, IEnumerable<PolicySpec> policies)
    {
        var said = InOrder(policies).Select(policy => (Policy: policy, Slots: Slot.Of(policy.Backup))).ToList();
        var mine = own is { } section ? Slot.Of(section) : [];
        var document = own is { ValueKind: JsonValueKind.Object } present ? JsonObject.Create(present)! : [];
        var given = new Dictionary<Slot, string>();
        var contested = new List<(Slot Slot, List<string> Policies)>();
        foreach (var slot in said.SelectMany(one => one.Slots.Keys).Distinct().Where(slot => !mine.ContainsKey(slot)).OrderBy(slot => slot.ToString(), StringComparer.Ordinal))
        {
            var heard = said.Where(one => one.Slots.ContainsKey(slot)).ToList();
            var highest = heard.TakeWhile(one => one.Policy.Priority == heard[0].Policy.Priority).ToList();
            var fields = highest[0].Slots[slot];
            if (highest.Skip(1).Any(other => !AreSame(fields, other.Slots[slot])))
                contested.Add((slot, [.. highest.Select(one => one.Policy.Name)]));
            else if (Put(document, slot, fields))
                given[slot] = highest[0].Policy.Name;
        }

        return new() { Document = document, Given = given, Conflicts = Settle(document, given, contested) };
    }

    private static bool AreSame(List<(string Field, JsonElement Value)> one, List<(string Field, JsonElement Value)> other) =>
        one.Count == other.Count && one.All(field => other.Any(same => same.Field == field.Field && JsonElement.DeepEquals(same.Value, field.Value)));

    // Where the cluster itself wrote something of another form, its own stays, for the reader to refuse.
    private static bool Put(JsonObject document, Slot slot, List<(string Field, JsonElement Value)> fields)
    {
        if (Place(document, slot) is not { } place)
            return false;
        foreach (var (field, value) in fields)
            place[field] = Node(value);
        return true;
    }

    private static JsonObject? Place(JsonObject document, Slot slot)
    {
        if (slot.Section.Length == 0)
            return document;
        if (Slot.NamedLists.Contains(slot.Section))
        {
            if ((document[slot.Section] ??= new JsonArray()) is not JsonArray list)
                return null;
            if (Entry(list, slot.Entry) is not { } entry)
                list.Add(entry = new() { ["name"] = slot.Entry });
            return entry;
        }

        var map = (document[slot.Section] ??= new JsonObject()) as JsonObject;
        return slot.Entry.Length == 0 || map is null ? map : (map[slot.Entry] ??= new JsonObject()) as JsonObject;
    }

    // An entry that cannot be without what is contested is left out, and so is what needs it.
    private static List<PolicyConflict> Settle(JsonObject document, Dictionary<Slot, string> given, List<(Slot Slot, List<string> Policies)> contested)
    {
        var conflicts = new List<PolicyConflict>();
        foreach (var (slot, policies) in contested)
        {
            var gone = new List<string>();
            if (Slot.IsVital(slot))
            {
                Remove(document, given, slot.Section, slot.Entry);
                gone.Add($"{slot.Section}.{slot.Entry}");
            }

            if (slot is { Section: Slot.Storages, Field: "type" } && (document[Slot.Storages] as JsonObject)?.ContainsKey(slot.Entry) is not true)
                gone.AddRange(Dependents(document, slot.Entry).Where(one => Remove(document, given, one.Section, one.Entry)).Select(one => $"{one.Section}.{one.Entry}"));
            var names = policies.Count == 2 ? $"'{policies[0]}' and '{policies[1]}'" : string.Join(", ", policies.Select(name => $"'{name}'"));
            var without = gone.Count == 0 ? "" : $", and there is no {string.Join(", no ", gone)} until they agree";
            conflicts.Add(new()
            {
                Field = slot.ToString(),
                Policies = policies,
                Message = $"Policies {names} give different values for {slot}: it is taken from none of them{without}. Give it in the cluster itself, change one of them, or give one a higher priority.",
            });
        }

        return conflicts;
    }

    private static List<(string Section, string Entry)> Dependents(JsonObject document, string storage) =>
    [
        .. from section in Slot.NamedLists.Order(StringComparer.Ordinal)
           from entry in (document[section] as JsonArray ?? []).OfType<JsonObject>()
           let place = section == Slot.Drills ? entry["backup"] as JsonObject : entry
           where Text(place, "storageName") == storage && Text(entry, "name") is not null
           select (section, Text(entry, "name")!),
    ];

    private static bool Remove(JsonObject document, Dictionary<Slot, string> given, string section, string entry)
    {
        foreach (var slot in given.Keys.Where(slot => slot.Section == section && slot.Entry == entry).ToList())
            given.Remove(slot);
        return document[section] switch
        {
            JsonArray list => Entry(list, entry) is { } found && list.Remove(found),
            JsonObject map => map.Remove(entry),
            _ => false,
        };
    }

    private static JsonObject? Entry(JsonArray list, string name) => list.OfType<JsonObject>().FirstOrDefault(entry => Text(entry, "name") == name);

    private static string? Text(JsonObject? owner, string field) => owner?[field] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static JsonNode? Node(JsonElement value) => JsonNode.Parse(value.GetRawText());
}
