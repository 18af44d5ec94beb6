using k8s;
using k8s.Models;

namespace ControlPlane.Operator.Tests.Deploy;

/// <summary>What the files of <c>deploy/base</c> grant, read as they are applied.</summary>
public sealed class RightsTests
{
    private static readonly IReadOnlyList<object> Documents = [.. Directory.EnumerateFiles(Folder(), "*.yaml").Where(file => Path.GetFileName(file) != "kustomization.yaml")
        .SelectMany(file => KubernetesYaml.LoadAllFromString(File.ReadAllText(file)))];

    private static IEnumerable<V1PolicyRule> AllRules => Documents.OfType<V1ClusterRole>().SelectMany(role => role.Rules);

    [Fact]
    public void Rules_OfAllRoles_HoldNoWildcard() =>
        Assert.All(AllRules, rule => Assert.DoesNotContain("*", rule.ApiGroups.Concat(rule.Resources).Concat(rule.Verbs)));

    [Fact]
    public void Rules_OfAllRoles_LetNobodyReadASecret()
    {
        var verbs = Rules("controlplane-silo").Where(rule => rule.Resources.Contains("secrets")).SelectMany(rule => rule.Verbs);

        // A patch that changes nothing answers with the whole Secret.
        Assert.Equal(["create", "update"], verbs.Order());
    }

    [Theory]
    [InlineData("pods/exec")]
    [InlineData("pods/attach")]
    [InlineData("pods/portforward")]
    [InlineData("pods/ephemeralcontainers")]
    [InlineData("serviceaccounts/token")]
    [InlineData("nodes")]
    [InlineData("configmaps")]
    public void Rules_OfAllRoles_SayNothingOf(string resource) =>
        Assert.DoesNotContain(AllRules, rule => rule.Resources.Contains(resource));

    [Theory]
    [InlineData("escalate")]
    [InlineData("impersonate")]
    [InlineData("deletecollection")]
    public void Rules_OfAllRoles_DoNotGrant(string verb) =>
        Assert.DoesNotContain(AllRules, rule => rule.Verbs.Contains(verb));

    [Fact]
    public void Runner_MayPatchStatus_AndNothingElse()
    {
        var rule = Assert.Single(Rules("controlplane-runner"));

        Assert.Equal(["backup.controlplane"], rule.ApiGroups);
        Assert.Equal(["mysqlbackups/status", "mysqlrestores/status"], rule.Resources.Order());
        Assert.Equal(["patch"], rule.Verbs);
    }

    // A restore stops and starts by the number of instances alone, and looks whether claims are there.
    [Theory]
    [InlineData("statefulsets/scale", "patch")]
    [InlineData("persistentvolumeclaims", "get")]
    public void Silo_ForARestore_MayDoOneThing(string resource, string verb) =>
        Assert.Equal([verb], Rules("controlplane-silo").Where(rule => rule.Resources.Contains(resource)).SelectMany(rule => rule.Verbs));

    [Fact]
    public void Silo_MayBind_TheRunnersRoleAlone()
    {
        var rule = Assert.Single(Rules("controlplane-silo"), rule => rule.Verbs.Contains("bind"));

        Assert.Equal(["controlplane-runner"], rule.ResourceNames);
    }

    [Fact]
    public void Silo_AsAPod_IsRestricted()
    {
        var pod = Assert.Single(Documents.OfType<V1Deployment>()).Spec.Template.Spec;

        Assert.Equal((true, "RuntimeDefault"), (pod.SecurityContext.RunAsNonRoot, pod.SecurityContext.SeccompProfile.Type));
        Assert.True(pod.SecurityContext.RunAsUser > 0);
        Assert.All(pod.Containers, container =>
        {
            Assert.Equal((false, true), (container.SecurityContext.AllowPrivilegeEscalation, container.SecurityContext.ReadOnlyRootFilesystem));
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            Assert.Null(container.SecurityContext.Capabilities.Add);
        });
        Assert.All(pod.Volumes, volume => Assert.Null(volume.HostPath));
    }

    [Fact]
    public void Dashboard_FromOutsideOfThePod_HasNoDoor()
    {
        Assert.Empty(Documents.OfType<V1Service>());
        Assert.Equal([8081], Documents.OfType<V1Deployment>().SelectMany(silo => silo.Spec.Template.Spec.Containers).SelectMany(container => container.Ports).Select(port => port.ContainerPort));
        Assert.Equal(["8081"], Documents.OfType<V1NetworkPolicy>().SelectMany(policy => policy.Spec.Ingress).SelectMany(rule => rule.Ports).Select(port => port.Port.ToString()));
    }

    private static IEnumerable<V1PolicyRule> Rules(string role) => Documents.OfType<V1ClusterRole>().Single(document => document.Metadata.Name == role).Rules;

    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Path.Combine(folder.FullName, "deploy", "base") is var path && Directory.Exists(path))
                return path;
        }
        throw new InvalidOperationException("These tests read the checkout; run them from within it.");
    }
}
