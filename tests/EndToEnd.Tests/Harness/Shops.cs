using System.Collections.Concurrent;
using System.Globalization;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>The shops that test classes are lent: as many as classes run beside one another, because opening one takes long.</summary>
internal sealed class Shops(Cluster cluster)
{
    /// <summary>The size of database that the whole road is tried with.</summary>
    internal const int LargeMebibytes = 1024;

    private readonly ConcurrentBag<Shop> all = [];
    private readonly ConcurrentBag<Shop> free = [];
    private readonly Lock gate = new();
    private Task<Shop>? large;
    private int opened;

    /// <summary>One that nobody else has, until it is given back.</summary>
    internal async Task<Shop> TakeAsync()
    {
        if (free.TryTake(out var lent))
            return lent;
        var number = Interlocked.Increment(ref opened).ToString(CultureInfo.InvariantCulture);
        var shop = await Shop.OpenAsync(cluster, "e2e-shop-" + number, OpenShop.Mebibytes);
        all.Add(shop);
        return shop;
    }

    /// <summary>A large one, opened as owners do it, once: its opening goes on beside the other scenarios, what follows does not.</summary>
    internal Task<Shop> LargeAsync()
    {
        lock (gate)
            return large ??= Shop.OpenAsync(cluster, "e2e-road", LargeMebibytes, asOwnersDo: true);
    }

    internal void GiveBack(Shop shop) => free.Add(shop);

    internal Task CloseAsync() => Task.WhenAll(all.Concat(large is { IsCompletedSuccessfully: true } ? [large.Result] : []).Select(shop => shop.CloseAsync()));
}
