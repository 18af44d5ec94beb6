using ControlPlane.Abstractions.Clusters;
using ControlPlane.Operator.Workloads;
using k8s.Models;

namespace ControlPlane.Operator.Tests.Workloads;

public sealed class WorkloadViewTests
{
    private static readonly WorkloadSpec Wanted = new() { Name = "orders-mysql", Container = "mysql", DataVolume = "datadir", DataPath = "/var/lib/mysql" };

    [Fact]
    public void Claim_OfAWorkloadWhoseOrdinalsBeginLater_IsThatOfItsPod()
    {
        var workload = Workload();
        workload.Spec.Ordinals = new() { Start = 5 };

        Assert.Equal("datadir-orders-mysql-6", WorkloadView.Claim(Wanted, workload, 1));
    }

    [Fact]
    public void Identity_OfAContainerThatSaysItItself_GoesBeforeItsPods()
    {
        var workload = Workload();
        workload.Spec.Template.Spec.Containers[0].SecurityContext = new() { RunAsUser = 27 };

        var identity = WorkloadView.Identity(Wanted, workload);

        Assert.Equal((27, 999, 998), (identity.User, identity.Group, identity.FsGroup));
    }

    [Fact]
    public void DataDirectory_OfASubPath_IsThatPath()
    {
        var workload = Workload();
        workload.Spec.Template.Spec.Containers[0].VolumeMounts[0].SubPath = "mysql/";

        Assert.Equal("mysql", WorkloadView.DataDirectory(Wanted, workload));
        Assert.Null(WorkloadView.Trouble(Wanted, workload));
    }

    [Fact]
    public void Trouble_OfAVolumeThatIsNoClaim_IsToldByItsField()
    {
        var workload = Workload();
        workload.Spec.VolumeClaimTemplates = null;

        Assert.StartsWith("spec.workload.dataVolume: 'datadir' is no volumeClaimTemplate", WorkloadView.Trouble(Wanted, workload), StringComparison.Ordinal);
    }

    private static V1StatefulSet Workload() => new()
    {
        Metadata = new() { Name = "orders-mysql", NamespaceProperty = "shop" },
        Spec = new()
        {
            Replicas = 2,
            VolumeClaimTemplates = [new() { Metadata = new() { Name = "datadir" } }],
            Template = new()
            {
                Spec = new()
                {
                    SecurityContext = new() { RunAsUser = 999, RunAsGroup = 999, FsGroup = 998 },
                    Containers = [new() { Name = "mysql", VolumeMounts = [new() { Name = "datadir", MountPath = "/var/lib/mysql" }] }],
                },
            },
        },
    };
}
