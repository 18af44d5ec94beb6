using System.Text;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using k8s;
using k8s.Models;

namespace ControlPlane.Operator.Watching;

/// <summary>
/// Takes the end of a Job to the backup or the cluster that asked for it. Until then its Pod says more, and <see cref="PodHandler"/> takes that.
/// </summary>
internal sealed class JobHandler(IGrainFactory grains, ApiCalls calls, ReportedJobs reported) : IResourceHandler
{
    public string Kind => "Job";

    public string Collection => "apis/batch/v1/jobs";

    public string LabelSelector => ApiGroup.Labels.OursSelector;

    public string? Remember(ResourceHeader header) => JobOwner.Write(header);

    public async Task HandleAsync(ResourceChange change, CancellationToken cancellationToken)
    {
        if (JobOwner.Read(change.Member, change.Namespace, change.Remembered) is not { } owner)
            return;
        if (await SeeAsync(change, owner, cancellationToken) is { } sighting)
            await owner.TellAsync(grains, sighting, cancellationToken);
    }

    private async Task<JobSighting?> SeeAsync(ResourceChange change, JobOwner owner, CancellationToken cancellationToken)
    {
        if (change.Resource is not { } resource)
            return new() { Uid = owner.Uid, Job = change.Name, State = JobState.Missing };
        var job = KubernetesJson.Deserialize<V1Job>(Encoding.UTF8.GetString(resource.Document.Span));
        var alone = JobReader.Read(change.Name, job, []);
        return alone.State switch
        {
            // The Job and its Pod come by different watches. The report stands in the Pod, and must not be taken for lost only because it comes later.
            JobState.Complete or JobState.Failed when reported.Has(owner, change.Name) => null,
            JobState.Complete or JobState.Failed => JobReader.Read(change.Name, job, await PodsAsync(change, cancellationToken)),
            JobState.Stopping => alone,
            _ => null,
        };
    }

    private async Task<IReadOnlyList<V1Pod>> PodsAsync(ResourceChange change, CancellationToken cancellationToken)
    {
        var pods = await calls.RunAsync(
            change.Member,
            (client, token) => client.CoreV1.ListNamespacedPodAsync(change.Namespace, labelSelector: $"{ApiGroup.Labels.JobName}={change.Name}", cancellationToken: token),
            cancellationToken);
        return [.. pods.Items.Where(pod => PodHandler.BelongsTo(pod, change.Name))];
    }
}
