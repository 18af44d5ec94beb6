using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Operator.Policies;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Tests.Resources;

/// <summary>The schemas are written by hand, and held here to the code that reads and writes the resources.</summary>
public sealed partial class CrdTests
{
    private static readonly string[] ClusterOnly =
    [
        Reasons.SidecarReady, Reasons.SidecarNotReady, Reasons.WorkloadFaulty, Reasons.NoBackup, Reasons.BackupAvailable,
        Reasons.Swept, Reasons.StrangersFound, Reasons.BackupsDamaged, Reasons.SweepFailed, Reasons.Pruned, Reasons.PruneFailed,
        Reasons.BackupDue, Reasons.CatchingUp, Reasons.PlaneAway, Reasons.MemberAway, Reasons.Overtaken, Reasons.NotCreated, Reasons.Imported, Reasons.ImportFailed,
        Reasons.NoSchedule, Reasons.NotDescribed, Reasons.PolicyApplied, Reasons.PolicyConflict, Reasons.ClustersFaulty,
        Reasons.ObjectiveMet, Reasons.ObjectiveMissed, Reasons.NotProven,
    ];

    // Of a volume or a drill; no backup comes to them.
    private static readonly JobFault[] RestoreOnly =
        [JobFault.VersionMismatch, JobFault.VolumeFull, JobFault.VolumeBusy, JobFault.VolumeTaken, JobFault.PreviousMissing, JobFault.DrillFailed];

    // What only a restore comes to.
    private static readonly string[] RestoreReasons =
    [
        Reasons.Planning, Reasons.Planned, Reasons.PlanBlocked, Reasons.BackupNotFound, Reasons.WorkloadStopping, Reasons.VolumesRestoring, Reasons.WorkloadStarting,
        Reasons.PuttingBack, Reasons.NotPutBack, Reasons.Confirmed, Reasons.MemoryLost,
    ];

    // What only a drill comes to, or a condition that tells of one.
    private static readonly string[] DrillReasons = [Reasons.DrillRunning, Reasons.DrillDue, Reasons.NotDue, Reasons.Proven];

    // What only a budget of the fleet comes to.
    private static readonly string[] BudgetReasons = [Reasons.OverLimit, Reasons.WithinLimit];

    // What only a member comes to.
    private static readonly string[] MemberReasons =
    [
        Reasons.Connected, Reasons.Unreachable, Reasons.CredentialsRefused, Reasons.CredentialsInvalid, Reasons.SecretNotFound, Reasons.AnotherCluster,
        Reasons.MemberUnknown, Reasons.NotKnownYet, Reasons.RightsGranted, Reasons.RightsMissing,
    ];

    private static readonly string[] ConditionOnly = [Reasons.Rewrapping, Reasons.Rewrapped, Reasons.RewrapFailed, Reasons.SizeCollapsed, Reasons.RatioJumped, Reasons.DurationJumped];

    [Fact]
    public void Names_OfAllKinds_AreThoseOfTheCode()
    {
        Assert.Equal(
            (ApiGroup.Clusters.Kind, ApiGroup.Clusters.Plural, ApiGroup.Clusters.ShortName, ApiGroup.Category, ApiGroup.Name, ApiGroup.Version), Names(Schema.Clusters));
        Assert.Equal((ApiGroup.Backups.Kind, ApiGroup.Backups.Plural, ApiGroup.Backups.ShortName, ApiGroup.Category, ApiGroup.Name, ApiGroup.Version), Names(Schema.Backups));
        Assert.Equal((ApiGroup.Restores.Kind, ApiGroup.Restores.Plural, ApiGroup.Restores.ShortName, ApiGroup.Category, ApiGroup.Name, ApiGroup.Version), Names(Schema.Restores));
        Assert.Equal((ApiGroup.Policies.Kind, ApiGroup.Policies.Plural, ApiGroup.Policies.ShortName, ApiGroup.Category, ApiGroup.Name, ApiGroup.Version), Names(Schema.Policies));
        Assert.Equal((ApiGroup.Budgets.Kind, ApiGroup.Budgets.Plural, ApiGroup.Budgets.ShortName, ApiGroup.Category, ApiGroup.Name, ApiGroup.Version), Names(Schema.Budgets));
        Assert.Equal((ApiGroup.Drills.Kind, ApiGroup.Drills.Plural, ApiGroup.Drills.ShortName, ApiGroup.Category, ApiGroup.Name, ApiGroup.Version), Names(Schema.Drills));
        Assert.Equal((ApiGroup.Members.Kind, ApiGroup.Members.Plural, ApiGroup.Members.ShortName, ApiGroup.Category, ApiGroup.Name, ApiGroup.Version), Names(Schema.Members));
    }

    [Fact]
    public void Spec_OfAClusterInTheSchema_HasTheFieldsThatTheReaderAsksFor() => AssertSameFields(Schema.Clusters, "spec.backup.");

    [Fact]
    public void Spec_OfABackupInTheSchema_HasTheFieldsThatTheReaderAsksFor() => AssertSameFields(Schema.Backups, "spec.");

    [Fact]
    public void Spec_OfARestoreInTheSchema_HasTheFieldsThatTheReaderAsksFor() => AssertSameFields(Schema.Restores, "none");

    [Fact]
    public void Spec_OfADrillInTheSchema_HasTheFieldsThatTheReaderAsksFor() => AssertSameFields(Schema.Drills, "none");

    [Fact]
    public void Spec_OfAMemberInTheSchema_HasTheFieldsThatTheReaderAsksFor() => AssertSameFields(Schema.Members, "none");

    [Fact]
    public void Status_OfAMemberInTheSchema_HasTheFieldsOfItsDocument() =>
        Assert.Equal(Contract(StatusJson.Default.MemberStatusDocument, "status"), Status(Schema.Members));

    [Fact]
    public void Spec_OfAPolicyInTheSchema_HasTheFieldsThatTheReaderAsksFor() => AssertSameFields(Schema.Policies, "spec.backup.");

    [Fact]
    public void Backup_OfAPolicyInTheSchema_IsThatOfAClusterButForItsPod()
    {
        var (cluster, policy) = ((JsonObject)Schema.Clusters.Properties["spec.backup"].DeepClone(), (JsonObject)Schema.Policies.Properties["spec.backup"].DeepClone());
        foreach (var schema in new[] { cluster, policy })
            schema.Remove("description");
        ((JsonObject)cluster["properties"]!).Remove("sourcePod");

        Assert.Equal(cluster.ToJsonString(), policy.ToJsonString());
    }

    [Fact]
    public void Status_OfAPolicyInTheSchema_HasTheFieldsOfItsDocument() =>
        Assert.Equal(Contract(StatusJson.Default.PolicyStatusDocument, "status"), Status(Schema.Policies));

    [Fact]
    public void Defaults_OfWhatPoliciesGive_AreNotInTheSchema()
    {
        // A default would be written into the cluster, and count as its own.
        var fields = (JsonObject)Schema.Clusters.Properties["spec.backup"]["properties"]!;
        string[] merged = [.. fields.Select(field => field.Key), .. new[] { "storages.*", "schedule[]", "drills[]" }.SelectMany(
            entry => Schema.Clusters.Properties.Keys.Where(path => path.StartsWith($"spec.backup.{entry}.", StringComparison.Ordinal)).Select(path => path["spec.backup.".Length..])
                .Where(path => !path[(entry.Length + 1)..].Contains('.', StringComparison.Ordinal)))];

        Assert.Empty(merged.Where(path => Schema.Clusters.Properties[$"spec.backup.{path}"].ContainsKey("default")));
    }

    [Fact]
    public void Spec_OfABudgetInTheSchema_HasTheFieldsThatTheReaderAsksFor() => AssertSameFields(Schema.Budgets, "none");

    [Fact]
    public void Status_OfABudgetInTheSchema_HasTheFieldsOfItsDocument() =>
        Assert.Equal(Contract(StatusJson.Default.FleetBudgetStatusDocument, "status"), Status(Schema.Budgets));

    [Fact]
    public void Status_OfADrillInTheSchema_HasTheFieldsOfItsDocument() =>
        Assert.Equal(Contract(StatusJson.Default.DrillStatusDocument, "status"), Status(Schema.Drills));

    [Fact]
    public void Status_OfARestoreInTheSchema_HasTheFieldsOfItsDocumentAndTheRunners()
    {
        var documented = Contract(StatusJson.Default.RestoreStatusDocument, "status").Concat(["status.volumes"]).Concat(Contract(ProtocolJson.Default.RestoreProgress, "status.volumes[]"));

        Assert.Equal(documented.Order(StringComparer.Ordinal), Status(Schema.Restores));
    }

    [Fact]
    public void Status_OfAClusterInTheSchema_HasTheFieldsOfItsDocument() =>
        Assert.Equal(Contract(StatusJson.Default.ClusterStatusDocument, "status"), Status(Schema.Clusters));

    [Fact]
    public void Status_OfABackupInTheSchema_HasTheFieldsOfItsDocumentAndTheRunners()
    {
        var documented = Contract(StatusJson.Default.BackupStatusDocument, "status").Concat(["status.progress"])
            .Concat(Contract(ProtocolJson.Default.BackupProgress, "status.progress"));

        Assert.Equal(documented.Order(StringComparer.Ordinal), Status(Schema.Backups).Where(path => !path.StartsWith("status.storage.", StringComparison.Ordinal)));
    }

    [Fact]
    public void Words_OfPhasesAndStages_AreThoseOfTheCode()
    {
        Assert.Equal(Enum.GetNames<BackupPhase>(), Words(Schema.Backups.Properties["status.phase"]));
        Assert.Equal(Enum.GetNames<RestorePhase>(), Words(Schema.Restores.Properties["status.phase"]));
        Assert.Equal(Enum.GetNames<DrillPhase>(), Words(Schema.Drills.Properties["status.phase"]));
        Assert.Equal(Enum.GetNames<RestoreStage>(), Words(Schema.Restores.Properties["status.volumes[].stage"]));
        Assert.Equal(Enum.GetNames<ReplicaVolumes>(), Words(Schema.Restores.Properties["spec.replicaVolumes"]));
        Assert.Equal(Enum.GetNames<KeepPrevious>(), Words(Schema.Restores.Properties["spec.keepPrevious"]));
        Assert.Equal(Enum.GetNames<BackupStage>(), Words(Schema.Backups.Properties["status.progress.stage"]));
    }

    [Fact]
    public void Reasons_InTheSchema_AreThoseOfTheCode()
    {
        var known = typeof(Reasons).GetFields().Select(field => (string)field.GetValue(null)!).Except(ClusterOnly).Except(ConditionOnly).Except(RestoreReasons).Except(DrillReasons).Except(BudgetReasons).Except(MemberReasons).Union(Enum.GetValues<JobFault>().Except(RestoreOnly).Select(fault => fault.ToString()));
        var told = Schema.Backups.Properties["status.reason"]["description"]!.GetValue<string>();

        Assert.Equal(known.Order(), ReasonWord().Matches(told.Split("one word of:")[1].Split("docs/")[0]).Select(match => match.Value).Order());
    }

    [Fact]
    public void Descriptions_OfAllFields_AreThere()
    {
        var silent = Schema.All.SelectMany(schema => schema.Properties)
            .Where(property => property.Key != "metadata" && (property.Value["description"]?.GetValue<string>() ?? "").Length < 10);

        Assert.Empty(silent.Select(property => property.Key));
    }

    [Fact]
    public void Columns_OfAllKinds_ShowFieldsThatExist()
    {
        foreach (var schema in Schema.All)
        {
            var columns = schema.Document["spec"]!["versions"]![0]!["additionalPrinterColumns"]!.AsArray().Select(column => column!["jsonPath"]!.GetValue<string>());
            var unknown = columns.Select(path => ArrayFilter().Replace(path, "[]").TrimStart('.')).Where(path => path != "metadata.creationTimestamp" && !schema.Properties.ContainsKey(path));
            Assert.Empty(unknown);
        }
    }

    [Fact]
    public void Defaults_OfTheSchema_AreThoseOfTheReader()
    {
        foreach (var document in new[] { Documents.Cluster(), Yaml.Parse(Checkout.Read("tests/Operator.Tests/Cases/reader/everything.yaml")).Stored() })
        {
            var defaulted = (JsonObject)document.DeepClone();
            SetDefaults(defaulted["spec"]!, (JsonObject)Schema.Clusters.Properties["spec"]);
            Assert.True(document["spec"]!["engine"] is not null || document.ToJsonString() != defaulted.ToJsonString(), "Nothing has a default.");
            Assert.Equal(JsonSerializer.Serialize(Documents.ReadCluster(document)), JsonSerializer.Serialize(Documents.ReadCluster(defaulted)));
        }
    }

    private static void AssertSameFields(Schema schema, string unsupported)
    {
        var asked = new HashSet<string>();
        var skeleton = schema.Skeleton();
        var header = new ResourceHeader { Namespace = "shop", Name = "x", Uid = "u", ResourceVersion = "1" };
        if (schema == Schema.Clusters)
            ClusterReader.Read(header, Documents.Element(skeleton), asked);
        else if (schema == Schema.Restores)
            RestoreReader.Read(header, Documents.Element(skeleton), asked);
        else if (schema == Schema.Members)
            MemberReader.Read(header, Documents.Element(skeleton), asked);
        else if (schema == Schema.Policies)
            PolicyReader.Read(header, Documents.Element(skeleton), asked);
        else if (schema == Schema.Drills)
            DrillReader.Read(header, Documents.Element(skeleton), asked);
        else if (schema == Schema.Budgets)
            FleetBudgetReader.Read(header, Documents.Element(skeleton), asked);
        else
            BackupReader.Read(header, Documents.Element(skeleton), asked);

        // A restore's storage is read by the rules of a cluster's, and under their paths.
        var known = asked.Where(path => path.StartsWith("spec.", StringComparison.Ordinal) && (schema != Schema.Restores || !path.StartsWith(StorageReader.Pattern, StringComparison.Ordinal)))
            .Union(UnsupportedFields.Fields.Keys.Where(path => path.StartsWith(unsupported, StringComparison.Ordinal) && path.StartsWith("spec.backup.", StringComparison.Ordinal) == (schema == Schema.Clusters || schema == Schema.Policies)));
        Assert.Equal(known.Order(StringComparer.Ordinal), schema.SpecPaths.Where(path => !path.StartsWith("spec.backupSource.storage.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    private static (string, string, string, string, string, string) Names(Schema schema)
    {
        var (spec, names) = (schema.Document["spec"]!, schema.Document["spec"]!["names"]!);
        Assert.Equal($"{names["plural"]}.{spec["group"]}", schema.Document["metadata"]!["name"]!.GetValue<string>());
        return (Text(names["kind"]), Text(names["plural"]), Text(names["shortNames"]![0]), Text(names["categories"]![0]), Text(spec["group"]), Text(spec["versions"]![0]!["name"]));

        static string Text(JsonNode? node) => node!.GetValue<string>();
    }

    private static IEnumerable<string> Status(Schema schema) => schema.Properties.Keys.Where(path => path.StartsWith("status.", StringComparison.Ordinal));

    private static IEnumerable<string> Contract(JsonTypeInfo type, string path) => Fields(type, path).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Fields(JsonTypeInfo type, string path)
    {
        foreach (var property in type.Properties)
        {
            var (place, inner) = ($"{path}.{property.Name}", type.Options.GetTypeInfo(property.PropertyType));
            yield return place;
            if (inner.Kind == JsonTypeInfoKind.Enumerable)
                (place, inner) = ($"{place}[]", type.Options.GetTypeInfo(inner.ElementType!));
            if (inner.Kind == JsonTypeInfoKind.Object && inner.Type != typeof(JsonObject))
            {
                foreach (var field in Fields(inner, place))
                    yield return field;
            }
        }
    }

    private static IEnumerable<string> Words(JsonObject property) => property["enum"]!.AsArray().Select(word => word!.GetValue<string>());

    // As the API server does it: where a field is absent from an object that is there.
    private static void SetDefaults(JsonNode node, JsonObject schema)
    {
        foreach (var (name, property) in schema["properties"] as JsonObject ?? [])
        {
            if (node is JsonObject parent && property!["default"] is { } value && !parent.ContainsKey(name))
                parent[name] = value.DeepClone();
            if (node[name] is { } inner and (JsonObject or JsonArray))
                SetDefaults(inner, (JsonObject)property!);
        }
        if (schema["additionalProperties"] is JsonObject entry)
        {
            foreach (var (_, value) in ((JsonObject)node).Where(each => each.Value is JsonObject).ToList())
                SetDefaults(value!, entry);
        }
    }

    [GeneratedRegex(@"\b[A-Z]\w+")]
    private static partial Regex ReasonWord();

    [GeneratedRegex(@"\[(\?[^\]]*|\d+)\]")]
    private static partial Regex ArrayFilter();
}
