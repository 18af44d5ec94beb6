using System.Net;
using ControlPlane.Silo.Tests.Fixtures;
using Microsoft.Extensions.Time.Testing;

namespace ControlPlane.Silo.Tests;

public sealed class SharedTimeMembershipTableTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly SiloAddress Here = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11111), 1);
    private static readonly SiloAddress There = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11112), 2);

    private readonly StandInMembershipTable table = new();

    // Each machine writes its own noon; each reads the other's as noon too, by its own clock.
    [Theory]
    [InlineData(0, 300)]
    [InlineData(300, 0)]
    [InlineData(-300, 300)]
    public async Task Rows_OfMachinesWhoseClocksDiffer_AgreeForEach(int writer, int reader)
    {
        var (wrote, read) = (Noon.AddSeconds(writer).UtcDateTime, Noon.AddSeconds(reader).UtcDateTime);
        await (await OfAsync(writer)).InsertRowAsync(Entry(wrote), new(1, "1"), default);
        Assert.Equal((Noon.UtcDateTime, Noon.UtcDateTime, Noon.UtcDateTime), Times(table.Entry!));

        var told = (await (await OfAsync(reader)).ReadAllAsync(default)).Members.Single().Item1;

        Assert.Equal((read, read, read), Times(told));
        Assert.Equal((Here, SiloStatus.Active, "silo-a", "node-a", 0), (told.SiloAddress, told.Status, told.SiloName, told.HostName, told.ProxyPort));
        Assert.Equal(There, told.SuspectTimes!.Single().Item1);
    }

    [Fact]
    public async Task UpdateIAmAlive_OfAMachineAhead_IsWrittenByTheDatabasesClock()
    {
        var ahead = await OfAsync(300);
        await ahead.UpdateIAmAliveAsync(Entry(Noon.AddSeconds(300).UtcDateTime), default);
        Assert.Equal(Noon.UtcDateTime, table.Entry!.IAmAliveTime);

        await ahead.UpdateRowAsync(Entry(Noon.AddSeconds(310).UtcDateTime), "1", new(1, "1"), default);
        Assert.Equal(Noon.AddSeconds(10).UtcDateTime, table.Entry!.IAmAliveTime);

        await ahead.CleanupDefunctSiloEntriesAsync(Noon.AddSeconds(300), default);
        Assert.Equal(Noon, table.CleanedBefore);
    }

    [Fact]
    public async Task ReadAll_OfATimeThatNeverWas_LeavesIt()
    {
        await table.InsertRow(Entry(DateTime.MinValue), new(1, "1"));

        Assert.Equal(DateTime.MinValue, (await (await OfAsync(300)).ReadAllAsync(default)).Members.Single().Item1.IAmAliveTime);
    }

    private async Task<SharedTimeMembershipTable> OfAsync(int ahead)
    {
        var clock = new SharedClock(new FakeTimeProvider(Noon.AddSeconds(ahead)));
        await clock.SetAsync(_ => Task.FromResult<DateTimeOffset?>(Noon), CancellationToken.None);
        return new(table, clock);
    }

    private static MembershipEntry Entry(DateTime time) => new()
    {
        SiloAddress = Here,
        Status = SiloStatus.Active,
        SiloName = "silo-a",
        HostName = "node-a",
        StartTime = time,
        IAmAliveTime = time,
        SuspectTimes = [Tuple.Create(There, time)],
    };

    private static (DateTime Started, DateTime Alive, DateTime Suspected) Times(MembershipEntry entry) => (entry.StartTime, entry.IAmAliveTime, entry.SuspectTimes!.Single().Item2);
}
