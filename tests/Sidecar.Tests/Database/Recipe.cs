using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ControlPlane.Sidecar.Tests.Database;

/// <summary>The steps of <c>docs/backup-format.md</c> as they stand there: its blocks of shell, one after another.</summary>
internal static partial class Recipe
{
    /// <summary>The script that opens sealed backups.</summary>
    internal static string Unseal => Path.Combine(Root(), "docs", "unseal.py");

    internal static async Task RestoreAsync(string backup, string target, string keys)
    {
        var document = await File.ReadAllTextAsync(Path.Combine(Root(), "docs", "backup-format.md"));
        var steps = Step().Matches(document.Split("## Restore by hand")[1]).Select(step => step.Groups[1].Value).ToList();
        Assert.Equal(3, steps.Count);
        foreach (var step in steps)
        {
            var start = new ProcessStartInfo("bash", ["-e", "-c", step]) { WorkingDirectory = backup };
            (start.Environment["TARGET"], start.Environment["KEYS"], start.Environment["UNSEAL"]) = (target, keys, Unseal);

            // Debian's own Python has Debian's packages.
            start.Environment["PATH"] = $"/usr/bin:{Environment.GetEnvironmentVariable("PATH")}";
            await MariaDbInstance.RunAsync(start);
        }
    }

    /// <summary>The steps of <c>docs/restore.md</c> that put previous data back.</summary>
    internal static async Task PutBackAsync(string volume, string data)
    {
        var document = await File.ReadAllTextAsync(Path.Combine(Root(), "docs", "restore.md"));
        var start = new ProcessStartInfo("bash", ["-e", "-c", string.Concat(Step().Matches(document.Split("## By hand")[1]).Select(step => step.Groups[1].Value))]);
        (start.Environment["VOLUME"], start.Environment["DATA"]) = (volume, data);
        await MariaDbInstance.RunAsync(start);
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ControlPlane.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("These tests read the checkout; run them from within it.");
    }

    [GeneratedRegex(@"```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Step();
}
