namespace ControlPlane.Silo.Tests.Fixtures;

/// <summary>A table of one row.</summary>
internal sealed class StandInMembershipTable : IMembershipTable
{
    public MembershipEntry? Entry { get; private set; }

    public DateTimeOffset CleanedBefore { get; private set; }

    public Task InitializeMembershipTable(bool tryInitTableVersion) => Task.CompletedTask;

    public Task DeleteMembershipTableEntries(string clusterId) => Task.CompletedTask;

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate)
    {
        CleanedBefore = beforeDate;
        return Task.CompletedTask;
    }

    public Task<MembershipTableData> ReadRow(SiloAddress key) => ReadAll();

    public Task<MembershipTableData> ReadAll() => Task.FromResult(new MembershipTableData(Tuple.Create(Entry!, "1"), new(1, "1")));

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion)
    {
        Entry = entry;
        return Task.FromResult(true);
    }

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => InsertRow(entry, tableVersion);

    public Task UpdateIAmAlive(MembershipEntry entry) => InsertRow(entry, new(1, "1"));
}
