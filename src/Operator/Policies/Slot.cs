using System.Collections.Frozen;
using System.Text.Json;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Policies;

/// <summary>
/// What is merged as one: a field of <c>spec.backup</c>, or one of an entry of a list or map that has names. What makes sense only together is
/// one slot, and is never put together from two places.
/// </summary>
/// <param name="Section">The list or map; empty for a field of the section itself.</param>
/// <param name="Entry">The entry's name; empty where there is none.</param>
/// <param name="Field">The field, or the first of those that belong together.</param>
internal readonly record struct Slot(string Section, string Entry, string Field)
{
    public const string Schedules = "schedule";
    public const string Storages = "storages";
    public const string Drills = "drills";

    private const string Name = "name";

    /// <summary>Lists whose entries have a field <c>name</c>.</summary>
    public static readonly FrozenSet<string> NamedLists = FrozenSet.Create(Schedules, Drills);

    /// <summary>Objects whose fields are merged one by one.</summary>
    private static readonly FrozenSet<string> Objects = FrozenSet.Create("objectives");

    // Of a storage: where it is and how its endpoint is trusted. Of a schedule: two words for one thing.
    private static readonly FrozenDictionary<(string Section, string Field), string> Together = StorageReader.PlaceFields
        .Select(field => KeyValuePair.Create((Storages, field), "type")).Append(KeyValuePair.Create((Schedules, "retention"), "keep")).ToFrozenDictionary();

    /// <summary>For people: <c>schedule.nightly.keep</c>.</summary>
    public override string ToString() => string.Join('.', new[] { Section, Entry, Field }.Where(part => part.Length > 0));

    /// <summary>What of a policy it belongs to, as an owner thinks of it: <c>schedule.nightly</c>, <c>retention</c>.</summary>
    public string Part => Entry.Length > 0 ? $"{Section}.{Entry}" : Section.Length > 0 ? Section : Field;

    /// <summary>What an entry cannot be without.</summary>
    public static bool IsVital(Slot slot) => (slot.Section, slot.Field) is (Storages, "type") or (Schedules, "schedule") or (Schedules, "storageName") or (Drills, "schedule");

    /// <summary>All that a section says, by slot. What has not the form that it should have is left out: the reader finds it.</summary>
    public static Dictionary<Slot, List<(string Field, JsonElement Value)>> Of(JsonElement backup)
    {
        var slots = new Dictionary<Slot, List<(string, JsonElement)>>();
        foreach (var (name, value) in Fields(backup))
        {
            if (NamedLists.Contains(name))
                AddAll(name, Items(value));
            else if (name == Storages || Objects.Contains(name))
                AddAll(name, Fields(value).Where(entry => entry.Value.ValueKind == JsonValueKind.Object || name != Storages));
            else
                Add(new("", "", name), name, value);
        }

        return slots;

        void AddAll(string section, IEnumerable<(string Name, JsonElement Value)> entries)
        {
            foreach (var (entry, value) in entries)
            {
                if (Objects.Contains(section))
                    Add(new(section, "", entry), entry, value);
                else
                    foreach (var (field, inner) in Fields(value).Where(each => each.Name != Name || !NamedLists.Contains(section)))
                        Add(new(section, entry, Together.GetValueOrDefault((section, field), field)), field, inner);
            }
        }

        void Add(Slot slot, string field, JsonElement value)
        {
            if (!slots.TryGetValue(slot, out var fields))
                slots[slot] = fields = [];
            fields.Add((field, value));
        }
    }

    /// <summary>The name of an entry of a list; null where it has none.</summary>
    public static string? NameOf(JsonElement entry) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(Name, out var name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null;

    private static IEnumerable<(string Name, JsonElement Value)> Items(JsonElement list) => list.ValueKind != JsonValueKind.Array ? [] :
        from entry in list.EnumerateArray()
        let name = NameOf(entry)
        where name is not null
        group entry by name into entries
        select (entries.Key, entries.First());

    // A null is an absent field, as the API server has it.
    private static IEnumerable<(string Name, JsonElement Value)> Fields(JsonElement owner) => owner.ValueKind != JsonValueKind.Object ? [] :
        owner.EnumerateObject().Where(property => property.Value.ValueKind != JsonValueKind.Null).Select(property => (property.Name, property.Value));
}
