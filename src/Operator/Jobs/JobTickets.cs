using System.Text;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Security;
using ControlPlane.Protocol;
using k8s.Models;

namespace ControlPlane.Operator.Jobs;

/// <summary>The Secret with a Job's ticket: it belongs to the Job and goes with it.</summary>
internal sealed class JobTickets(TicketOffice office, TimeProvider time)
{
    // A Job that starts in the last minute of its deadline is still let in.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(10);

    public V1Secret For(JobOrder order, SourceInstance source, string jobUid)
    {
        var expires = (order.Request.Deadline ?? (time.GetUtcNow() + order.ActiveDeadline)) + Margin;
        var ticket = office.Issue(AgentPlace.Of(order.Subject.Member, order.Subject.Namespace), source.ClusterName, TicketOperation.Backup, order.Request.Backup.Uid, expires);
        return new()
        {
            Metadata = new()
            {
                Name = order.Job,
                NamespaceProperty = order.Subject.Namespace,
                Labels = new Dictionary<string, string>
                {
                    [ApiGroup.Labels.ManagedBy] = ApiGroup.Labels.ManagedByValue,
                    [ApiGroup.Labels.Uid] = order.Request.Backup.Uid,
                },
                OwnerReferences = [new() { ApiVersion = "batch/v1", Kind = "Job", Name = order.Job, Uid = jobUid, BlockOwnerDeletion = false }],
            },
            Immutable = true,
            Type = "Opaque",
            Data = new Dictionary<string, byte[]> { [JobFiles.TicketKey] = Encoding.ASCII.GetBytes(ticket) },
        };
    }
}
