using System.Diagnostics;
using ControlPlane.Sidecar.Tests.Database;

namespace ControlPlane.Sidecar.Tests.Sealing;

/// <summary>The script of the documents, run as a person runs it.</summary>
internal static class UnsealScript
{
    internal static async Task<(int ExitCode, byte[] Output, string Error)> RunAsync(string keys, string backup)
    {
        // Debian's own Python has Debian's packages.
        var start = new ProcessStartInfo("/usr/bin/python3", [Recipe.Unseal, keys, backup]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var script = Process.Start(start)!;
        var error = script.StandardError.ReadToEndAsync();
        var output = new MemoryStream();
        await script.StandardOutput.BaseStream.CopyToAsync(output);
        await script.WaitForExitAsync();
        var said = await error;
        Assert.False(said.Contains("No module named", StringComparison.Ordinal), $"These tests need python3-cryptography: apt-get install python3-cryptography. {said}");
        return (script.ExitCode, output.ToArray(), said);
    }
}
