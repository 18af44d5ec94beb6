using System.Data.Common;
using System.Globalization;
using ControlPlane.Protocol;
using MySqlConnector;

namespace ControlPlane.Sidecar.Agent.Database;

/// <summary>The server, asked over its own protocol with an account that is read anew each time, so that it may be changed.</summary>
internal sealed class MySqlServer(AgentSettings settings) : IServer
{
    private const uint TimeoutSeconds = 5;

    public async Task<ServerFacts> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await OpenAsync(cancellationToken);
            var variables = await VariablesAsync(connection, cancellationToken);
            var version = variables.GetValueOrDefault("version") ?? connection.ServerVersion;
            var mariaDb = (version + variables.GetValueOrDefault("version_comment")).Contains("MariaDB", StringComparison.OrdinalIgnoreCase);
            return new ServerFacts
            {
                Version = version,
                IsMariaDb = mariaDb,
                Uuid = variables.GetValueOrDefault("server_uuid") ?? variables.GetValueOrDefault("server_uid"),
                GtidExecuted = variables.GetValueOrDefault("gtid_executed"),
                Replication = await ReplicationAsync(connection, mariaDb, cancellationToken),
            };
        }
        catch (MySqlException trouble)
        {
            throw Explained(trouble);
        }
    }

    public async Task StartReplicationAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await OpenAsync(cancellationToken);
            await using var start = new MySqlCommand("START REPLICA SQL_THREAD", connection);
            await start.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (MySqlException trouble)
        {
            throw Explained(trouble);
        }
    }

    public async Task<ServerAccount> AccountAsync(CancellationToken cancellationToken) =>
        new(await KeyAsync(AgentFiles.User, cancellationToken), await KeyAsync(AgentFiles.Password, cancellationToken));

    private static async Task<Dictionary<string, string>> VariablesAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        const string ask = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version', 'version_comment', 'server_uuid', 'server_uid', 'gtid_executed')";
        var variables = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        await foreach (var row in RowsAsync(connection, ask, cancellationToken))
            variables[row.GetString(0)] = row.GetString(1);
        return variables;
    }

    private static async Task<ReplicationState> ReplicationAsync(MySqlConnection connection, bool mariaDb, CancellationToken cancellationToken)
    {
        if (!mariaDb && await GroupAsync(connection, cancellationToken) is { } member)
            return member;
        var channels = new List<ReplicaChannel>();
        await foreach (var row in RowsAsync(connection, mariaDb ? "SHOW ALL SLAVES STATUS" : "SHOW REPLICA STATUS", cancellationToken))
        {
            var (receives, applies, behind) = mariaDb
                ? ("Slave_IO_Running", "Slave_SQL_Running", "Seconds_Behind_Master")
                : ("Replica_IO_Running", "Replica_SQL_Running", "Seconds_Behind_Source");
            channels.Add(new ReplicaChannel(
                (string)row[receives],
                (string)row[applies],
                row[behind] is DBNull ? null : Convert.ToInt64(row[behind], CultureInfo.InvariantCulture)));
        }

        return ReplicaChannel.Read(channels);
    }

    private static async Task<ReplicationState?> GroupAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        const string ask = "SELECT MEMBER_STATE, MEMBER_ROLE FROM performance_schema.replication_group_members WHERE MEMBER_ID = @@server_uuid";
        await foreach (var row in RowsAsync(connection, ask, cancellationToken))
            return ReplicaChannel.ReadGroup(row.GetString(0), row.GetString(1));
        return null;
    }

    private static async IAsyncEnumerable<DbDataReader> RowsAsync(
        MySqlConnection connection, string ask, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = new MySqlCommand(ask, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            yield return reader;
    }

    private async Task<MySqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var account = await AccountAsync(cancellationToken);
        var connection = new MySqlConnection(new MySqlConnectionStringBuilder
        {
            Server = settings.Host,
            Port = (uint)settings.Port,
            UserID = account.User,
            Password = account.Password,
            ConnectionTimeout = TimeoutSeconds,
            DefaultCommandTimeout = TimeoutSeconds,

            // Asked a few times an hour: a pool would only hold one of the server's connections.
            Pooling = false,

            // It never leaves the Pod's loopback, and caching_sha2_password wants one or the other.
            SslMode = MySqlSslMode.Preferred,
            AllowPublicKeyRetrieval = true,
        }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task<string> KeyAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            return (await File.ReadAllTextAsync(Path.Combine(settings.Credentials, key), cancellationToken)).TrimEnd('\n');
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new ServerException($"The Secret named in spec.credentialsSecret of the cluster is absent or lacks the key '{key}'.", trouble);
        }
    }

    // The server's own words of a refused account name it and the host, never the password.
    private ServerException Explained(MySqlException trouble) => new(
        trouble.ErrorCode switch
        {
            MySqlErrorCode.AccessDenied => $"The server refused the account of the cluster's credentialsSecret: {trouble.Message}",
            MySqlErrorCode.SpecifiedAccessDeniedError => $"The account of the cluster's credentialsSecret lacks a privilege: {trouble.Message}",
            _ => string.Create(CultureInfo.InvariantCulture, $"The server at {settings.Host}:{settings.Port} did not answer: {trouble.Message}"),
        },
        trouble)
    {
        AccountRefused = trouble.ErrorCode == MySqlErrorCode.AccessDenied,
    };
}
