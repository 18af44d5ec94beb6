using System.Globalization;
using System.Text;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Agent.Tool;
using ControlPlane.Sidecar.Runner;
using MySqlConnector;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>A server on restored data that nobody but this process can reach: no network, a socket in a folder of its own, no events, no replication.</summary>
internal sealed class DrillServer(DrillPlace place, string? program, TimeProvider time) : IAsyncDisposable
{
    private const int MostLogBytes = 1 << 20;

    // What a shell says of a program that it cannot run, or does not find.
    private const string NotExecutable = "126";
    private const string NotFound = "127";

    private static readonly string[] Programs = ["mariadbd", "mysqld"];

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan EndLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private ToolProcess? process;
    private Task output = Task.CompletedTask;

    /// <summary>The server in the image; null when it has none, and another container has to have it.</summary>
    internal static string? Find(string? path) =>
        Programs.SelectMany(_ => $"{path}:/usr/sbin:/usr/local/sbin".Split(':', StringSplitOptions.RemoveEmptyEntries), (name, folder) => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>The settings. Accounts are not asked for: their passwords are the owner's, and whoever can reach the socket is this process.</summary>
    internal static string Settings(DrillPlace place, long memory, bool isRoot) => $"""
        [mysqld]
        datadir={place.Data}
        socket={place.Socket}
        pid-file={place.Run}/pid
        log-error={place.Log}
        tmpdir={place.Run}
        skip-networking
        skip-grant-tables
        skip-log-bin
        loose-skip-slave-start
        loose-skip-replica-start
        loose-event-scheduler=OFF
        loose-mysqlx=OFF
        innodb-buffer-pool-size={memory.ToString(CultureInfo.InvariantCulture)}
        innodb-buffer-pool-load-at-startup=OFF
        innodb-buffer-pool-dump-at-shutdown=OFF
        performance-schema=OFF
        {(isRoot ? "user=root" : "")}

        """;

    /// <summary>Starts it, and returns a connection as soon as it answers.</summary>
    internal async Task<MySqlConnection> StartAsync(CancellationToken cancellationToken)
    {
        var settings = Path.Combine(place.Root, DrillFiles.Settings);
        await File.WriteAllTextAsync(settings, Settings(place, RestoreTool.Memory(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes), Environment.IsPrivilegedProcess), cancellationToken);
        if (program is null)
            await File.WriteAllTextAsync(Path.Combine(place.Root, DrillFiles.Start), "", cancellationToken);
        else
            Launch(settings);
        var began = time.GetTimestamp();
        while (true)
        {
            if (await TryConnectAsync(cancellationToken) is { } connection)
                return connection;
            if (process is { HasExited: true } || HasEndedElsewhere())
                throw new JobFaultException(JobFault.DrillFailed, "The server ended before it answered.");
            if (time.GetElapsedTime(began) > StartLimit)
                throw new JobFaultException(JobFault.DrillFailed, $"The server did not answer within {StartLimit.TotalMinutes} minutes.");
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>The last lines of the server's log that tell of an error, or its last lines.</summary>
    internal string LastWords()
    {
        if (!File.Exists(place.Log))
            return "It left no log.";
        using var file = new FileStream(place.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Seek(-Math.Min(file.Length, MostLogBytes), SeekOrigin.End);
        using var reader = new StreamReader(file, Encoding.UTF8);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var errors = lines.Where(line => line.Contains("[ERROR]", StringComparison.Ordinal)).ToList();
        return "Its log: " + string.Join(" | ", (errors.Count > 0 ? errors : [.. lines]).TakeLast(2));
    }

    /// <summary>Orders it to end.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(EndLimit, time);
        if (await TryConnectAsync(limit.Token) is { } connection)
        {
            await using (connection)
                await TryShutDownAsync(connection, limit.Token);
        }

        if (process is null)
            return;
        await process.EndAsync();
        await output;
        process.Dispose();
    }

    private static async Task TryShutDownAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = new MySqlCommand("SHUTDOWN", connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (Exception trouble) when (trouble is MySqlException or OperationCanceledException)
        {
            // It ends without saying so, or is ended.
        }
    }

    // Of the server in the other container nothing is seen but what its command leaves behind.
    private bool HasEndedElsewhere()
    {
        var ended = Path.Combine(place.Root, DrillFiles.Ended);
        if (program is not null || !File.Exists(ended))
            return false;
        return File.ReadAllText(ended).Trim() switch
        {
            NotExecutable or NotFound => throw new JobFaultException(JobFault.InvalidRequest, "The server's image has neither a mariadbd nor a mysqld that runs: set spec.image of the drill to one that has."),

            // It is just being written.
            "" => false,
            _ => true,
        };
    }

    private void Launch(string settings)
    {
        process = ToolProcess.Start(program!, [$"--defaults-file={settings}"], place.Run, time);
        output = Task.WhenAll(process.Output.CopyToAsync(Stream.Null), process.Error.CopyToAsync(Stream.Null));
    }

    private async Task<MySqlConnection?> TryConnectAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(place.Socket))
            return null;
        var connection = new MySqlConnection(new MySqlConnectionStringBuilder
        {
            Server = place.Socket,
            ConnectionProtocol = MySqlConnectionProtocol.UnixSocket,
            UserID = "root",
            Pooling = false,
            SslMode = MySqlSslMode.Disabled,
        }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch (MySqlException)
        {
            await connection.DisposeAsync();
            return null;
        }
    }
}

/// <summary>Where a drill has its things on its volume.</summary>
/// <param name="Root">Its folder.</param>
internal sealed record DrillPlace(string Root)
{
    /// <summary>The restored data.</summary>
    internal string Data => Path.Combine(Root, "data");

    /// <summary>The server's socket and temporary files.</summary>
    internal string Run => Path.Combine(Root, "run");

    /// <summary>The server's socket.</summary>
    internal string Socket => Path.Combine(Run, "s");

    /// <summary>The server's log.</summary>
    internal string Log => Path.Combine(Root, "server.log");
}
