using System.Data.Common;
using ControlPlane.Silo.Storage;

namespace ControlPlane.Silo.Fleet;

/// <summary>Reads the read model: a few questions at a time, so that whoever asks much leaves the silo what it needs of its database.</summary>
internal sealed class FleetReader(Database database, TimeProvider time) : IDisposable
{
    private const int MostAtOnce = 4;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim gate = new(MostAtOnce, MostAtOnce);

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Runs some queries on one connection, which see one state of each table.</summary>
    public async Task<T> ReadAsync<T>(Func<Session, Task<T>> read, CancellationToken cancellationToken)
    {
        if (!await gate.WaitAsync(LongestWait, cancellationToken))
            throw new TimeoutException("Too many questions at once.");
        try
        {
            await using var connection = await database.Readers.OpenConnectionAsync(cancellationToken);
            return await read(new(connection, time, cancellationToken));
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();

    /// <summary>One connection.</summary>
    internal sealed class Session(DbConnection connection, TimeProvider time, CancellationToken cancellationToken)
    {
        public async Task<List<T>> ListAsync<T>(string text, (string Name, object Value)[] values, Func<DbDataReader, T> row)
        {
            await using var command = FleetView.Command(connection, null, text, values);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellationToken))
                rows.Add(row(reader));
            return rows;
        }

        /// <summary>How old the rows of some kinds are, by member.</summary>
        public Task<List<MemberAge>> AgesAsync(IEnumerable<string> kinds, string? member)
        {
            var now = time.GetUtcNow();
            var filter = new SqlFilter().Is("member", member);
            var names = string.Join(", ", kinds.Select(kind => filter.Value(kind)));

            // A member of which one kind was never complete is not complete.
            return ListAsync(
                $"SELECT member, CASE WHEN count(synced) = count(*) THEN min(synced) END, max(written) FROM fleet_sync WHERE {filter.And($"kind IN ({names})").Text} GROUP BY member ORDER BY member",
                filter.Values,
                row => Instant(row, 1) is var synced ? new MemberAge(row.GetString(0), synced, synced is { } at ? Math.Round(Math.Max(0, (now - at).TotalSeconds), 3) : null, Instant(row, 2)) : throw new InvalidOperationException());
        }
    }

    public static DateTimeOffset? Instant(DbDataReader row, int column) => row.IsDBNull(column) || row.GetInt64(column) == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    public static long? Whole(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    public static string? Text(DbDataReader row, int column) => row.GetString(column) is { Length: > 0 } text ? text : null;

    public static string[] List(DbDataReader row, int column) => row.GetString(column).Split(',', StringSplitOptions.RemoveEmptyEntries);
}
