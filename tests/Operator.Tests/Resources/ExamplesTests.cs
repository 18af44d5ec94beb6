using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlPlane.Operator.Policies;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Tests.Fixtures;

namespace ControlPlane.Operator.Tests.Resources;

/// <summary>The documented examples are true: as they stand, and with everything that is commented out put in.</summary>
public sealed partial class ExamplesTests
{
    [Fact]
    public void Cluster_AsItStands_HasNoFaults()
    {
        var reading = Documents.ReadCluster(Yaml.Parse(Checkout.Read("deploy/cr.yaml")).Stored());

        Assert.Empty(reading.Faults?.Faults ?? []);
        Assert.True(reading.Spec!.BackupEnabled);
    }

    [Fact]
    public void Backup_AsItStands_HasNoFaultsAndFitsTheCluster()
    {
        var cluster = Yaml.Parse(Checkout.Read("deploy/cr.yaml"));
        var reading = Documents.ReadBackup(Yaml.Parse(Checkout.Read("deploy/backup/backup.yaml")).Stored());

        Assert.Empty(reading.Faults?.Faults ?? []);
        Assert.Equal(cluster["metadata"]!["name"]!.GetValue<string>(), reading.Spec!.ClusterName);
        Assert.NotNull(cluster["spec"]!["backup"]!["storages"]![reading.Spec.StorageName]);
        Assert.True(reading.Spec.DeletesData);
    }

    [Fact]
    public void Cluster_WithAllThatIsCommentedOut_HasNoFaultsAndEveryField()
    {
        var document = Yaml.Parse(Uncommented("deploy/cr.yaml")).Stored();

        Assert.Empty(Documents.ReadCluster(document).Faults?.Faults ?? []);
        Assert.Empty(Schema.Clusters.SpecPaths.Where(path => IsSupported(path) && !Has(document, path.Split('.'))));
    }

    [Fact]
    public void Backup_WithAllThatIsCommentedOut_HasNoFaultsAndEveryField()
    {
        var document = Yaml.Parse(Uncommented("deploy/backup/backup.yaml")).Stored();

        Assert.Empty(Documents.ReadBackup(document).Faults?.Faults ?? []);
        Assert.Empty(Schema.Backups.SpecPaths.Where(path =>
            IsSupported(path) && !path.Contains(".env", StringComparison.Ordinal) && !path.StartsWith("spec.importFrom", StringComparison.Ordinal) && !Has(document, path.Split('.'))));
    }

    [Fact]
    public void Import_AsItStandsThere_HasNoFaultsAndIsOfTheClusterBesideIt()
    {
        var reading = Documents.ReadBackup(Yaml.Parse(Checkout.Read("deploy/backup/import.yaml")).Stored());

        Assert.Empty(reading.Faults?.Faults ?? []);
        Assert.Equal(("orders", "s3-main", "backup1"), (reading.Spec!.ClusterName, reading.Spec.StorageName, reading.Spec.ImportFrom!.Name));
    }

    [Fact]
    public void Drill_WithAllThatIsCommentedOut_HasNoFaultsAndEveryField()
    {
        var document = Yaml.Parse(Uncommented("deploy/backup/drill.yaml")).Stored();

        Assert.Empty(Documents.ReadDrill(document).Faults?.Faults ?? []);

        // A name stands in the place of the choice.
        Assert.Empty(Schema.Drills.SpecPaths.Where(path => path != "spec.backup.name" && !Has(document, path.Split('.'))));
    }

    // The other way, an address with a token, is what deploy/member/secret.sh prints.
    [Fact]
    public void Member_WithAllThatIsCommentedOut_HasNoFaultsAndEveryFieldOfAKubeconfig()
    {
        var document = Yaml.Parse(Uncommented("deploy/backup/member.yaml")).Stored();

        Assert.Empty(Documents.ReadMember(document).Faults?.Faults ?? []);
        Assert.Empty(Schema.Members.SpecPaths.Where(path => path is not ("spec.server" or "spec.tlsServerName") && !Has(document, path.Split('.'))));
    }

    [Fact]
    public void Policy_AsItStandsAndWithAllThatIsCommentedOut_HasNoFaults()
    {
        var (stands, whole) = (Documents.ReadPolicy(Yaml.Parse(Checkout.Read("deploy/policy.yaml")).Stored()), Documents.ReadPolicy(Yaml.Parse(Uncommented("deploy/policy.yaml")).Stored()));

        Assert.Empty(stands.Faults?.Faults ?? []);
        Assert.Empty(whole.Faults?.Faults ?? []);
        Assert.Empty(Schema.Policies.SpecPaths.Where(path => !path.StartsWith("spec.backup.", StringComparison.Ordinal) && !Has(Yaml.Parse(Uncommented("deploy/policy.yaml")), path.Split('.'))));

        // With it, a cluster needs no more than it must say of itself.
        var bare = Documents.Cluster().With("spec/backup", "-");
        var effective = EffectiveReader.Read(Documents.Header(bare), Documents.Element(bare), [stands.Spec!]);
        Assert.Empty(effective.Faults?.Faults ?? []);
        Assert.Null(effective.Spec!.Unscheduled());
    }

    [Fact]
    public void Secrets_ThatTheClusterNames_StandBesideIt()
    {
        var secrets = Yaml.ParseAll(Checkout.Read("deploy/secrets.yaml")).ToDictionary(secret => secret["metadata"]!["name"]!.GetValue<string>(), secret => (JsonObject)secret["stringData"]!);
        var spec = Documents.ReadCluster(Yaml.Parse(Checkout.Read("deploy/cr.yaml")).Stored()).Spec!;

        Assert.Equal(["password", "user"], secrets[spec.CredentialsSecret].Select(entry => entry.Key).Order());
        var sealing = Documents.ReadCluster(Yaml.Parse(Uncommented("deploy/cr.yaml")).Stored()).Spec!.Storages["s3-main"].Sealing!;
        Assert.Contains(sealing.KeyId, secrets[sealing.SecretName].Select(entry => entry.Key));
        Assert.All(spec.Storages.Values, storage => Assert.Contains("AWS_SECRET_ACCESS_KEY", secrets[storage.Request.CredentialsSecret!].Select(entry => entry.Key)));
    }

    private static bool IsSupported(string path) => UnsupportedFields.Field(path) is null && !path.EndsWith(".valueFrom", StringComparison.Ordinal);

    private static bool Has(JsonNode? node, ReadOnlySpan<string> path)
    {
        if (node is null || path.IsEmpty)
            return node is not null;
        var name = path[0];
        var rest = path[1..];
        if (name.EndsWith("[]", StringComparison.Ordinal))
            return HasAny(node[name[..^2]] is JsonArray items ? [.. items] : [], rest);
        return name == "*" ? HasAny([.. ((JsonObject)node).Select(entry => entry.Value)], rest) : Has(((JsonObject)node)[name], rest);
    }

    private static bool HasAny(IReadOnlyList<JsonNode?> nodes, ReadOnlySpan<string> rest)
    {
        foreach (var node in nodes)
        {
            if (Has(node, rest))
                return true;
        }
        return false;
    }

    // Sentences begin with a capital; what begins like a field is one.
    private static string Uncommented(string path) => Field().Replace(Checkout.Read(path), "$1$2");

    [GeneratedRegex(@"^( *)# ((?:  )*(?:- )*(?:[a-z]\w*:|\{ |name: ).*)$", RegexOptions.Multiline)]
    private static partial Regex Field();
}
