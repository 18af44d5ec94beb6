using ControlPlane.EndToEnd.Tests;
using ControlPlane.EndToEnd.Tests.Harness;

// Two cores, and four databases beside one another: a scenario mostly waits.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
[assembly: TestCollectionOrderer(typeof(LongestFirst))]
[assembly: AssemblyFixture(typeof(Plane))]
