namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>The members of <c>./dev members up</c>, as an administrator has them join and leave.</summary>
internal static class Joining
{
    private static string Script => Path.Combine(DevEnvironment.Checkout, "devcluster", "members.sh");

    /// <summary>An administrator's kubeconfig of a member.</summary>
    internal static string Kubeconfig(DevEnvironment environment, string name)
    {
        var path = Path.Combine(environment.Cache, "run", "members", name + ".conf");
        Assert.True(File.Exists(path), "This needs members: run `./dev members up`.");
        return path;
    }

    /// <summary>Has the plane look after them, until it does.</summary>
    internal static async Task JoinAsync(Cluster home, IReadOnlyList<string> names)
    {
        await Command.RunAsync(Script, ["join", .. names]);
        foreach (var name in names)
            await home.KubectlAsync("wait", "--for=condition=Connected", $"membercluster/{name}", "--timeout=90s");
    }

    /// <summary>Has the plane forget them.</summary>
    internal static async Task LeaveAsync(Cluster home)
    {
        await home.TryKubectlAsync("delete", "memberclusters", "--all");
        await home.TryKubectlAsync("--namespace", Plane.Namespace, "delete", "secret", "-l", "backup.controlplane/credentials=member");
    }
}
