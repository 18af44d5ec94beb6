using System.Diagnostics;
using System.Net;
using ControlPlane.Operator.Tests.Fixtures;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace ControlPlane.Operator.Tests.OnCluster;

/// <summary>The watch against the real API server, which is stopped, killed and frozen on the way. Alone: others need that server.</summary>
[Collection(nameof(WithoutOthers))]
public sealed class WatchTests(DevCluster cluster) : IClassFixture<DevCluster>
{
    private const string Mark = "operator-tests/watched";

    [Theory]
    [InlineData("stop", "start")]
    [InlineData("kill", "start")]
    [InlineData("pause", "resume")]
    public async Task Watch_WhileTheApiServerGoesAndReturns_LosesAndDoublesNothing(string away, string back)
    {
        var handler = new RecordingHandler("api/v1/configmaps", $"{Mark}={away}");
        var members = Connections.Of(DevCluster.Kubeconfig());
        await using var watch = new RunningWatch(token => members.ReadyAsync(DevCluster.Member, token), members, handler, RunningWatch.Options());

        await WriteAsync(away, 0, 60);
        await handler.UntilAsync(seen => seen.State().Count > 0, "the first ones");
        await ProcessAsync(away);
        var meanwhile = WriteAsync(away, 60, 120);
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
        await ProcessAsync(back);
        await meanwhile;
        await WriteAsync(away, 120, 160);

        var stored = (await cluster.Client.CoreV1.ListNamespacedConfigMapAsync(cluster.Namespace, labelSelector: $"{Mark}={away}")).Items
            .ToDictionary(map => map.Name(), map => (map.Uid(), map.ResourceVersion()));
        Assert.NotEmpty(stored);
        await handler.UntilAsync(seen => seen.State().Count == stored.Count && stored.All(entry => seen.State().TryGetValue(entry.Key, out var known) && known == entry.Value), "what the server has");
        handler.AssertNothingDoubled();
    }

    // Makes, changes and deletes, and says each again until it got through.
    private async Task WriteAsync(string mark, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            var name = $"{mark}-{i % 25}";
            var map = new V1ConfigMap { Metadata = new() { Name = name, Labels = new Dictionary<string, string> { [Mark] = mark } }, Data = new Dictionary<string, string> { ["i"] = $"{i}" } };
            if (i % 5 == 4)
                await InsistAsync(() => cluster.Client.CoreV1.DeleteNamespacedConfigMapAsync(name, cluster.Namespace));
            else if (i < 25)
                await InsistAsync(() => cluster.Client.CoreV1.CreateNamespacedConfigMapAsync(map, cluster.Namespace));
            else
                await InsistAsync(() => cluster.Client.CoreV1.PatchNamespacedConfigMapAsync(new V1Patch(map, V1Patch.PatchType.MergePatch), name, cluster.Namespace));
        }
    }

    private static async Task InsistAsync(Func<Task> call)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await call().WaitAsync(TimeSpan.FromSeconds(5));
                return;
            }
            catch (HttpOperationException refusal) when (refusal.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
            {
                return;
            }
            catch (Exception) when (Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(1))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            }
        }
    }

    private static async Task ProcessAsync(string verb)
    {
        using var script = Process.Start(new ProcessStartInfo(Path.Combine(Checkout.Root, "devcluster", "process.sh"), [verb, "kube-apiserver"]))!;
        await script.WaitForExitAsync();
        Assert.Equal(0, script.ExitCode);
    }
}

/// <summary>Tests that take away what all others need.</summary>
[CollectionDefinition(nameof(WithoutOthers), DisableParallelization = true)]
public sealed class WithoutOthers;
