using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace ControlPlane.Repository.Tests;

/// <summary>Who may know whom: the table of <c>docs/ARCHITECTURE.md</c>, held.</summary>
public sealed partial class DependencyTests
{
    private static readonly Dictionary<string, string[]> MayKnow = new()
    {
        ["Protocol"] = [],
        ["Storage"] = [],
        ["Abstractions"] = ["Protocol"],
        ["Grains"] = ["Abstractions"],
        ["Operator"] = ["Abstractions"],
        ["Sidecar"] = ["Protocol", "Storage"],
        ["Silo"] = ["Grains", "Operator"],
    };

    private static readonly Dictionary<string, string[]> OnlyIn = new()
    {
        ["KubernetesClient"] = ["Operator"],
        ["Cronos"] = ["Abstractions"],
        ["NodaTime"] = ["Abstractions"],
        ["AWSSDK.S3"] = ["Storage"],
        ["Google.Apis.Auth"] = ["Storage"],
        ["AWSSDK.SecurityToken"] = ["Storage"],
        ["Azure.Storage.Blobs"] = ["Storage"],
        ["MySqlConnector"] = ["Sidecar"],
        ["ZstdNet"] = ["Sidecar"],
        ["K4os.Compression.LZ4"] = ["Sidecar"],
        ["Microsoft.Data.Sqlite"] = ["Silo"],
        ["Npgsql"] = ["Silo"],
        ["Microsoft.Orleans.Dashboard"] = ["Silo"],
    };

    public static TheoryData<string> Projects => [.. MayKnow.Keys];

    [Fact]
    public void Source_EveryProject_StandsInTheTable() =>
        Assert.Equal(MayKnow.Keys.Order(), Checkout.Files("src", ".csproj").Select(Path.GetFileNameWithoutExtension).Order());

    [Theory]
    [MemberData(nameof(Projects))]
    public void References_OfAProject_AreOnlyThoseItMayKnow(string project)
    {
        var known = Elements(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path));

        Assert.Empty(known.Except(MayKnow[project]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Packages_OfOneDuty_StayInTheirProject(string project)
    {
        var astray = Elements(project, "PackageReference").Where(package => OnlyIn.TryGetValue(package, out var homes) && !homes.Contains(project));

        Assert.Empty(astray);
    }

    [Fact]
    public void Kubernetes_InSource_IsSpokenOnlyByTheOperator()
    {
        var speakers = Checkout.Files("src", ".cs")
            .Where(file => !file.StartsWith("src/Operator/", StringComparison.Ordinal))
            .Where(file => KubernetesUsing().IsMatch(Checkout.Read(file)));

        Assert.Empty(speakers);
    }

    [Fact]
    public void Solution_AllProjects_AreInIt()
    {
        var solution = Checkout.Read("ControlPlane.sln").Replace('\\', '/');

        Assert.Empty(Checkout.Files(".", ".csproj").Where(project => !solution.Contains(project, StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Elements(string project, string name) =>
        XDocument.Parse(Checkout.Read($"src/{project}/{project}.csproj")).Descendants(name).Select(element => (string)element.Attribute("Include")!);

    [GeneratedRegex(@"^\s*(global\s+)?using\s+(static\s+)?k8s\b", RegexOptions.Multiline)]
    private static partial Regex KubernetesUsing();
}
