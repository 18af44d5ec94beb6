using System.Text.Json;

namespace ControlPlane.Operator.Resources;

/// <summary>
/// What a resource may hold by its documentation, or by that of the reference system, and this version does not do. The schema knows
/// these fields, so that no API server drops them unseen, and the reader refuses them: nothing is ever accepted without effect.
/// </summary>
internal static class UnsupportedFields
{
    private const string Later = "is not supported by this version; remove it";
    private const string TypeLater = "is not supported by this version; use ";
    private const string NotReadBack = "cannot be used: its objects cannot be read back at once, as a check or a restore needs; use Hot, Cool or Cold";
    private const string NoEffect = "has no effect here: ";

    /// <summary>Fields by the path that the schema has for them.</summary>
    public static readonly IReadOnlyDictionary<string, string> Fields = new Dictionary<string, string>
    {
        ["spec.backup.pitr"] = Later,
        ["spec.backup.initImage"] = NoEffect + "the image holds all that is needed; remove it",
        ["spec.backup.initContainer"] = NoEffect + "the image holds all that is needed; remove it",
        ["spec.backup.storages.*.volumeSpec"] = NoEffect + "use a storage of type filesystem; remove it",
        ["spec.backup.storages.*.containerOptions.args.xbstream"] = NoEffect + "no xbstream runs for a backup; remove it",
        ["spec.backup.storages.*.containerOptions.args.xbcloud"] = NoEffect + "the Job uploads by itself; remove it",
        ["spec.incrementalBaseBackupName"] = Later,
        ["spec.containerOptions.args.xbstream"] = NoEffect + "no xbstream runs for a backup; remove it",
        ["spec.containerOptions.args.xbcloud"] = NoEffect + "the Job uploads by itself; remove it",
    };

    /// <summary>Words of enumerations.</summary>
    public static readonly IReadOnlyDictionary<(string Field, string Word), string> Values = new Dictionary<(string, string), string>
    {
        [("spec.type", "incremental")] = TypeLater + "full",
        [("spec.backup.schedule[].type", "incremental")] = TypeLater + "full",
        [("spec.backup.storages.*.azure.storageClass", "Archive")] = NotReadBack,
    };

    public static string? Field(string pattern) => Fields.GetValueOrDefault(pattern);

    public static string? Value(string pattern, string word) => Values.GetValueOrDefault((pattern, word));

    /// <summary>Whether it says nothing: an empty list of schedules asks for none.</summary>
    public static bool IsHarmless(string pattern, JsonElement value) =>
        Fields.ContainsKey(pattern) && value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0;
}
