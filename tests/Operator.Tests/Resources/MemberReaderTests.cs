using ControlPlane.Operator.Members;
using ControlPlane.Operator.Tests.Fixtures;

namespace ControlPlane.Operator.Tests.Resources;

public sealed class MemberReaderTests
{
    [Fact]
    public void Read_TheLeast_HasTheDefaults() =>
        Assert.Equal(new MemberClusterSpec { SecretName = "member-berlin" }, Documents.ReadMember(Documents.Member()).Spec);

    [Fact]
    public void Read_WithAStatus_KnowsItsEarlierLife()
    {
        var spec = Documents.ReadMember(Documents.Member().With("status", """{"clusterId":"c1","conditions":[{"type":"Connected","status":"False"}]}""")).Spec!;

        Assert.Equal(("c1", false), (spec.ClusterId, spec.Connected));
    }

    [Theory]
    [InlineData("spec/secretName", "-", "spec.secretName: is missing.")]
    [InlineData("spec/secretName", "\"No Name\"", "spec.secretName: \"No Name\" is no name in Kubernetes")]
    [InlineData("spec/key", "\"../x\"", "spec.key: \"../x\" is no key of a Secret")]
    [InlineData("spec/context", "\"\"", "spec.context: \"\" is no name of a context")]
    [InlineData("spec/server", "\"http://10.0.0.1\"", "spec.server: \"http://10.0.0.1\" is not https")]
    [InlineData("spec/tlsServerName", "\"berlin\"", "spec.tlsServerName: has no effect without server")]
    [InlineData("spec/apiCalls", "0", "spec.apiCalls: 0 is no whole number from 1 to 256")]
    [InlineData("spec/suspended", "\"yes\"", "spec.suspended: \"yes\" is neither true nor false")]
    [InlineData("spec/kubeconfig", "\"apiVersion\"", "spec.kubeconfig: is not known")]
    [InlineData("metadata/name", "\"local\"", "metadata.name: \"local\" is the Kubernetes cluster where the plane runs")]
    [InlineData("metadata/name", "\"berlin.de\"", "metadata.name: \"berlin.de\" is no label")]
    public void Read_WithAFault_NamesFieldAndValue(string path, string json, string fault) =>
        Assert.Contains(Documents.ReadMember(Documents.Member().With(path, json)).Faults!.Faults, said => said.StartsWith(fault, StringComparison.Ordinal));

    [Theory]
    [InlineData("spec/key", "\"admin.conf\"", "spec.key: has no effect beside server")]
    [InlineData("spec/context", "\"berlin\"", "spec.context: has no effect beside server")]
    public void Read_AKubeconfigsFieldBesideServer_IsRefused(string path, string json, string fault) =>
        Assert.Contains(
            Documents.ReadMember(Documents.Member().With("spec/server", "\"https://10.0.0.1\"").With(path, json)).Faults!.Faults, said => said.StartsWith(fault, StringComparison.Ordinal));
}
