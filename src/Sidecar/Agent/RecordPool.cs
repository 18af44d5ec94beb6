using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace ControlPlane.Sidecar.Agent;

/// <summary>
/// Blocks for the server's connections, each the length of a TLS record. The server's own have 4 KiB, and as each becomes a record and a
/// system call of its own, they cost several times the processor time that this stream is worth.
/// </summary>
internal sealed class RecordPool : MemoryPool<byte>
{
    private const int BlockBytes = 32 * 1024;

    private readonly ConcurrentQueue<Block> free = [];

    public override int MaxBufferSize => BlockBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        return free.TryDequeue(out var block) ? block : new Block(this);
    }

    protected override void Dispose(bool disposing) => free.Clear();

    /// <summary>One pool is enough for all connections.</summary>
    internal sealed class Factory : IMemoryPoolFactory<byte>, IDisposable
    {
        private readonly RecordPool pool = new();

        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => pool;

        public void Dispose() => pool.Dispose();
    }

    private sealed class Block(RecordPool home) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);

        public void Dispose() => home.free.Enqueue(this);
    }
}
