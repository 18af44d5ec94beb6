using System.Diagnostics;

namespace ControlPlane.Fleet;

/// <summary>Where the silos of a measurement keep what they know.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Options">What a silo is told.</param>
internal sealed record Database(string Name, IReadOnlyList<string> Options)
{
    private static int made;

    /// <summary>A file of one silo's own.</summary>
    public static Database File(string folder) => new("SQLite", [$"--Silo:DataFolder={Fresh(folder)}", $"--Operator:KeysFolder={Path.Combine(folder, "keys")}"]);

    /// <summary>A new database in the server that bench/run.sh started; null when there is none.</summary>
    public static async Task<Database?> SharedAsync(string folder)
    {
        if (Environment.GetEnvironmentVariable("FLEET_POSTGRES") is not { Length: > 0 } server)
            return null;
        var place = Fresh(folder);
        var name = Path.GetFileName(place).Replace('-', '_');
        using var psql = Process.Start(new ProcessStartInfo("psql", ["--quiet", "--no-psqlrc", $"{server} dbname=postgres", "--command", $"CREATE DATABASE {name}"]))!;
        await psql.WaitForExitAsync();
        if (psql.ExitCode != 0)
            throw new InvalidOperationException("PostgreSQL made no database.");
        var file = Path.Combine(place, "connection-string");
        await System.IO.File.WriteAllTextAsync(file, string.Join(';', server.Split(' ').Append($"database={name}")).Replace("user=", "username=", StringComparison.Ordinal));
        return new("PostgreSQL", [$"--Silo:ConnectionStringFile={file}", "--Silo:AdvertisedAddress=127.0.0.1", $"--Operator:KeysFolder={Environment.GetEnvironmentVariable("FLEET_KEYS")}"]);
    }

    private static string Fresh(string folder) => Directory.CreateDirectory(Path.Combine(folder, FormattableString.Invariant($"fleet-{++made}"))).FullName;
}
