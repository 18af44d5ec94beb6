using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>Scenarios about stores.</summary>
[CollectionDefinition(Name)]
public sealed class Stores : ICollectionFixture<OpenShop>
{
    internal const string Name = "stores";
}

/// <summary>Scenarios about the database's Pods.</summary>
[CollectionDefinition(Name)]
public sealed class Databases : ICollectionFixture<OpenShop>
{
    internal const string Name = "databases";
}

/// <summary>Scenarios about what owners ask for.</summary>
[CollectionDefinition(Name)]
public sealed class Owners : ICollectionFixture<OpenShop>
{
    internal const string Name = "owners";
}

/// <summary>Scenarios that stop what all others need, or that need the whole machine.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone : ICollectionFixture<OpenShop>
{
    internal const string Name = "alone";
}
