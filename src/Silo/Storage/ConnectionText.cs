namespace ControlPlane.Silo.Storage;

/// <summary>The connection string, which may hold a password: read where it is needed, and never shown.</summary>
internal static class ConnectionText
{
    /// <summary>The connection string; null for a silo that runs alone.</summary>
    public static string? Read(SiloOptions options)
    {
        if (!string.IsNullOrWhiteSpace(options.ConnectionString))
            return options.ConnectionString;
        if (string.IsNullOrWhiteSpace(options.ConnectionStringFile))
            return null;
        const string Key = $"{SiloOptions.Section}:{nameof(SiloOptions.ConnectionStringFile)}";
        try
        {
            var text = File.ReadAllText(options.ConnectionStringFile).Trim();
            return text.Length > 0 ? text : throw new SetupException($"{Key} '{options.ConnectionStringFile}' is empty.");
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new SetupException($"{Key} '{options.ConnectionStringFile}' cannot be read: {trouble.Message}", trouble);
        }
    }
}
