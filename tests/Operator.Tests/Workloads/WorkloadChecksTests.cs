using ControlPlane.Abstractions.Clusters;
using ControlPlane.Operator.Workloads;

namespace ControlPlane.Operator.Tests.Workloads;

public sealed class WorkloadChecksTests
{
    private static readonly WorkloadSpec Wanted = Workloads.Spec().Workload;

    [Fact]
    public void Trouble_OfAFittingWorkload_IsNone() => Assert.Null(WorkloadChecks.Trouble(Wanted, Workloads.StatefulSet()));

    [Fact]
    public void ContainerIsMissing_ForAnotherName_NamesFieldValueAndChoice() => Assert.Equal(
        "spec.workload.container: StatefulSet orders-mysql has no container 'mysqld'; it has 'mysql', 'exporter'.",
        WorkloadChecks.ContainerIsMissing(Wanted with { Container = "mysqld" }, Workloads.StatefulSet()));

    [Fact]
    public void VolumeIsMissing_ForAnotherName_NamesFieldValueAndChoice() => Assert.Equal(
        "spec.workload.dataVolume: StatefulSet orders-mysql has no volume 'data'; it has 'datadir', 'tmp'.",
        WorkloadChecks.VolumeIsMissing(Wanted with { DataVolume = "data" }, Workloads.StatefulSet()));

    [Fact]
    public void VolumeIsNotMountedThere_ForAnotherPath_NamesFieldValueAndChoice() => Assert.Equal(
        "spec.workload.dataPath: container 'mysql' of StatefulSet orders-mysql does not mount volume 'datadir' at '/data', but at '/var/lib/mysql'.",
        WorkloadChecks.VolumeIsNotMountedThere(Wanted with { DataPath = "/data" }, Workloads.StatefulSet()));

    [Fact]
    public void Trouble_OfTwoFaults_SaysBoth()
    {
        var trouble = WorkloadChecks.Trouble(Wanted with { Container = "mysqld", DataVolume = "data" }, Workloads.StatefulSet());

        Assert.Contains("spec.workload.container", trouble, StringComparison.Ordinal);
        Assert.Contains("spec.workload.dataVolume", trouble, StringComparison.Ordinal);
    }
}
