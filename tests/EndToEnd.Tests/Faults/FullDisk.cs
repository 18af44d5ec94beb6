using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests.Faults;

/// <summary>A file system without room over the folder that an agent writes to.</summary>
internal sealed class FullDisk : IAsyncDisposable
{
    private const string Folder = "/var/lib/controlplane";

    private readonly Shop shop;
    private readonly string pod;

    private FullDisk(Shop shop, string pod)
    {
        this.shop = shop;
        this.pod = pod;
    }

    internal static async Task<FullDisk> AtAsync(Shop shop, string pod)
    {
        await shop.Containers.InMountsAsync(shop.Namespace, pod, "xtrabackup", "mount", "-t", "tmpfs", "-o", "size=16k,mode=0777", "tmpfs", Folder);
        var full = new FullDisk(shop, pod);
        await shop.Containers.InMountsAsync(shop.Namespace, pod, "xtrabackup", "sh", "-c", $"cat /dev/zero > {Folder}/filler 2> /dev/null || true");
        return full;
    }

    public async ValueTask DisposeAsync() =>
        await shop.Containers.InMountsAsync(shop.Namespace, pod, "xtrabackup", "umount", "-l", Folder);
}
