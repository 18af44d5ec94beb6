using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>What has been done so far; written by the work, read by whoever reports.</summary>
internal sealed class RestoreMeter(TimeProvider time)
{
    private long done;
    private long began = time.GetTimestamp();
    private volatile RestoreStage stage = RestoreStage.Downloading;

    /// <summary>What is being done.</summary>
    internal RestoreStage Stage => stage;

    /// <summary>Bytes of the stream that were unpacked.</summary>
    internal long BytesDone => Interlocked.Read(ref done);

    /// <summary>The stream's length; null while it is not known.</summary>
    internal long? BytesExpected { get; set; }

    internal void Count(long bytes) => Interlocked.Add(ref done, bytes);

    /// <summary>Takes up a stage. Returns how long the one before took.</summary>
    internal TimeSpan Begin(RestoreStage next)
    {
        var took = time.GetElapsedTime(began);
        (began, stage) = (time.GetTimestamp(), next);
        if (next is RestoreStage.Downloading)
            Interlocked.Exchange(ref done, 0);
        return took;
    }
}
