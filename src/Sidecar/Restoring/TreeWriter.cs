using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>
/// Unpacks an xbstream into a folder, as <c>mbstream -x</c> and <c>xbstream -x</c> do, in this process: see <c>docs/decisions/0010</c>. It is the target of
/// <see cref="Reading.IBackupSource.WriteToAsync"/>, which has checked every byte before; paths that lead out of the folder never come this far.
/// </summary>
internal sealed class TreeWriter : Stream, IFrameTaker
{
    // The tool has one file open for each of its threads, and the redo log; what it wrote to longest ago is closed, and opened again when more of it comes.
    private const int MostOpen = 256;

    private readonly string folder;
    private readonly Action<long>? taken;
    private readonly XbStreamCheck frames;
    private readonly DirectWriter writer = new();
    private readonly Dictionary<string, TreeFile> open = new(StringComparer.Ordinal);
    private readonly HashSet<string> unfinished = new(StringComparer.Ordinal);
    private readonly HashSet<string> folders = new(StringComparer.Ordinal);
    private TreeFile? last;
    private long clock;

    /// <param name="folder">Where to.</param>
    /// <param name="taken">Hears of the stream's bytes.</param>
    internal TreeWriter(string folder, Action<long>? taken = null)
    {
        (this.folder, this.taken) = (folder, taken);
        frames = new XbStreamCheck(this);
    }

    /// <summary>Bytes of the stream that were unpacked.</summary>
    internal long Taken { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        frames.Pass(buffer);
        if (frames.Fault is { } fault)
            throw new JobFaultException(JobFault.ManifestMismatch, $"The backup's stream cannot be unpacked: {fault}.");
        Taken += buffer.Length;
        taken?.Invoke(buffer.Length);
    }

    /// <summary>The stream is over; throws when it is not whole.</summary>
    internal void Complete()
    {
        if (frames.Objection() is { } objection)
            throw new JobFaultException(JobFault.ManifestMismatch, $"The backup's stream cannot be unpacked: {objection}.");
    }

    void IFrameTaker.Write(string path, long offset, ReadOnlySpan<byte> bytes) => writer.Write(Find(path), offset, bytes);

    void IFrameTaker.End(string path, long length)
    {
        var file = Find(path);
        writer.Settle();
        if (RandomAccess.GetLength(file.Cached) < length)
            RandomAccess.SetLength(file.Cached, length);
        Close(file);
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            writer.Dispose();
        foreach (var file in open.Values)
            file.Dispose();
        open.Clear();
        base.Dispose(disposing);
    }

    private TreeFile Find(string path)
    {
        if (last is { } same && ReferenceEquals(same.Path, path))
            return same;
        if (!open.TryGetValue(path, out var file))
        {
            if (open.Count == MostOpen)
            {
                var longest = open.Values.MinBy(one => one.UsedAt)!;
                writer.Settle();
                Close(longest);
                unfinished.Add(longest.Path);
            }

            file = Open(path);
            open.Add(path, file);
        }

        // The reader of the frames has one text for a frame's path, so that the next bytes of the same frame are found at once.
        (file.Path, file.UsedAt) = (path, ++clock);
        return last = file;
    }

    private TreeFile Open(string path)
    {
        var full = Path.Combine(folder, path);
        var parent = Path.GetDirectoryName(full)!;
        if (folders.Add(parent))
            Directory.CreateDirectory(parent);

        // A file that comes a second time begins anew: the tool sends some of its own twice.
        return new TreeFile(path, full, unfinished.Remove(path) ? FileMode.Open : FileMode.Create);
    }

    private void Close(TreeFile file)
    {
        file.Dispose();
        open.Remove(file.Path);
        last = null;
    }
}
