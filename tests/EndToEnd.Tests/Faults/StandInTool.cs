using System.Globalization;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests.Faults;

/// <summary>
/// A script in the place of <c>mariadb-backup</c> in one agent's container, for what the real tool cannot be made to do at a wish. The
/// real one is put back at the end.
/// </summary>
internal sealed class StandInTool : IAsyncDisposable
{
    private const string Tool = "/usr/bin/mariadb-backup";

    private readonly string path;

    private StandInTool(string path) => this.path = path;

    /// <summary>Says what it is given and ends with exit code 1.</summary>
    internal static Task<StandInTool> FailingAsync(Shop shop, string pod, string lastWords) =>
        PlaceAsync(shop, pod, $"echo '{lastWords}' >&2\nexit 1\n");

    /// <summary>Runs the real tool to its end, hands on the first bytes of its stream only, and ends with exit code 0.</summary>
    internal static Task<StandInTool> CuttingShortAsync(Shop shop, string pod, int bytes) =>
        PlaceAsync(shop, pod, string.Create(CultureInfo.InvariantCulture, $"{Tool}.real \"$@\" | {{ head -c {bytes}; cat > /dev/null; }}\nexit 0\n"));

    public ValueTask DisposeAsync()
    {
        File.Move(path + ".real", path, overwrite: true);
        return ValueTask.CompletedTask;
    }

    private static async Task<StandInTool> PlaceAsync(Shop shop, string pod, string script)
    {
        var path = await shop.Containers.PathAsync(shop.Namespace, pod, "xtrabackup", Tool);
        var placed = path + ".placed";
        // What asks the tool for its version only is answered by the real one.
        await File.WriteAllTextAsync(placed, $"#!/bin/sh\ncase \" $* \" in *\" --backup \"*) ;; *) exec {Tool}.real \"$@\" ;; esac\n{script}");
        await Command.RunAsync("chmod", ["0755", placed]);
        File.Move(path, path + ".real");
        File.Move(placed, path);
        return new(path);
    }
}
