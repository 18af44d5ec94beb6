using System.Collections.Concurrent;

namespace ControlPlane.Operator.Watching;

/// <summary>The Jobs whose runner's report this silo has handed on from their Pod: of their end nothing more is to be told, and no Pod is looked for. Bounded; forgetting costs a look.</summary>
internal sealed class ReportedJobs
{
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<(JobOwner Owner, string Job), bool> known = [];

    /// <summary>Takes down that a report was handed on.</summary>
    public void Take(JobOwner owner, string job)
    {
        if (known.Count >= Most)
            known.Clear();
        known[(owner, job)] = true;
    }

    /// <summary>Whether one was.</summary>
    public bool Has(JobOwner owner, string job) => known.ContainsKey((owner, job));
}
