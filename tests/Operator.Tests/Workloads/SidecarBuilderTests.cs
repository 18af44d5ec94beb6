using ControlPlane.Operator.Workloads;
using k8s;

namespace ControlPlane.Operator.Tests.Workloads;

public sealed class SidecarBuilderTests
{
    [Fact]
    public void Build_OfACluster_IsTheContainerAndItsVolumesAlone()
    {
        var expected = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Cases", "sidecar", "statefulset.yaml"));

        var actual = KubernetesYaml.Serialize(SidecarBuilder.Build(Workloads.Key(), Workloads.Spec(), Workloads.StatefulSet())) + "\n";

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void BuildEmpty_OfAWorkload_NamesItAndSaysNothing() =>
        Assert.Equal(
            """{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"orders-mysql","namespace":"shop","uid":"4f2c1d6e-0000-4000-8000-00000000000d"}}""",
            KubernetesJson.Serialize(SidecarBuilder.BuildEmpty(Workloads.StatefulSet())));

    [Theory]
    [InlineData(27L, 28L, 999L, 998L, 27L, 28L)]
    [InlineData(27L, null, 999L, 998L, 27L, 998L)]
    [InlineData(null, null, 999L, 998L, 999L, 998L)]
    [InlineData(null, null, 999L, null, 999L, null)]
    [InlineData(null, null, null, null, 999L, 999L)]
    [InlineData(0L, 0L, 27L, 27L, 999L, 999L)]
    public void Build_TheUser_IsTheDatabases(long? user, long? group, long? podUser, long? podGroup, long? expectedUser, long? expectedGroup)
    {
        var workload = Workloads.StatefulSet();
        workload.Spec.Template.Spec.SecurityContext = new() { RunAsUser = podUser, RunAsGroup = podGroup };
        workload.Spec.Template.Spec.Containers[0].SecurityContext = new() { RunAsUser = user, RunAsGroup = group };

        var context = SidecarBuilder.Build(Workloads.Key(), Workloads.Spec(), workload).Spec.Template.Spec.Containers[0].SecurityContext;

        Assert.Equal((expectedUser, expectedGroup, true), (context.RunAsUser, context.RunAsGroup, context.RunAsNonRoot));
    }

    [Fact]
    public void Build_WithOwnersSettings_TakesThem()
    {
        var spec = Workloads.Spec() with { AgentContainerJson = """{"resources":{"limits":{"memory":"2Gi"}},"containerSecurityContext":{"runAsUser":1001}}""" };

        var container = SidecarBuilder.Build(Workloads.Key(), spec, Workloads.StatefulSet()).Spec.Template.Spec.Containers[0];

        Assert.Equal("2Gi", container.Resources.Limits["memory"].ToString());
        Assert.Equal((1001L, false), (container.SecurityContext.RunAsUser, container.SecurityContext.AllowPrivilegeEscalation));
    }

    [Fact]
    public void AgentSecret_OfALongName_IsShortenedAndStaysItsOwn()
    {
        var name = new string('a', 250);

        Assert.Equal("orders-backup-agent", Sidecar.AgentSecret("orders"));
        Assert.Equal(253, Sidecar.AgentSecret(name).Length);
        Assert.NotEqual(Sidecar.AgentSecret(name + "b"), Sidecar.AgentSecret(name + "c"));
    }
}
