using System.Text.Json;
using ControlPlane.Silo.Fleet;
using ControlPlane.Silo.Storage;
using Microsoft.Extensions.Primitives;

namespace ControlPlane.Silo.Tests.Fleet;

/// <summary>A read model, and the questions to it.</summary>
internal sealed class OpenFleet(Database database, DateTimeOffset now) : IDisposable
{
    private readonly FleetReader reader = new(database, new Instant(now));

    public FleetView View { get; } = new(database);

    public async Task<List<string>> NamesAsync(string list, params (string, string)[] query) =>
        [.. (await AskAsync(list, query)).RootElement.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("name").GetString()!)];

    public async Task<string> NextAsync(string list, params (string, string)[] query) => (await AskAsync(list, query)).RootElement.GetProperty("next").GetString()!;

    public async Task<DateTimeOffset?> SyncedAsync() => (await TotalsAsync()).AsOf.Single(age => age.Member == "north").Synced;

    public async Task<FleetTotals> TotalsAsync() => (await new FleetSums(reader).TotalsAsync(Parameters([]), default)).Totals!;

    public async Task<JsonDocument> AskAsync(string list, params (string, string)[] query)
    {
        var (page, faults) = await AnswerAsync(list, query);
        Assert.Empty(faults);
        return JsonDocument.Parse(JsonSerializer.Serialize(page!, page!.GetType(), FleetJson.Default));
    }

    public async Task<IReadOnlyList<FleetFault>> FaultsAsync(string list, params (string, string)[] query) => (await AnswerAsync(list, query)).Faults;

    public void Dispose()
    {
        reader.Dispose();
        database.Dispose();
    }

    private static FleetParameters Parameters((string Name, string Value)[] query) => new(query.Select(part => KeyValuePair.Create(part.Name, new StringValues(part.Value))));

    private async Task<(object? Page, IReadOnlyList<FleetFault> Faults)> AnswerAsync(string list, (string, string)[] query)
    {
        var (lists, newest) = (new FleetLists(reader), new NewestLists(reader));
        switch (list)
        {
            case "clusters":
                return await lists.ClustersAsync(Parameters(query), default);
            case "backups":
                return await newest.BackupsAsync(Parameters(query), default);
            case "restores":
                return await newest.RestoresAsync(Parameters(query), default);
            case "drills":
                return await newest.DrillsAsync(Parameters(query), default);
            case "unprotected":
                return await lists.UnprotectedAsync(Parameters(query), default);
            default:
                return await new FleetSums(reader).TotalsAsync(Parameters(query), default);
        }
    }

    private sealed class Instant(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
