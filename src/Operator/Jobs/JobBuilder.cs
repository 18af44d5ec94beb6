using System.Globalization;
using System.Text.Json;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Security;
using ControlPlane.Protocol;
using k8s.Models;

namespace ControlPlane.Operator.Jobs;

/// <summary>The Job of an order. The same order, the same Job; nothing secret stands in it.</summary>
internal static class JobBuilder
{
    /// <summary>Builds it.</summary>
    /// <param name="order">What is wanted.</param>
    /// <param name="authority">The plane's certificates, which the runner trusts when it calls the agent.</param>
    /// <param name="retention">How long the ended Job stays.</param>
    public static V1Job Build(JobOrder order, string authority, TimeSpan retention) => new()
    {
        ApiVersion = "batch/v1",
        Kind = "Job",
        Metadata = new()
        {
            Name = order.Job,
            NamespaceProperty = order.Subject.Namespace,
            Labels = Labels(order),
            Annotations = Names(order),
            OwnerReferences = order.OwnedByResource ? [Owner(order)] : null,
        },
        Spec = new()
        {
            // The plane retries, with a new Job and perhaps another source.
            BackoffLimit = 0,
            ActiveDeadlineSeconds = (long)Math.Ceiling(order.ActiveDeadline.TotalSeconds),
            TtlSecondsAfterFinished = (int)retention.TotalSeconds,
            Template = RunnerPod.Build(order, Request(order, authority), Labels(order), Names(order)),
        },
    };

    private static V1OwnerReference Owner(JobOrder order) => new()
    {
        ApiVersion = ApiGroup.ApiVersion,
        Kind = SubjectNames.Of(order.Subject).Kind,
        Name = order.Subject.Name,
        Uid = order.Request.Backup.Uid,
        Controller = true,
        BlockOwnerDeletion = false,
    };

    private static Dictionary<string, string> Labels(JobOrder order)
    {
        var labels = new Dictionary<string, string>
        {
            [ApiGroup.Labels.ManagedBy] = ApiGroup.Labels.ManagedByValue,
            [ApiGroup.Labels.Cluster] = ApiGroup.Labels.Value(order.Request.Backup.Cluster),
        };
        if (SubjectNames.Of(order.Subject).Label is { } label)
            labels[label] = ApiGroup.Labels.Value(order.Subject.Name);
        labels[ApiGroup.Labels.Uid] = order.Request.Backup.Uid;
        labels[ApiGroup.Labels.Attempt] = order.Request.Attempt.ToString(CultureInfo.InvariantCulture);
        labels[ApiGroup.Labels.Operation] = order.Request.Operation.ToString().ToLowerInvariant();
        return labels;
    }

    // A label holds 63 characters only.
    private static Dictionary<string, string> Names(JobOrder order)
    {
        var names = new Dictionary<string, string>();
        if (SubjectNames.Of(order.Subject).Annotation is { } annotation)
            names[annotation] = order.Subject.Name;
        names[ApiGroup.Annotations.Cluster] = order.Request.Backup.Cluster;
        return names;
    }

    private static string Request(JobOrder order, string authority) => JsonSerializer.Serialize(
        order.Source is { } source ? order.Request with { Source = Source(order, source, authority) } : order.Request,
        ProtocolJson.Default.JobRequest);

    private static SourceRequest Source(JobOrder order, SourceInstance source, string authority) => new()
    {
        Agent = new UriBuilder(Uri.UriSchemeHttps, source.Address, AgentApi.Port).Uri,
        ServerName = AgentApi.ServerName(AgentPlace.Of(order.Subject.Member, order.Subject.Namespace), source.ClusterName),
        Authority = authority,
        Pod = source.Pod,
        Engine = source.Engine,
        ToolArguments = source.ToolArguments,
    };
}
