namespace ControlPlane.Silo;

/// <summary>
/// The table of the silos with its times by the database's clock. Orleans writes and judges them by each machine's own: a silo whose clock is
/// ahead would take all others for stale, tell them nothing, and need nobody's vote to declare one dead.
/// </summary>
internal sealed class SharedTimeMembershipTable(IMembershipTable table, SharedClock clock) : IMembershipTable
{
    public Task InitializeMembershipTable(bool tryInitTableVersion) => table.InitializeMembershipTable(tryInitTableVersion);

    public Task DeleteMembershipTableEntries(string clusterId) => table.DeleteMembershipTableEntries(clusterId);

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => table.CleanupDefunctSiloEntries(beforeDate + clock.Offset);

    public async Task<MembershipTableData> ReadRow(SiloAddress key) => Told(await table.ReadRow(key));

    public async Task<MembershipTableData> ReadAll() => Told(await table.ReadAll());

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => table.InsertRow(Shifted(entry, clock.Offset), tableVersion);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => table.UpdateRow(Shifted(entry, clock.Offset), etag, tableVersion);

    public Task UpdateIAmAlive(MembershipEntry entry) => table.UpdateIAmAlive(Shifted(entry, clock.Offset));

    private MembershipTableData Told(MembershipTableData stored)
    {
        var offset = clock.Offset;
        return offset == TimeSpan.Zero ? stored : new([.. stored.Members.Select(member => Tuple.Create(Shifted(member.Item1, -offset), member.Item2))], stored.Version);
    }

    private static MembershipEntry Shifted(MembershipEntry entry, TimeSpan by) => by == TimeSpan.Zero ? entry : new()
    {
        SiloAddress = entry.SiloAddress,
        Status = entry.Status,
        SuspectTimes = entry.SuspectTimes?.ConvertAll(vote => Tuple.Create(vote.Item1, Shifted(vote.Item2, by))),
        ProxyPort = entry.ProxyPort,
        HostName = entry.HostName,
        SiloName = entry.SiloName,
        RoleName = entry.RoleName,
        UpdateZone = entry.UpdateZone,
        FaultZone = entry.FaultZone,
        StartTime = Shifted(entry.StartTime, by),
        IAmAliveTime = Shifted(entry.IAmAliveTime, by),
    };

    // The ends of the calendar stand for never.
    private static DateTime Shifted(DateTime time, TimeSpan by) => time == DateTime.MinValue || time == DateTime.MaxValue ? time : time + by;
}
