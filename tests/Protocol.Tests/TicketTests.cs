using System.Security.Cryptography;

namespace ControlPlane.Protocol.Tests;

public sealed class TicketTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 20, 0, 0, TimeSpan.Zero);

    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        key.Dispose();
        other.Dispose();
    }

    [Fact]
    public async Task ReadAsync_OfATicketForThisCluster_GivesItBack()
    {
        var ticket = new Ticket("shop", "orders", TicketOperation.Backup, "u1", Now.AddMinutes(10));

        Assert.Equal(ticket, await Ticket.ReadAsync(ticket.Sign(key, Now), [key], "shop", "orders", Now));
    }

    [Fact]
    public async Task ReadAsync_DuringARotation_TakesEitherKey()
    {
        Assert.NotNull(await ReadAsync(Sign(key), keys: [other, key]));
        Assert.NotNull(await ReadAsync(Sign(other), keys: [other, key]));
    }

    [Theory]
    [InlineData(9, true)]
    [InlineData(10, false)]
    [InlineData(-6, false)]
    [InlineData(-4, true)]
    public async Task ReadAsync_OutsideOfItsTime_IsNull(int minutes, bool valid) =>
        Assert.Equal(valid, await Ticket.ReadAsync(Sign(key), [key], "shop", "orders", Now.AddMinutes(minutes)) is not null);

    [Theory]
    [InlineData("shop", "invoices")]
    [InlineData("bank", "orders")]
    [InlineData("orders", "shop")]
    public async Task ReadAsync_AtAnotherCluster_IsNull(string @namespace, string cluster) =>
        Assert.Null(await Ticket.ReadAsync(Sign(key), [key], @namespace, cluster, Now));

    [Fact]
    public async Task ReadAsync_OfAForgery_IsNull()
    {
        var good = Sign(key);
        Assert.Null(await ReadAsync(Sign(other), keys: [key]));
        Assert.Null(await ReadAsync(good, keys: []));
        Assert.Null(await ReadAsync(good[..^8] + "AAAAAAAA", keys: [key]));
        Assert.Null(await ReadAsync("eyJhbGciOiJub25lIn0." + good.Split('.')[1] + ".", keys: [key]));
        Assert.Null(await ReadAsync("", keys: [key]));
        Assert.Null(await ReadAsync("a.b.c", keys: [key]));
    }

    private static string Sign(ECDsa with) => new Ticket("shop", "orders", TicketOperation.Backup, "u1", Now.AddMinutes(10)).Sign(with, Now);

    private static Task<Ticket?> ReadAsync(string text, ECDsa[] keys) => Ticket.ReadAsync(text, keys, "shop", "orders", Now);
}
