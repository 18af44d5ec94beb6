using ControlPlane.Operator.Members;
using ControlPlane.Operator.Tests.Fixtures;
using k8s;
using k8s.Models;

namespace ControlPlane.Operator.Tests.Deploy;

/// <summary>What the files of <c>deploy/base</c> grant, read as they are applied.</summary>
public sealed class RightsTests
{
    private static readonly IReadOnlyList<object> Documents = [.. Directory.EnumerateFiles(Folder(), "*.yaml").Where(file => Path.GetFileName(file) != "kustomization.yaml")
        .SelectMany(file => KubernetesYaml.LoadAllFromString(File.ReadAllText(file)))];

    private static readonly IReadOnlyList<object> OfMembers = [.. KubernetesYaml.LoadAllFromString(Checkout.Read("deploy/member/rights.yaml"))];

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

    // What is checked in a member by asking its API server is what is granted there, and is what the plane has where it runs.
    [Fact]
    public void Rights_InAMemberAndWhereThePlaneRuns_AreThoseThatAreAskedFor()
    {
        var used = MemberRights.All.Select(right => right.ToString()).Order(StringComparer.Ordinal).ToList();

        Assert.Equal(used, Granted(Rules("controlplane-silo")));
        Assert.Equal(used, Granted(OfMembers.OfType<V1ClusterRole>().Single(role => role.Metadata.Name == "controlplane-plane").Rules));
    }

    [Fact]
    public void Rights_OfAMembersJobs_AreThoseOfJobsWhereThePlaneRuns() =>
        Assert.Equal(Granted(Rules("controlplane-runner")), Granted(OfMembers.OfType<V1ClusterRole>().Single(role => role.Metadata.Name == "controlplane-runner").Rules));

    [Fact]
    public void Rights_InAMember_AreOfOneAccountWhoseTokenKubernetesMakes()
    {
        var account = Assert.Single(OfMembers.OfType<V1ServiceAccount>());
        var token = Assert.Single(OfMembers.OfType<V1Secret>());
        var bound = Assert.Single(Assert.Single(OfMembers.OfType<V1ClusterRoleBinding>()).Subjects);

        Assert.Equal(("kubernetes.io/service-account-token", account.Metadata.Name), (token.Type, token.Metadata.Annotations["kubernetes.io/service-account.name"]));
        Assert.Equal((account.Metadata.Name, account.Metadata.NamespaceProperty), (bound.Name, bound.NamespaceProperty));
    }

    // By a Role alone, which holds in the namespace that it is installed in.
    [Fact]
    public void Secrets_OfMembers_AreReadInThePlanesOwnNamespaceAlone()
    {
        var role = Assert.Single(Documents.OfType<V1Role>());

        Assert.Equal(["list secrets", "watch secrets"], Granted(role.Rules));
        Assert.DoesNotContain(OfMembers, document => document is V1Role or V1RoleBinding);
    }

    [Fact]
    public void Fleet_WhereThePlaneRuns_IsReadAndItsStatusWritten() =>
        Assert.All(Rules("controlplane-fleet"), rule => Assert.Equal(["backup.controlplane"], rule.ApiGroups));

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

    private static IEnumerable<string> Granted(IEnumerable<V1PolicyRule> rules) =>
        (from rule in rules from resource in rule.Resources from verb in rule.Verbs from name in rule.ResourceNames ?? [null!]
         select new MemberRight(verb, rule.ApiGroups.Single(), resource, name).ToString()).Order(StringComparer.Ordinal);

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
