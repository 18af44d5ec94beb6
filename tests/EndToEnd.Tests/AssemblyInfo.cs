using ControlPlane.EndToEnd.Tests.Harness;

// Two cores, and three databases beside one another: a scenario mostly waits.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
[assembly: AssemblyFixture(typeof(Plane))]
