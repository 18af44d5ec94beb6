namespace ControlPlane.Silo.Tests.Fixtures;

/// <summary>How silos of one plane are told to share.</summary>
internal static class ManyArguments
{
    /// <summary>The connection string in a file, as a mounted Secret has it.</summary>
    public static string[] For(string folder, string connectionString, string keys)
    {
        var file = Path.Combine(folder, "connection-string");
        File.WriteAllText(file, connectionString + "\n");
        return [$"--Silo:ConnectionStringFile={file}", "--Silo:AdvertisedAddress=127.0.0.1", $"--Operator:KeysFolder={keys}"];
    }
}
