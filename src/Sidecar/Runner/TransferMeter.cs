using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner;

/// <summary>What has been moved so far; written by the data path, read by whoever reports.</summary>
internal sealed class TransferMeter
{
    private long read;
    private long stored;
    private long verified;
    private long expected = -1;
    private int repeated;

    private readonly TaskCompletionSource checking = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What is being done.</summary>
    internal BackupStage Stage => checking.Task.IsCompleted ? BackupStage.Checking : BackupStage.Uploading;

    /// <summary>Done when the store begins to be read back.</summary>
    internal Task Checking => checking.Task;

    /// <summary>Whether all is done and committed.</summary>
    internal bool IsComplete { get; private set; }

    /// <summary>Bytes read from the agent.</summary>
    internal long BytesRead => Interlocked.Read(ref read);

    /// <summary>Bytes that the store has taken.</summary>
    internal long BytesStored => Interlocked.Read(ref stored);

    /// <summary>Bytes read back.</summary>
    internal long BytesVerified => Interlocked.Read(ref verified);

    /// <summary>How long the stream is expected to be; null when unknown.</summary>
    internal long? BytesExpected
    {
        get => Interlocked.Read(ref expected) is >= 0 and var known ? known : null;
        set => Interlocked.Exchange(ref expected, value ?? -1);
    }

    /// <summary>How many parts may be on their way at a time, as it was chosen last.</summary>
    internal int PartsAtOnce { get; set; }

    /// <summary>Requests that the store did not answer, or refused for now, and that were sent again.</summary>
    internal int RequestsRepeated => Volatile.Read(ref repeated);

    internal void CountRepeated() => Interlocked.Increment(ref repeated);

    internal void CountRead(int bytes) => Interlocked.Add(ref read, bytes);

    internal void CountStored(int bytes) => Interlocked.Add(ref stored, bytes);

    internal void CountVerified(long bytes) => Interlocked.Add(ref verified, bytes);

    /// <summary>Everything is stored; now it is read back.</summary>
    internal void BeginChecking() => checking.TrySetResult();

    /// <summary>The backup is committed.</summary>
    internal void Complete() => IsComplete = true;
}
