using System.Collections.Concurrent;
using System.Globalization;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>The shops that test classes are lent: as many as classes run beside one another, because opening one takes long.</summary>
internal sealed class Shops(Cluster cluster)
{
    private readonly ConcurrentBag<Shop> all = [];
    private readonly ConcurrentBag<Shop> free = [];
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

    internal void GiveBack(Shop shop) => free.Add(shop);

    internal Task CloseAsync() => Task.WhenAll(all.Select(shop => shop.CloseAsync()));
}
