using System.Data.Common;
using ControlPlane.Silo.Fleet;
using Npgsql;

namespace ControlPlane.Silo.Storage;

/// <summary>A PostgreSQL that any number of silos share.</summary>
internal sealed class PostgresDatabase : Database
{
    // Of ours alone: whoever else uses this server has other numbers.
    private const long SchemaLock = 7_316_402_951_180_233;

    private readonly NpgsqlDataSource source;

    private PostgresDatabase(NpgsqlConnectionStringBuilder settings)
        : base("postgresql", $"The database '{settings.Database}' of the PostgreSQL at {settings.Host}:{settings.Port}") =>
        source = new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();

    /// <inheritdoc/>
    public override string Invariant => "Npgsql";

    /// <inheritdoc/>
    public override DbDataSource Source => source;

    /// <inheritdoc/>
    public override DbDataSource Readers => source;

    /// <inheritdoc/>
    public override bool IsShared => true;

    /// <inheritdoc/>
    public override string RowsOf(IReadOnlyList<(string Name, SqlType Type)> columns) =>
        $"SELECT {string.Join(", ", columns.Select((column, index) => $"(value ->> {index}){Cast(column.Type)} AS {column.Name}"))} FROM jsonb_array_elements(@rows::jsonb) AS entry(value)";

    /// <summary>Reads the connection string; connects to nothing yet.</summary>
    public static PostgresDatabase Open(string connectionString) => new(Settings(connectionString));

    /// <inheritdoc/>
    public override async Task<DateTimeOffset?> AskTimeAsync(CancellationToken cancellationToken)
    {
        await using var connection = await Source.OpenConnectionAsync(cancellationToken);
        return new((DateTime)(await RunAsync(connection, "SELECT clock_timestamp()", cancellationToken))!);
    }

    /// <inheritdoc/>
    public override void Dispose() => source.Dispose();

    /// <inheritdoc/>
    protected override Task LockAsync(DbConnection connection, CancellationToken cancellationToken) =>
        RunAsync(connection, $"SELECT pg_advisory_xact_lock({SchemaLock})", cancellationToken);

    /// <summary>What the connection string says, and where it says nothing, what suits silos.</summary>
    internal static NpgsqlConnectionStringBuilder Settings(string connectionString)
    {
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = new(connectionString);
        }
        catch (Exception trouble) when (trouble is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            // The trouble may quote a part of the text, and the password with it: it goes no further.
            throw Unreadable();
        }

        if (string.IsNullOrEmpty(settings.Host) || string.IsNullOrEmpty(settings.Database))
            throw Unreadable();
        settings.PersistSecurityInfo = false;

        // A burst of ticks waits its turn for a connection instead of failing; the server's limit holds for all silos together.
        Default("Maximum Pool Size", () => settings.MaxPoolSize = 20);
        Default("Timeout", () => settings.Timeout = 60);

        // A statement ends before whoever waits for it gives up, which is after 30 seconds.
        Default("Command Timeout", () => settings.CommandTimeout = 20);

        // A server that went without a word is noticed by the kernel.
        Default("TCP Keepalive", () => (settings.TcpKeepAlive, settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval) = (true, 15, 5));
        // Kerberos' library is in no image of ours: each connection would look for it, and complain.
        Default("GSS Encryption Mode", () => settings.GssEncryptionMode = GssEncryptionMode.Disable);
        Default("Application Name", () => settings.ApplicationName = "controlplane");
        return settings;

        void Default(string keyword, Action set)
        {
            if (!settings.ShouldSerialize(keyword))
                set();
        }
    }

    private static string Cast(SqlType type) => type switch { SqlType.Whole => "::bigint", SqlType.Real => "::double precision", _ => "" };

    private static SetupException Unreadable() =>
        new($"{SiloOptions.Section}:{nameof(SiloOptions.ConnectionString)} cannot be read. It has the form Host=...;Port=5432;Database=...;Username=...;Password=..., with the names that Npgsql knows.");
}
