using System.Security.Cryptography;
using System.Text;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Agent.Tool;

namespace ControlPlane.Sidecar.Agent;

/// <summary>What is known of one run while it goes on and after.</summary>
internal sealed class BackupRun(string uid, int attempt) : IDisposable
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource superseded = new();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AgentRunView view = new() { Uid = uid, Attempt = attempt, Phase = AgentRunPhase.Running, BytesRead = 0 };
    private long bytes;
    private bool over;
    private byte[]? beginner;

    /// <summary>The backup's UID.</summary>
    internal string Uid => uid;

    /// <summary>The attempt.</summary>
    internal int Attempt => attempt;

    /// <summary>Cancelled when a later attempt takes this one's place.</summary>
    internal CancellationToken Superseded => superseded.Token;

    /// <summary>The tool's log, once it has begun.</summary>
    internal ToolLog? Log { get; set; }

    /// <summary>How it stands.</summary>
    internal AgentRunView View
    {
        get
        {
            lock (gate)
                return view with { BytesRead = Interlocked.Read(ref bytes) };
        }
    }

    /// <summary>Counts bytes that were handed out.</summary>
    internal void Count(int more) => Interlocked.Add(ref bytes, more);

    /// <summary>Changes what is known.</summary>
    internal void Learn(Func<AgentRunView, AgentRunView> change)
    {
        lock (gate)
            view = change(view);
    }

    /// <summary>Tells the run to end, and waits for that; at most for <paramref name="limit"/>.</summary>
    internal async Task SupersedeAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var cancelling = Task.CompletedTask;
        lock (gate)
        {
            if (!over)
                cancelling = superseded.CancelAsync();
        }
        await cancelling;
        await ended.Task.WaitAsync(limit, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>It has given its place back. What is known of it stays.</summary>
    public void Dispose()
    {
        lock (gate)
            over = true;
        superseded.Dispose();
        ended.TrySetResult();
    }

    /// <summary>Remembers who began it, by the hash of the words that let them in.</summary>
    internal void BeginBy(string? authorization) => beginner = Hash(authorization);

    /// <summary>
    /// Whether these words began it. They stay good for questions about this run, so that a backup of a day is not lost because its ticket
    /// expired or the plane changed its key before the last question.
    /// </summary>
    internal bool WasBegunBy(string? authorization) => beginner is not null && CryptographicOperations.FixedTimeEquals(beginner, Hash(authorization));

    private static byte[] Hash(string? words) => SHA256.HashData(Encoding.UTF8.GetBytes(words ?? ""));

    /// <summary>Ends the run as failed.</summary>
    internal void Fail(JobFault fault, string message) => Learn(known => known with { Phase = AgentRunPhase.Failed, Fault = fault, Message = message });
}
