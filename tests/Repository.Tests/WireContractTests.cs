using System.Text.RegularExpressions;

namespace ControlPlane.Repository.Tests;

/// <summary>What travels between silos keeps its name and its numbers for ever, whatever is renamed in the source.</summary>
public sealed partial class WireContractTests
{
    private static readonly string[] Vocabulary = [.. Checkout.Files("src/Abstractions", ".cs")];

    [Fact]
    public void GrainInterfaces_AndTheirMethods_HaveAliases()
    {
        var bare = Vocabulary.Where(file => Checkout.Read(file).Contains("IGrainWith", StringComparison.Ordinal))
            .SelectMany(file => Checkout.Lines(file).Index()
                .Where(line => GrainMethod().IsMatch(line.Item) || line.Item.Contains(": IGrainWith", StringComparison.Ordinal))
                .Where(line => !Checkout.Lines(file)[line.Index - 1].Contains("Alias(", StringComparison.Ordinal))
                .Select(line => $"{file}: {line.Item.Trim()}"));

        Assert.Empty(bare);
    }

    [Fact]
    public void Types_ThatAreSerialized_HaveAnAlias()
    {
        var bare = Vocabulary.SelectMany(file => Checkout.Lines(file).Where(line => line.Contains("GenerateSerializer", StringComparison.Ordinal)
            && !line.Contains("Alias(", StringComparison.Ordinal)).Select(line => $"{file}: {line.Trim()}"));

        Assert.Empty(bare);
    }

    [Fact]
    public void Ids_OfEachType_CountFromZeroWithoutGaps()
    {
        foreach (var file in Vocabulary)
        {
            foreach (var type in Checkout.Read(file).Split("GenerateSerializer").Skip(1))
            {
                var ids = Id().Matches(type).Select(match => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).ToList();
                Assert.True(ids.SequenceEqual(Enumerable.Range(0, ids.Count)), $"{file}: [Id]s are {string.Join(", ", ids)} in {type[..Math.Min(120, type.Length)]}");
            }
        }
    }

    [GeneratedRegex(@"^\s+(Task|ValueTask)(<.*>)?\s+\w+Async\(")]
    private static partial Regex GrainMethod();

    [GeneratedRegex(@"\bId\((\d+)\)")]
    private static partial Regex Id();
}
