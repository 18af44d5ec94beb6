using System.Text.RegularExpressions;

namespace ControlPlane.Repository.Tests;

/// <summary>What a reviewer would otherwise have to say again.</summary>
public sealed partial class TidyTests
{
    private const int LongestFile = 350;

    private static readonly string[] Code = [.. new[] { "src", "tests", "bench" }.SelectMany(folder => Checkout.Files(folder, ".cs"))];

    [Fact]
    public void Files_OfCode_AreShort() =>
        Assert.Empty(Code.Where(file => Checkout.Lines(file).Length > LongestFile));

    [Fact]
    public void Classes_ThatAreConcrete_AreSealed()
    {
        var open = Code.Where(file => file.StartsWith("src/", StringComparison.Ordinal))
            .SelectMany(file => OpenClass().Matches(Checkout.Read(file)).Select(match => $"{file}: {match.Value.Trim()}"));

        Assert.Empty(open);
    }

    [Fact]
    public void Notes_ToOneself_AreNotLeftBehind()
    {
        var notes = Code.Where(file => !file.EndsWith("TidyTests.cs", StringComparison.Ordinal)).Where(file => Note().IsMatch(Checkout.Read(file)));

        Assert.Empty(notes);
    }

    [Fact]
    public void LogMessages_OfTheProduct_HaveNumbersOfTheirOwn()
    {
        var doubled = Code.Where(file => file.StartsWith("src/", StringComparison.Ordinal))
            .SelectMany(file => LogMessage().Matches(Checkout.Read(file)).Select(match => match.Groups["number"].Value))
            .GroupBy(number => number).Where(group => group.Count() > 1).Select(group => group.Key);

        Assert.Empty(doubled);
    }

    [Fact]
    public void Regions_InCode_AreNotUsed() =>
        Assert.Empty(Code.Where(file => Checkout.Lines(file).Any(line => line.TrimStart().StartsWith("#region", StringComparison.Ordinal))));

    [Fact]
    public void Tests_InAnyProject_AreNotSkipped()
    {
        // These have commands of their own (soak.sh, fire.sh, many.sh, members.sh, away.sh, fleet.sh, upgrade.sh; docs/policies.md), and are no part of what is counted.
        string[] apart = ["TidyTests.cs", "SoakTests.cs", "RestoreUnderFireTests.cs", "RestoreWishTests.cs", "LargeRestoreTests.cs", "ManyTests.cs", "MembersTests.cs", "AwayTests.cs", "BudgetedDrillTests.cs", "BudgetTests.cs", "RequestTests.cs", "PolicyMoveTests.cs", "UpgradeTests.cs"];
        var skipped = Code.Where(file => !apart.Contains(Path.GetFileName(file))).Where(file => Skipped().IsMatch(Checkout.Read(file)));

        Assert.Empty(skipped);
    }

    [Fact]
    public void TestNames_Everywhere_SayMethodCircumstanceAndOutcome()
    {
        var odd = Code.Where(file => file.StartsWith("tests/", StringComparison.Ordinal))
            .SelectMany(file => TestMethod().Matches(Checkout.Read(file)).Select(match => match.Groups["name"].Value)
                .Where(name => name.Count(letter => letter == '_') is not (1 or 2)).Select(name => $"{file}: {name}"));

        Assert.Empty(odd);
    }

    [Fact]
    public void Folders_CalledHelpersOrUtils_DoNotExist() =>
        Assert.Empty(Code.Where(file => Vague().IsMatch(file)));

    [GeneratedRegex(@"^\s*(public|internal|private)\s+((partial|file|unsafe|new)\s+)*class\s+\w+", RegexOptions.Multiline)]
    private static partial Regex OpenClass();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX|NotImplementedException)\b")]
    private static partial Regex Note();

    [GeneratedRegex(@"\[LoggerMessage\((?<number>[0-9]+),")]
    private static partial Regex LogMessage();

    [GeneratedRegex(@"\bSkip(Unless|When)?\s*=|Assert\.Skip|\bExplicit\s*=\s*true")]
    private static partial Regex Skipped();

    [GeneratedRegex(@"\[(Fact|Theory)[^\]]*\](?:\s*\[[^\n]*\])*\s*public\s+(?:async\s+)?[\w<>]+\s+(?<name>\w+)\s*\(")]
    private static partial Regex TestMethod();

    [GeneratedRegex(@"(Helpers?|Utils?|Utilit(y|ies)|Manager)\b")]
    private static partial Regex Vague();
}
