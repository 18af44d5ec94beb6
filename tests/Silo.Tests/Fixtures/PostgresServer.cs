using System.Diagnostics;
using ControlPlane.Silo.Tests.Fixtures;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace ControlPlane.Silo.Tests.Fixtures;

/// <summary>
/// A real PostgreSQL of the tests' own: its own folder, an account without rights, loopback only. Started by the first test that asks, and
/// gone with this process, however that ends.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    public const string Password = "canary-5e0c";
    private const string User = "plane";

    // The server ends when this shell's input does, which is when the process that holds the other end goes.
    private const string WhileSomebodyHolds = "\"$@\" > \"$LOG\" 2>&1 & server=$!; cat > /dev/null; kill -INT $server; wait $server";

    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly int port = FreePorts.Take(1)[0];
    private DirectoryInfo? folder;
    private Process? server;
    private int databases;

    /// <summary>The connection string of a database that nobody else has.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        await gate.WaitAsync();
        try
        {
            if (folder is null)
                await MakeAsync();
            var name = $"plane{++databases}";
            await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
            await connection.OpenAsync();
#pragma warning disable CA2100 // The name is a word and a number of ours.
            await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync();
            return ConnectionString(name);
        }
        finally
        {
            gate.Release();
        }
    }

    public async Task StartAsync()
    {
        string[] settings =
        [
            "-D", Path.Combine(folder!.FullName, "data"), "-p", $"{port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
            "-c", "fsync=off", "-c", "max_connections=200", "-c", "shared_buffers=32MB",
        ];
        var start = new ProcessStartInfo("sh", ["-c", WhileSomebodyHolds, "sh", .. AsNobodyInParticular, Program("postgres"), .. settings]) { RedirectStandardInput = true };
        start.Environment["LOG"] = Path.Combine(folder.FullName, "log");
        server = Process.Start(start)!;
        for (var tries = 0; ; tries++)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
                await connection.OpenAsync();
                return;
            }
            catch (NpgsqlException) when (tries < 200)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
            catch (NpgsqlException trouble)
            {
                throw new InvalidOperationException("The PostgreSQL of these tests did not start: " + await File.ReadAllTextAsync(start.Environment["LOG"]!), trouble);
            }
        }
    }

    /// <summary>Ends the server and every connection to it. What was committed stays.</summary>
    public async Task StopAsync()
    {
        server!.StandardInput.Close();
        await server.WaitForExitAsync();
        server.Dispose();
        server = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await StopAsync();
        folder?.Delete(recursive: true);
        gate.Dispose();
    }

    private async Task MakeAsync()
    {
        folder = Directory.CreateTempSubdirectory("postgres-test-");
        var secret = Path.Combine(folder.FullName, "password");
        await File.WriteAllTextAsync(secret, Password);
        if (Environment.IsPrivilegedProcess)
            await RunAsync(["chown", "-R", "postgres", folder.FullName]);
        await RunAsync([.. AsNobodyInParticular, Program("initdb"), "-D", Path.Combine(folder.FullName, "data"), "-U", User, "--pwfile", secret, "--auth=scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"]);
        await StartAsync();
    }

    // The server refuses to run as root.
    private static string[] AsNobodyInParticular => Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];

    private static string Program(string name) =>
        (Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : []).Select(version => Path.Combine(version, "bin", name)).Where(File.Exists).Order().LastOrDefault()
        ?? throw new InvalidOperationException("These tests need PostgreSQL: run `./dev up`, which installs it, or `apt-get install postgresql-15`.");

    private static async Task RunAsync(string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', command)}: {said}");
    }

    private string ConnectionString(string database) => $"Host=127.0.0.1;Port={port};Database={database};Username={User};Password={Password}";
}
