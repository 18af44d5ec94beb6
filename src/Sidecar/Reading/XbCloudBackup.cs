using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Agent.Tool;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Reading;

/// <summary>A backup that the reference's xbcloud stored: an object for each chunk of the stream, or for each file.</summary>
internal sealed partial class XbCloudBackup : IBackupSource
{
    // The tool's own words about a backup are a few KiB.
    private const int MostInfoBytes = 1 << 20;
    private const int FirstVersionWithTablespaces = 8;

    private readonly IObjectStore store;
    private readonly XbCloudListing listing;
    private readonly string folder;
    private readonly ReadBudget budget;

    private XbCloudBackup(IObjectStore store, XbCloudListing listing, string folder, BackupEngine? engine, BackupPositions? positions, ReadBudget budget)
    {
        (this.store, this.listing, this.folder, this.budget) = (store, listing, folder, budget);
        var stored = listing.Files.Sum(file => file.StoredBytes);
        Contents = new BackupContents
        {
            Layout = listing.Layout,
            Place = $"{store.Location}/{folder}",
            Engine = engine,
            Positions = positions,
            StreamBytes = listing.Layout == BackupLayout.Chunks ? stored : FileWriter.StreamBytes(listing.Files, budget.BlockBytes),
            StoredBytes = stored,
            Objects = listing.Files.Sum(file => file.Sizes.Count),
            Parts = [.. listing.Files.Select(file => new BackupPart(file.Path, file.StoredBytes))],
            Strangers = listing.Strangers,
        };
    }

    public BackupContents Contents { get; }

    /// <summary>Finds a backup by its name, which may have slashes. All that is missing by the store's list is told here.</summary>
    internal static async Task<XbCloudBackup> OpenAsync(IObjectStore store, string name, ReadBudget budget, CancellationToken cancellationToken)
    {
        if (!XbStreamCheck.IsUsable(name))
            throw new JobFaultException(JobFault.InvalidRequest, $"xbCloud is '{name}', which is no name of a backup: parts of letters, with single slashes between them.");
        var folder = name + "/";
        var listing = await XbCloudListing.ReadAsync(store, folder, cancellationToken);
        if (listing.Layout == BackupLayout.Chunks)
            await XbCloudSums.ReadAsync(store, name + ".md5", listing, cancellationToken);
        listing.Check();
        var (checkpoints, info) = (await TextAsync("checkpoints"), await TextAsync("info"));
        var tool = info is null ? null : Tool().Match(info).Groups["name"].Value;
        var positions = checkpoints is null || info is null ? null : PositionFiles.Parse(checkpoints, info);
        Demand(tool, positions, listing);
        return new XbCloudBackup(store, listing, folder, EngineOf(tool), positions, budget);

        Task<string?> TextAsync(string kind) => InfoAsync(store, folder, listing, listing.FindToolFile(kind)!, cancellationToken);
    }

    public async Task WriteToAsync(Stream target, CancellationToken cancellationToken)
    {
        using var fetcher = new OrderedFetcher(store, budget);
        using var writer = listing.Layout == BackupLayout.Chunks ? new ChunkWriter(listing.Files, Mismatch) : (IBlockWriter)new FileWriter(listing.Files);
        await OrderedPipe.RunAsync(Slices(), fetcher, (blocks, outgoing, token) => writer.RunAsync(blocks, outgoing, fetcher.Return, token), WriteAsync, cancellationToken);

        async Task WriteAsync(Outgoing next, CancellationToken token) => await target.WriteAsync(next.Content, token);
    }

    public void Dispose()
    {
        // Nothing of it is secret.
    }

    private IEnumerable<Slice> Slices() => listing.Files.SelectMany((file, part) => file.Sizes.SelectMany((size, index) => Slice.Of(Key(file, index), size, part, budget.BlockBytes)));

    private string Key(XbCloudFile file, int index) => folder + (listing.Layout == BackupLayout.Chunks ? XbCloudNames.Object(file.Path, index) : file.Path);

    private JobFaultException Mismatch(int part, int index, string what) =>
        new(JobFault.ManifestMismatch, $"{store.Location}: {Key(listing.Files[part], index)} {what}. What was written of the backup has to be thrown away.");

    // What xbcloud itself takes for the sign that all was stored; MariaDB's tool has no such file.
    private static void Demand(string? tool, BackupPositions? positions, XbCloudListing listing)
    {
        if (EngineOf(tool) != BackupEngine.XtraBackup || listing.FindToolFile("tablespaces") is not null)
            return;
        if (int.TryParse(positions?.ToolVersion?.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version >= FirstVersionWithTablespaces)
        {
            listing.Object("xtrabackup_tablespaces is missing");
            listing.Check();
        }
    }

    private static BackupEngine? EngineOf(string? tool) => tool switch
    {
        null or "" => null,
        _ when tool.Contains("xtrabackup", StringComparison.Ordinal) => BackupEngine.XtraBackup,
        _ => BackupEngine.MariaDbBackup,
    };

    // What was compressed or encrypted by the tool is passed on as it is, and not looked into.
    private static async Task<string?> InfoAsync(IObjectStore store, string folder, XbCloudListing listing, XbCloudFile file, CancellationToken cancellationToken)
    {
        if (Path.HasExtension(file.Path) || file.Sizes[0] > MostInfoBytes)
            return null;
        var isChunk = listing.Layout == BackupLayout.Chunks;
        var content = new byte[file.Sizes[0]];
        var key = folder + (isChunk ? XbCloudNames.Object(file.Path, 0) : file.Path);
        int read;
        await using (var source = await store.OpenAsync(key, 0, cancellationToken))
            read = await source.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, cancellationToken);
        var head = isChunk ? (int)file.EndBytes + XbStreamCheck.NumberBytes : 0;
        return read <= head ? "" : Encoding.UTF8.GetString(content, head, read - head);
    }

    [GeneratedRegex("^tool_name = *(?<name>.*?) *$", RegexOptions.Multiline)]
    private static partial Regex Tool();
}
