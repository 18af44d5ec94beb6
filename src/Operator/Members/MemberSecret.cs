using System.Text.Json;
using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Resources;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Members;

/// <summary>
/// The content of a Secret with a member's credentials. No record, so that it shows nothing of itself: it goes from the watch into clients, and
/// nowhere else.
/// </summary>
internal sealed class MemberSecret(IReadOnlyDictionary<string, byte[]> data)
{
    public IReadOnlyDictionary<string, byte[]> Data => data;
}

/// <summary>
/// The Secrets of members: those of the plane's own namespace that say by a label what they are for. What else lies there, the watch does
/// not bring.
/// </summary>
internal sealed class MemberSecrets(IOptions<MemberOptions> options, TimeProvider time) : FleetKind<MemberSecret>(time)
{
    public override string Kind => "Secret";

    public override string Collection => $"api/v1/namespaces/{options.Value.NamespaceOrDefault}/secrets";

    public override string LabelSelector => $"{ApiGroup.Labels.Credentials}={ApiGroup.Labels.CredentialsOfMember}";

    protected override int Most => 400;

    protected override SpecReading<MemberSecret> Read(ResourceHeader header, JsonElement document) =>
        SpecReading<MemberSecret>.Of(header, new(), () => new(
            document.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object
                ? data.EnumerateObject().Where(entry => entry.Value.ValueKind == JsonValueKind.String)
                    .Select(entry => (entry.Name, Bytes: entry.Value.TryGetBytesFromBase64(out var bytes) ? bytes : [])).ToDictionary(entry => entry.Name, entry => entry.Bytes)
                : []));
}
