using ControlPlane.EndToEnd.Tests.Harness;

// One database, one plane, two cores: the scenarios come one after another.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AssemblyFixture(typeof(Plane))]
