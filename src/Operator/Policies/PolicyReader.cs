using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Policies;

/// <summary>Reads a <c>BackupPolicy</c>. Pure. Its <c>spec.backup</c> is read as a cluster's is, but for what may stand in another policy or in the cluster itself.</summary>
internal static class PolicyReader
{
    public const long HighestPriority = 1000;
    private const int MostNames = 200;
    private const int MostRequirements = 64;
    private const int MostValues = 64;

    private static readonly JsonElement Nothing = JsonSerializer.SerializeToElement(new Dictionary<string, string>());

    /// <summary>The spec also where there are faults, unless there is none at all.</summary>
    public static SpecReading<PolicySpec> Read(ResourceHeader header, JsonElement document, ICollection<string>? asked = null)
    {
        var faults = new FaultList { Asked = asked, IsPart = true };
        PolicySpec? policy = null;
        if (new FieldReader(document, "", "", faults).RequiredSection("spec") is { } spec)
        {
            var selection = ReadSelection(spec.RequiredSection("clusters"));
            var priority = (int)(spec.Number("priority", -HighestPriority, HighestPriority) ?? 0);
            BackupSectionReader.Read(spec.Section("backup"));
            var backup = spec.Raw("backup") is { ValueKind: JsonValueKind.Object } section ? section.Clone() : Nothing;
            spec.Close();
            policy = new()
            {
                Name = header.Name,
                Selection = selection,
                Priority = priority,
                Backup = backup,
                Faults = faults.All,
                Digest = Digest(priority, backup, faults.All),
            };
        }

        return new(policy, SpecReading<PolicySpec>.Of(header, faults, () => policy!).Faults);
    }

    /// <summary>A part that cannot be read selects as if it were not there: too many clusters are kept as they are rather than too few.</summary>
    private static PolicySelection ReadSelection(FieldReader? clusters)
    {
        if (clusters is null)
            return PolicySelection.Everything;
        var selection = new PolicySelection(
            clusters.Names("members", MostNames, FieldChecks.NamePattern), clusters.Names("namespaces", MostNames, FieldChecks.NamePattern), ReadLabels(clusters.Section("selector")));
        clusters.Close();
        return selection;
    }

    private static LabelSelector ReadLabels(FieldReader? selector)
    {
        if (selector is null)
            return LabelSelector.Everything;
        var requirements = selector.Map("matchLabels", MostRequirements, FieldChecks.LabelKey, FieldChecks.LabelValue)
            .Select(label => new LabelRequirement(label.Key, LabelOperator.In, [label.Value])).ToList();
        foreach (var item in selector.Items("matchExpressions", MostRequirements))
        {
            var key = item.Required("key", FieldChecks.LabelKey);
            item.Demand("operator");
            var word = item.Word("operator", Enum.GetNames<LabelOperator>());
            var values = item.Names("values", MostValues, FieldChecks.LabelValue);
            if (word is nameof(LabelOperator.In) or nameof(LabelOperator.NotIn))
            {
                if (item.Raw("values") is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() == 0)
                    item.Add("values", $"is empty; {word} needs at least one value");
            }
            else if (word is not null && item.Raw("values") is { ValueKind: JsonValueKind.Array } unused && unused.GetArrayLength() > 0)
            {
                item.Add("values", $"has no effect with {word}; remove it");
            }

            item.Close();
            if (key is not null && word is not null && (values.Count > 0 || word is nameof(LabelOperator.Exists) or nameof(LabelOperator.DoesNotExist)))
                requirements.Add(new(key, Enum.Parse<LabelOperator>(word), values));
        }

        selector.Close();
        return new(requirements);
    }

    private static string Digest(int priority, JsonElement backup, IReadOnlyList<string> faults) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{priority} {backup.GetRawText()} {string.Join('\n', faults)}")).AsSpan(..8));
}
