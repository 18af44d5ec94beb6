using System.Text;
using System.Text.Json;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Jobs;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Security;
using ControlPlane.Operator.Tests.Jobs;
using ControlPlane.Operator.Workloads;
using ControlPlane.Protocol;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlPlane.Operator.Tests.OnCluster;

public sealed class JobDispatcherTests : IClassFixture<DevCluster>, IDisposable
{
    private readonly DevCluster cluster;
    private readonly Authority authority;
    private readonly TicketOffice tickets;
    private readonly JobDispatcher dispatcher;

    public JobDispatcherTests(DevCluster cluster)
    {
        this.cluster = cluster;
        authority = new(cluster.Options, TimeProvider.System);
        tickets = new(cluster.Options, TimeProvider.System);
        dispatcher = new(
            cluster.Api, cluster.Heads, new(cluster.Api), new(tickets, TimeProvider.System), new(new StatefulSets(cluster.Api)), authority, cluster.Options, NullLogger<JobDispatcher>.Instance);
    }

    [Fact]
    public async Task EnsureJobAsync_Twice_MakesOneJobWithItsTicketAndAccount()
    {
        var order = await OrderAsync("ensured");

        await dispatcher.EnsureJobAsync(order, default);
        await dispatcher.EnsureJobAsync(order, default);

        var job = await cluster.Client.BatchV1.ReadNamespacedJobAsync(order.Job, cluster.Namespace);
        Assert.Equal(order.Request.Backup.Uid, job.OwnerReferences().Single().Uid);
        var secret = await cluster.Client.CoreV1.ReadNamespacedSecretAsync(order.Job, cluster.Namespace);
        Assert.Equal(job.Uid(), secret.OwnerReferences().Single().Uid);
        var ticket = Encoding.ASCII.GetString(secret.Data[JobFiles.TicketKey]);
        Assert.DoesNotContain(ticket, JsonSerializer.Serialize(job), StringComparison.Ordinal);
        Assert.DoesNotContain(ticket.Split('.')[2], JsonSerializer.Serialize(job), StringComparison.Ordinal);
        Assert.Equal(Runner.Account, (await cluster.Client.CoreV1.ReadNamespacedServiceAccountAsync(Runner.Account, cluster.Namespace)).Name());
        Assert.Equal(Runner.Account, (await cluster.Client.RbacAuthorizationV1.ReadNamespacedRoleBindingAsync(Runner.Account, cluster.Namespace)).RoleRef.Name);
    }

    [Fact]
    public async Task EnsureJobAsync_OfABackupThatIsGone_MakesNothing()
    {
        var order = Order("absent", Guid.NewGuid().ToString());
        await cluster.BackupAsync("replaced");
        var namesake = Order("replaced", Guid.NewGuid().ToString());

        await dispatcher.EnsureJobAsync(order, default);
        await dispatcher.EnsureJobAsync(namesake, default);

        Assert.Equal((JobState.Missing, true), Brief(await dispatcher.LookAtJobAsync(order.Subject, order.Job, default)));
        Assert.Equal((JobState.Missing, false), Brief(await dispatcher.LookAtJobAsync(namesake.Subject, namesake.Job, default)));
    }

    [Fact]
    public async Task EnsureJobAsync_ForARemoval_NeedsNoResourceAndNoTicket()
    {
        var order = Orders.Removal() with { Subject = new(JobSubjectKind.Backup, DevCluster.Member, cluster.Namespace, "backup1") };

        await dispatcher.EnsureJobAsync(order, default);

        var job = await cluster.Client.BatchV1.ReadNamespacedJobAsync(order.Job, cluster.Namespace);
        Assert.Null(job.OwnerReferences());
        Assert.DoesNotContain((await cluster.Client.CoreV1.ListNamespacedSecretAsync(cluster.Namespace)).Items, secret => secret.Name() == order.Job);
        Assert.True((await dispatcher.LookAtJobAsync(order.Subject, order.Job, default)).ResourceGone);
    }

    [Fact]
    public async Task EnsureJobAsync_WhereAnothersJobHasTheName_SaysSo()
    {
        var order = await OrderAsync("taken");
        var foreign = JobBuilder.Build(order, "", TimeSpan.FromHours(1));
        foreign.Metadata.Labels[ApiGroup.Labels.Uid] = "another";
        foreign.Metadata.OwnerReferences = null;
        await cluster.Client.BatchV1.CreateNamespacedJobAsync(foreign, cluster.Namespace);

        var trouble = await Assert.ThrowsAsync<InvalidOperationException>(() => dispatcher.EnsureJobAsync(order, default));

        Assert.Contains(order.Job, trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RemoveJobAsync_OfAJob_TakesItAndItsTicketAway()
    {
        var order = await OrderAsync("removed");
        await dispatcher.EnsureJobAsync(order, default);
        Assert.NotEqual(JobState.Missing, (await dispatcher.LookAtJobAsync(order.Subject, order.Job, default)).State);

        await dispatcher.RemoveJobAsync(order.Subject, order.Job, default);
        await dispatcher.RemoveJobAsync(order.Subject, order.Job, default);

        await Eventually.TrueAsync(async () => (await dispatcher.LookAtJobAsync(order.Subject, order.Job, default)).State == JobState.Missing);
        await Eventually.TrueAsync(async () => (await cluster.Client.CoreV1.ListNamespacedSecretAsync(cluster.Namespace)).Items.All(secret => secret.Name() != order.Job));
        await dispatcher.RemoveJobAsync(order.Subject, order.Job, default);
    }

    [Fact]
    public async Task LookAtJobAsync_WhileTheRunnerReports_TellsItsStage()
    {
        var order = await OrderAsync("staged");
        await dispatcher.EnsureJobAsync(order, default);

        await cluster.Client.CustomObjects.PatchNamespacedCustomObjectStatusAsync<object>(
            new V1Patch("""{"status":{"progress":{"attempt":1,"stage":"Checking","bytesRead":1,"bytesStored":1,"bytesPerSecond":1,"summary":"1%"}}}""", V1Patch.PatchType.MergePatch),
            ApiGroup.Name, ApiGroup.Version, cluster.Namespace, ApiGroup.Backups.Plural, "staged");

        var sighting = await dispatcher.LookAtJobAsync(order.Subject, order.Job, default);
        Assert.Equal((BackupStage.Checking, order.Request.Backup.Uid, false), (sighting.Stage, sighting.Uid, sighting.ResourceGone));
    }

    public void Dispose()
    {
        authority.Dispose();
        tickets.Dispose();
    }

    private static (JobState State, bool Gone) Brief(JobSighting sighting) => (sighting.State, sighting.ResourceGone);

    private async Task<JobOrder> OrderAsync(string name) => Order(name, await cluster.BackupAsync(name));

    // An image that nobody has: the Pod waits, and the Job stays as it is.
    private JobOrder Order(string name, string uid) => Orders.Backup(cluster.Namespace, name, uid, "localhost/no-such-image:none");
}
