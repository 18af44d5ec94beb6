using ControlPlane.Protocol;
using ControlPlane.Sidecar.Agent.Tool;

namespace ControlPlane.Sidecar.Agent;

/// <summary>What is known of one run while it goes on and after.</summary>
internal sealed class BackupRun(string uid, int attempt)
{
    private readonly Lock gate = new();
    private AgentRunView view = new() { Uid = uid, Attempt = attempt, Phase = AgentRunPhase.Running, BytesRead = 0 };
    private long bytes;

    /// <summary>The backup's UID.</summary>
    internal string Uid => uid;

    /// <summary>The attempt.</summary>
    internal int Attempt => attempt;

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

    /// <summary>Ends the run as failed.</summary>
    internal void Fail(JobFault fault, string message) => Learn(known => known with { Phase = AgentRunPhase.Failed, Fault = fault, Message = message });
}
