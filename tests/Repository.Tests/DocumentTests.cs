using System.Text.RegularExpressions;

namespace ControlPlane.Repository.Tests;

/// <summary>Documents say what the code says.</summary>
public sealed partial class DocumentTests
{
    private static readonly string[] Documents = [.. Checkout.Files("docs", ".md"), "README.md", "CONTRIBUTING.md", "SECURITY.md"];

    [Fact]
    public void Reasons_InTheClosedList_AreAllExplained()
    {
        var reconcile = Checkout.Read("docs/reconcile.md");
        var reasons = Constant().Matches(Checkout.Read("src/Abstractions/Reasons.cs")).Select(match => match.Groups[1].Value);
        var faults = EnumMember().Matches(Checkout.Read("src/Protocol/JobReport.cs").Split("public enum JobFault")[1].Split("\n}")[0]).Select(match => match.Groups[1].Value);

        Assert.Empty(reasons.Concat(faults).Where(reason => !reconcile.Contains($"`{reason}`", StringComparison.Ordinal)));
    }

    [Fact]
    public void Links_WithinTheRepository_LeadSomewhere()
    {
        var broken = Documents.SelectMany(document => Link().Matches(Checkout.Read(document)).Select(match => match.Groups[1].Value.Split('#')[0])
            .Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal))
            .Where(target => !Path.Exists(Path.Combine(Checkout.Root, Path.GetDirectoryName(document)!, target)))
            .Select(target => $"{document}: {target}"));

        Assert.Empty(broken);
    }

    [Fact]
    public void Files_ThatAreTracked_NameNoPathOfOneMachine()
    {
        var named = Checkout.Files(".", ".cs", ".md", ".sh", ".yaml", ".yml", ".props", ".csproj", ".json", "dev", "run")
            .Where(file => !file.EndsWith("DocumentTests.cs", StringComparison.Ordinal))
            .Where(file => MachinePath().IsMatch(Checkout.Read(file)));

        Assert.Empty(named);
    }

    [Fact]
    public void Changelog_Unreleased_HoldsAnEntry() =>
        Assert.NotEmpty(Checkout.Files("changelog/unreleased", ".md"));

    [GeneratedRegex(@"public const string (\w+) = nameof")]
    private static partial Regex Constant();

    [GeneratedRegex(@"^    (\w+),$", RegexOptions.Multiline)]
    private static partial Regex EnumMember();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(^|[^A-Za-z0-9_.~}/])/(work|root|home/\w+)/", RegexOptions.Multiline)]
    private static partial Regex MachinePath();
}
