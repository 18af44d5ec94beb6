using System.Globalization;

namespace ControlPlane.Fleet;

/// <summary>What <c>bench/run.sh</c> takes from its caller.</summary>
internal static class Settings
{
    /// <summary>A number out of the environment.</summary>
    public static int Number(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
