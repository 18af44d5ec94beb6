using System.Diagnostics;
using System.Net;
using ControlPlane.Silo.Tests.Fixtures;

namespace ControlPlane.Silo.Tests;

/// <summary>The program itself, as a process of its own.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task Program_KilledAndStartedAgain_IsReadyOnTheSameFileAndStopsWhenTold()
    {
        using (var first = Start(out var health))
        {
            await ReadyAsync(first, health);
            first.Kill();
            await first.WaitForExitAsync();
        }

        using var second = Start(out var again);
        await ReadyAsync(second, again);
        using var told = Process.Start("kill", ["-TERM", second.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await told.WaitForExitAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        await second.WaitForExitAsync(limit.Token);

        Assert.Equal(0, second.ExitCode);
    }

    public void Dispose() => folder.Dispose();

    private Process Start(out Uri health)
    {
        var ports = FreePorts.Take(3);
        health = new($"http://127.0.0.1:{ports[1]}/healthz/ready");
        var kubeconfig = Path.Combine(folder.Path, "kubeconfig");
        File.WriteAllText(kubeconfig, """
            {"apiVersion":"v1","kind":"Config","current-context":"none","users":[{"name":"none","user":{"token":"none"}}],
             "clusters":[{"name":"none","cluster":{"server":"http://127.0.0.1:PORT"}}],
             "contexts":[{"name":"none","context":{"cluster":"none","user":"none"}}]}
            """.Replace("PORT", FreePorts.Take(1)[0].ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));
        string[] arguments = [.. RunningSilo.Arguments(ports), .. RunningSilo.Alone(Path.Combine(folder.Path, "data")), $"--Members:KubeConfig={kubeconfig}"];
        return Process.Start(new ProcessStartInfo(SiloProcess.Dotnet, [Path.Combine(AppContext.BaseDirectory, "ControlPlane.Silo.dll"), .. arguments]) { WorkingDirectory = folder.Path })!;
    }

    private static async Task ReadyAsync(Process silo, Uri health)
    {
        using var client = new HttpClient();
        for (var tries = 0; tries < 300 && !silo.HasExited; tries++)
        {
            try
            {
                if ((await client.GetAsync(health)).StatusCode == HttpStatusCode.OK)
                    return;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }

        Assert.Fail("The silo did not become ready.");
    }
}
