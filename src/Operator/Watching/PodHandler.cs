using System.Text;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using k8s;
using k8s.Models;

namespace ControlPlane.Operator.Watching;

/// <summary>
/// Takes what a Job's Pod shows to the backup or the cluster: that it runs, what keeps it from running, and how it ended, with the runner's report.
/// </summary>
internal sealed class PodHandler(IGrainFactory grains, ReportedJobs reported) : IResourceHandler
{
    public string Kind => "Pod";

    public string Collection => "api/v1/pods";

    public string LabelSelector => ApiGroup.Labels.OursSelector;

    public string? Remember(ResourceHeader header) => JobOwner.Write(header);

    public async Task HandleAsync(ResourceChange change, CancellationToken cancellationToken)
    {
        // That a Pod is gone says nothing: its Job says what that means.
        if (change.Resource is not { } resource || JobOwner.Read(change.Member, change.Namespace, change.Remembered) is not { } owner)
            return;
        if (See(KubernetesJson.Deserialize<V1Pod>(Encoding.UTF8.GetString(resource.Document.Span))) is not { } sighting)
            return;
        await owner.TellAsync(grains, sighting, cancellationToken);
        if (sighting.Report is not null)
            reported.Take(owner, sighting.Job);
    }

    /// <summary>What a Pod shows; null when that is nothing.</summary>
    internal static JobSighting? See(V1Pod pod)
    {
        if (pod.Labels() is not { } labels || !labels.TryGetValue(ApiGroup.Labels.JobName, out var job) || !BelongsTo(pod, job))
            return null;
        var sighting = JobReader.Read(job, null, [pod]);
        return sighting is { State: JobState.Pending, Trouble: null } ? null : sighting;
    }

    /// <summary>Whether the Job controller made it: anybody can set labels.</summary>
    internal static bool BelongsTo(V1Pod pod, string job) =>
        pod.Metadata.OwnerReferences?.Any(owner => owner is { Kind: "Job", Controller: true } && owner.Name == job) == true;
}
