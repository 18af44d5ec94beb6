using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>
/// Writes long runs of bytes past the page cache, in a thread of its own, and short ones through it: see <c>docs/decisions/0013</c>. Its memory is
/// <see cref="Blocks"/> times <see cref="BlockBytes"/>. For one thread at a time.
/// </summary>
internal sealed class DirectWriter : IDisposable
{
    /// <summary>What direct I/O is aligned to: the largest logical block of the disks there are, and the page of memory.</summary>
    internal const int Alignment = 4096;

    /// <summary>The longest that is written at a time.</summary>
    internal const int BlockBytes = 4 << 20;

    // One is filled, one is written, and one lies between.
    private const int Blocks = 3;

    // What is shorter costs the disk more than the page cache.
    private const int LeastBytes = 256 << 10;

    private readonly BlockingCollection<WriteBlock> free = new(Blocks);
    private readonly BlockingCollection<WriteBlock> full = new(Blocks);
    private readonly Thread thread;
    private WriteBlock? run;
    private volatile ExceptionDispatchInfo? trouble;

    internal DirectWriter()
    {
        for (var index = 0; index < Blocks; index++)
            free.Add(new WriteBlock());
        thread = new Thread(StoreAll) { IsBackground = true, Name = "direct writer" };
        thread.Start();
    }

    /// <summary>Takes bytes; they are written by the next <see cref="Settle"/> at the latest. Throws what went wrong with earlier ones.</summary>
    internal void Write(TreeFile file, long offset, ReadOnlySpan<byte> bytes)
    {
        if (run?.Continues(file, offset) is false)
            EndRun();
        while (!bytes.IsEmpty)
        {
            run ??= Begin(file, offset);
            var count = run.Take(bytes);
            offset += count;
            bytes = bytes[count..];
            if (run.IsFull)
                EndRun();
        }
    }

    /// <summary>Returns when all is written; throws what went wrong.</summary>
    internal void Settle()
    {
        EndRun();
        if (free.Count < Blocks)
        {
            var all = Enumerable.Range(0, Blocks).Select(_ => free.Take()).ToList();
            all.ForEach(free.Add);
        }

        trouble?.Throw();
    }

    public void Dispose()
    {
        full.CompleteAdding();
        thread.Join();
        full.Dispose();
        free.Dispose();
    }

    private WriteBlock Begin(TreeFile file, long offset)
    {
        var block = free.Take();
        trouble?.Throw();
        block.Begin(file, offset);
        return block;
    }

    private void EndRun()
    {
        if (run is not { } block)
            return;
        run = null;
        if (block.Length >= LeastBytes)
        {
            full.Add(block);
            return;
        }

        try
        {
            block.StoreCached();
        }
        finally
        {
            free.Add(block);
        }
    }

    private void StoreAll()
    {
        foreach (var block in full.GetConsumingEnumerable())
        {
            try
            {
                if (trouble is null)
                    block.Store();
            }
            catch (Exception exception)
            {
                trouble = ExceptionDispatchInfo.Capture(exception);
            }

            free.Add(block);
        }
    }

    /// <summary>Memory in which a byte lies as far from a page's beginning as in its file.</summary>
    private sealed class WriteBlock
    {
        private readonly byte[] room = GC.AllocateUninitializedArray<byte>(BlockBytes + Alignment, pinned: true);
        private readonly int first;
        private TreeFile file = null!;
        private long start;
        private int skipped;

        internal WriteBlock() => first = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(room, 0) & (Alignment - 1));

        internal int Length { get; private set; }

        internal bool IsFull => skipped + Length == BlockBytes;

        internal void Begin(TreeFile file, long offset) => (this.file, start, skipped, Length) = (file, offset, (int)(offset & (Alignment - 1)), 0);

        internal bool Continues(TreeFile file, long offset) => ReferenceEquals(this.file, file) && start + Length == offset;

        internal int Take(ReadOnlySpan<byte> bytes)
        {
            var count = Math.Min(bytes.Length, BlockBytes - skipped - Length);
            bytes[..count].CopyTo(room.AsSpan(first + skipped + Length));
            Length += count;
            return count;
        }

        internal void StoreCached() => StoreCached(0, Length);

        // No page is written by both ways, so neither sees what the other has not.
        internal void Store()
        {
            var before = -skipped & (Alignment - 1);
            var after = (skipped + Length) & (Alignment - 1);
            if (!file.TryWriteDirect(Bytes(before, Length - before - after), start + before))
            {
                StoreCached();
                return;
            }

            StoreCached(0, before);
            StoreCached(Length - after, after);
        }

        private void StoreCached(int from, int count) => RandomAccess.Write(file.Cached, Bytes(from, count), start + from);

        private Span<byte> Bytes(int from, int count) => room.AsSpan(first + skipped + from, count);
    }
}
