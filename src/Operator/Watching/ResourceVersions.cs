using System.Globalization;

namespace ControlPlane.Operator.Watching;

/// <summary>The order of versions. They are numbers in every API server there is; where they are not, nothing is said of their order.</summary>
internal static class ResourceVersions
{
    /// <summary>Whether one is known to be no newer than another.</summary>
    public static bool IsNoNewer(string version, string than) =>
        ulong.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var one)
        && ulong.TryParse(than, NumberStyles.None, CultureInfo.InvariantCulture, out var other) && one <= other;
}
