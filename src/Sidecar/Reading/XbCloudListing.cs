using System.Globalization;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Reading;

/// <summary>What the store's list says of a backup in xbcloud's layout, and what it says is missing.</summary>
internal sealed class XbCloudListing
{
    private const int MostNamed = 20;

    private readonly string place;
    private readonly Dictionary<string, XbCloudFile> byPath = new(StringComparer.Ordinal);
    private readonly List<XbCloudFile> files = [];
    private readonly NamedFew faults = new(MostNamed);

    private XbCloudListing(string place) => this.place = place;

    /// <summary>How its objects lie.</summary>
    internal BackupLayout Layout { get; private set; }

    /// <summary>Its files, in the order of their names.</summary>
    internal IReadOnlyList<XbCloudFile> Files => files;

    /// <summary>Objects of other names.</summary>
    internal NamedFew Strangers { get; } = new(MostNamed);

    /// <summary>The file of that path, or null.</summary>
    internal XbCloudFile? Find(string path) => byPath.GetValueOrDefault(path);

    /// <summary>The tool's own file of that kind, or null.</summary>
    internal XbCloudFile? FindToolFile(string kind) => files.Find(file => XbCloudNames.IsToolFile(file.Path, kind));

    /// <summary>
    /// Lists a backup. A single object with a chunk's name makes it one of chunks; then objects of other names are strangers. Where there is none, every
    /// object is a file.
    /// </summary>
    internal static async Task<XbCloudListing> ReadAsync(IObjectStore store, string folder, CancellationToken cancellationToken)
    {
        var listing = new XbCloudListing($"{store.Location}/{folder}");
        var others = new List<StoredObject>();
        await foreach (var found in store.ListAsync(folder, cancellationToken))
        {
            // Not every server that calls itself a store keeps to the prefix.
            if (!found.Key.StartsWith(folder, StringComparison.Ordinal))
                continue;
            var name = found.Key[folder.Length..];
            if (XbCloudNames.Chunk(name) is { } chunk)
                listing.AddChunk(chunk.Path, chunk.Index, found.SizeBytes);
            else if (listing.files.Count == 0)
                others.Add(found with { Key = name });
            else
                listing.Strangers.Add(name);
        }

        listing.Layout = listing.files.Count > 0 ? BackupLayout.Chunks : BackupLayout.Files;
        others.ForEach(listing.AddOther);
        return listing;
    }

    /// <summary>Notes something that is wrong.</summary>
    internal void Object(string fault) => faults.Add(fault);

    /// <summary>Throws when the backup is not whole; says all that is missing.</summary>
    internal void Check()
    {
        if (files.Count == 0)
            throw new JobFaultException(JobFault.ManifestMismatch, $"{place} has no backup in xbcloud's layout: nothing lies there that could be a part of one{(Strangers.Count > 0 ? $", only {Strangers.Join(", ")}" : "")}.");
        foreach (var file in files)
            LookAt(file);
        foreach (var kind in new[] { "checkpoints", "info" })
        {
            if (FindToolFile(kind) is null)
                Object($"xtrabackup_{kind} is missing");
        }

        if (faults.Count > 0)
            throw new JobFaultException(JobFault.ManifestMismatch, $"The backup is not whole: {faults.Join(", ")}. It lies in {place}");
    }

    private void LookAt(XbCloudFile file)
    {
        if (Layout == BackupLayout.Files)
        {
            // Files that were too long for one object are a list and parts of their own there, which is not read here.
            if (file.Path.EndsWith(".manifest.json", StringComparison.Ordinal) && Find($"{file.Path[..^".manifest.json".Length]}.part-001") is not null)
                Object($"{file.Path} tells of a file in parts, which cannot be read");
            return;
        }

        // With a gap, that was said already.
        if (file.Gap > 0)
            return;
        if (file.Sizes[^1] != file.EndBytes)
            Object(string.Create(CultureInfo.InvariantCulture, $"the end of {file.Path} is missing: its last object, {XbCloudNames.Object(file.Path, file.Sizes.Count - 1)}, is no end"));
        for (var index = 0; index < file.Sizes.Count - 1; index++)
        {
            if (file.Sizes[index] < file.EndBytes + XbStreamCheck.NumberBytes)
                Object(string.Create(CultureInfo.InvariantCulture, $"{XbCloudNames.Object(file.Path, index)} has only {file.Sizes[index]} bytes"));
        }
    }

    private void AddChunk(string path, long index, long size)
    {
        var file = Find(path) ?? Add(path);
        if (index == file.Sizes.Count)
        {
            file.Add(size);
            return;
        }

        // What comes after a gap is passed over: the gap is enough to refuse the backup.
        if (index == file.Gap)
        {
            file.Gap++;
            return;
        }

        var first = Math.Max(file.Sizes.Count, file.Gap);
        Object(first == index - 1
            ? $"{XbCloudNames.Object(path, first)} is missing"
            : $"{XbCloudNames.Object(path, first)} to {XbCloudNames.Object(path, index - 1)} are missing");
        file.Gap = index + 1;
    }

    private void AddOther(StoredObject other)
    {
        if (Layout == BackupLayout.Files && XbCloudNames.IsFile(other.Key))
            Add(other.Key).Add(other.SizeBytes);
        else
            Strangers.Add(other.Key);
    }

    private XbCloudFile Add(string path)
    {
        var file = new XbCloudFile(path);
        byPath.Add(path, file);
        files.Add(file);
        return file;
    }
}
