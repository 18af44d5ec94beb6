namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>Parts that everything needs go away for a while, and come back.</summary>
internal static class Outage
{
    internal static async Task OfTheApiServerAsync(Cluster cluster, TimeSpan time)
    {
        await WhileAsync(time, "process.sh", ["stop", "kube-apiserver"], ["start", "kube-apiserver"]);
        await Wait.UntilAsync("the API server", TimeSpan.FromMinutes(1), async () => (await cluster.TryKubectlAsync("get", "--raw", "/readyz")).ExitCode == 0);
    }

    internal static Task OfTheStoreAsync(TimeSpan time) => WhileAsync(time, "s3.sh", ["kill"], ["start"]);

    private static async Task WhileAsync(TimeSpan time, string script, string[] away, string[] back)
    {
        var path = Path.Combine(DevEnvironment.Checkout, "devcluster", script);
        await Command.RunAsync(path, away);
        try
        {
            await Wait.ForAsync(time);
        }
        finally
        {
            await Command.RunAsync(path, back);
        }
    }
}
