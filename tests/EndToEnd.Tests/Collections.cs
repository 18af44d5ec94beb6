using Xunit.Sdk;
using Xunit.v3;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>
/// Scenarios that stop what all others need, or that need the whole machine; they come when the others have ended. All other classes run beside one another, each with a
/// shop to itself.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    internal const string Name = "alone";
}

/// <summary>The longest classes begin first, so that at the end none is waited for alone.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Longest =
    [
        nameof(OpeningTests), nameof(InterruptionTests), nameof(FaultyStoreTests), nameof(RestoreTests), nameof(RestoreFaultTests), nameof(SidecarTests), nameof(FaultyStorageTests), nameof(QueueTests),
        nameof(DeletionTests), nameof(ImportTests), nameof(StorageKindTests),
    ];

    /// <inheritdoc />
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => Array.FindIndex(Longest, name => collection.TestCollectionDisplayName.Contains($".{name} ", StringComparison.Ordinal)) is >= 0 and var place ? place : Longest.Length)];
}
