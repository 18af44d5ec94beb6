using ControlPlane.Operator.Tests.Fixtures;
using YamlDotNet.RepresentationModel;

namespace ControlPlane.Operator.Tests.Deploy;

/// <summary>What <c>deploy/many</c> lays over <c>deploy/base</c>, read as text: what is applied is put together by kubectl.</summary>
public sealed class ManySilosTests
{
    private static readonly YamlMappingNode Silo = Load("silo.yaml");

    [Fact]
    public void Silos_WhileVersionsChange_AreNeverFewer()
    {
        var update = Map(Silo, "spec", "strategy", "rollingUpdate");

        Assert.Equal(("3", "0", "1"), (Text(Map(Silo, "spec"), "replicas"), Text(update, "maxUnavailable"), Text(update, "maxSurge")));
        Assert.Equal("2", Text(Map(Load("disruption.yaml"), "spec"), "minAvailable"));
    }

    // A secret in the environment shows to whoever may read Pods, and in what a process hands on.
    [Fact]
    public void Secrets_OfSilos_AreFiles()
    {
        var container = Container();

        Assert.All(Items(container, "env"), variable => Assert.DoesNotContain("secretKeyRef", variable.ToString(), StringComparison.Ordinal));
        Assert.Equal("/run/controlplane/database/connection-string", Variable("Silo__ConnectionStringFile"));
        Assert.Equal("/run/controlplane/keys", Variable("Operator__KeysFolder"));
        var mounts = Items(container, "volumeMounts").Where(mount => mount.Children.ContainsKey("name")).ToDictionary(mount => Text(mount, "mountPath"), mount => mount);
        Assert.Equal(["/run/controlplane/database", "/run/controlplane/keys/authority", "/run/controlplane/keys/tickets"], mounts.Keys.Order());
        Assert.All(mounts.Values, mount => Assert.Equal("true", Text(mount, "readOnly")));

        string Variable(string name) => Text(Items(container, "env").Single(variable => Text(variable, "name") == name), "value");
    }

    [Fact]
    public void Silos_OnTheirOwnPort_LetOnlySilosIn()
    {
        var policy = Map(Load("network.yaml"), "spec");
        var labels = Map(policy, "podSelector", "matchLabels");
        var rule = Assert.Single(Items(policy, "ingress"));

        Assert.Equal("11111", Text(Assert.Single(Items(rule, "ports")), "port"));
        Assert.Equal(labels, Map(Assert.Single(Items(rule, "from")), "podSelector", "matchLabels"));
        Assert.Equal(["11111"], Items(Container(), "ports").Select(port => Text(port, "containerPort")));
    }

    // In a Pod, the address that the others are told is the one at which it listens.
    [Fact]
    public void Silos_ToOneAnother_GiveTheirPodsAddress() =>
        Assert.Equal("status.podIP", Text(Map(Items(Container(), "env").Single(variable => Text(variable, "name") == "Silo__AdvertisedAddress"), "valueFrom", "fieldRef"), "fieldPath"));

    private static YamlMappingNode Container() => Assert.Single(Items(Map(Silo, "spec", "template", "spec"), "containers"));

    private static YamlMappingNode Load(string file)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Checkout.Read($"deploy/many/{file}")));
        return (YamlMappingNode)yaml.Documents.Single().RootNode;
    }

    private static YamlMappingNode Map(YamlMappingNode node, params string[] path) => path.Aggregate(node, (at, name) => (YamlMappingNode)at[name]);

    private static IEnumerable<YamlMappingNode> Items(YamlMappingNode node, string name) => ((YamlSequenceNode)node[name]).Cast<YamlMappingNode>();

    private static string Text(YamlMappingNode node, string name) => ((YamlScalarNode)node[name]).Value!;
}
