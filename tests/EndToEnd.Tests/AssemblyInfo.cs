using ControlPlane.EndToEnd.Tests;
using ControlPlane.EndToEnd.Tests.Harness;

// Two cores, and five databases beside one another: a scenario mostly waits.
[assembly: CollectionBehavior(MaxParallelThreads = 5)]
[assembly: TestCollectionOrderer(typeof(LongestFirst))]
[assembly: AssemblyFixture(typeof(Plane))]
