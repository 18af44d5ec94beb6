using ControlPlane.Silo.Tests.Fixtures;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace ControlPlane.Silo.Tests;

/// <summary>Runs the tests, as the generated one would; or, told so, a silo for them.</summary>
internal static class EntryPoint
{
    public static async Task<int> Main(string[] args)
    {
        if (args is [SiloProcess.Verb, var folder, var name, .. var settings])
            return await SiloProcess.RunAsync(folder, name, settings);
        return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
            ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : await ConsoleRunner.Run(args);
    }
}
