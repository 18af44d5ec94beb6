namespace ControlPlane.Testing;

/// <summary>What a part of the development cluster says of itself: the file <c>env</c> that its script writes.</summary>
internal static class DevelopmentFile
{
    private static string Cache
    {
        get
        {
            string home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cacheHome
                ? cacheHome
                : Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
            return Environment.GetEnvironmentVariable("CONTROLPLANE_CACHE") is { Length: > 0 } own ? own : Path.Join(home, "controlplane-dev");
        }
    }

    /// <summary>Where it lies.</summary>
    public static string PathOf(string part) => Path.Join(Cache, "run", part, "env");

    /// <summary>Its values, or null when the part is not up.</summary>
    public static Dictionary<string, string>? Read(string part)
    {
        string file = PathOf(part);
        return !File.Exists(file) ? null : File.ReadLines(file)
            .Where(line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#'))
            .Select(line => line.Split('=', 2))
            .ToDictionary(pair => pair[0].Trim(), pair => pair[1].Trim());
    }
}
