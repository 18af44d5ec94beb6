using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Fleet;
using k8s;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Members;

/// <summary>
/// The clients of the members' API servers: one a member, made of what <see cref="MemberClusters"/> and <see cref="MemberSecrets"/> say, and made anew
/// when that changes.
/// </summary>
internal sealed class MemberConnections(IOptions<MemberOptions> options, MemberClusters clusters, MemberSecrets secrets, TimeProvider time) : IDisposable
{
    // Above the longest that a call may take with the old credentials.
    private static readonly TimeSpan Farewell = TimeSpan.FromMinutes(3);

    private readonly Lock gate = new();
    private readonly Dictionary<MemberKey, MemberConnection> open = [];
    private readonly Dictionary<MemberConnection, ITimer> leaving = [];

    /// <summary>The connection of one member. Safe to share; throws a <see cref="MemberAwayException"/> for one that is not to be had.</summary>
    public MemberConnection For(MemberKey member)
    {
        lock (gate)
        {
            if (member.Name == MemberKey.Local)
                return open.TryGetValue(member, out var local) ? local : open[member] = new(OfLocal(), "");
            try
            {
                var (spec, secret) = Find(member.Name);
                var fingerprint = Fingerprint(spec, secret);
                if (open.TryGetValue(member, out var present) && present.Fingerprint == fingerprint)
                    return present;
                var access = MemberCredentials.Read(spec, secret);
                var made = access.Configuration is { } configuration
                    ? new MemberConnection(configuration, fingerprint)
                    : throw new MemberAwayException(member.Name, Reasons.CredentialsInvalid, access.Trouble!);
                Retire(member);
                return open[member] = made;
            }
            catch (MemberAwayException)
            {
                // What is not to be used any more is not used any more.
                Retire(member);
                throw;
            }
        }
    }

    /// <summary>The connection once it is known to lead where it is to lead: a call to another Kubernetes cluster would change what is somebody else's.</summary>
    public async Task<MemberConnection> ReadyAsync(MemberKey member, CancellationToken cancellationToken, bool again = false)
    {
        var connection = For(member);
        if (member.Name == MemberKey.Local)
            return connection;
        var id = await connection.IdentifyAsync(member.Name, cancellationToken, again);
        if (IdentityObjection(member.Name, id) is { } objection)
            throw new MemberAwayException(member.Name, Reasons.AnotherCluster, objection);
        return connection;
    }

    /// <summary>How many calls at a time a member's owner wants; null where he says nothing.</summary>
    public int? CallsOf(MemberKey member) => clusters.Snapshot.Entries.TryGetValue(member.Name, out var entry) ? entry.Spec?.ApiCalls : null;

    /// <summary>Looks which connections are of yesterday, and ends them.</summary>
    public void Refresh()
    {
        List<MemberKey> members;
        lock (gate)
            members = [.. open.Keys.Where(member => member.Name != MemberKey.Local)];
        foreach (var member in members)
        {
            try
            {
                For(member);
            }
            catch (MemberAwayException)
            {
                // It was ended there.
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var (connection, timer) in leaving)
            {
                timer.Dispose();
                connection.Dispose();
            }
            foreach (var connection in open.Values)
                connection.Dispose();
            leaving.Clear();
            open.Clear();
        }
    }

    private (MemberClusterSpec Spec, MemberSecret Secret) Find(string member)
    {
        var (known, credentials) = (clusters.Snapshot, secrets.Snapshot);
        if (!known.Synced)
            throw new MemberAwayException(member, Reasons.NotKnownYet, "the control plane has not read its MemberClusters yet.");
        if (!known.Entries.TryGetValue(member, out var entry))
            throw new MemberAwayException(member, Reasons.MemberUnknown, "there is no MemberCluster of that name.");
        if (entry.Spec is not { } spec)
            throw new MemberAwayException(member, Reasons.Invalid, string.Join(' ', entry.Faults));
        if (spec.Suspended)
            throw new MemberAwayException(member, Reasons.Suspended, "spec.suspended is true.");
        if (!credentials.Synced)
            throw new MemberAwayException(member, Reasons.NotKnownYet, "the control plane has not read its members' Secrets yet.");
        return credentials.Entries.TryGetValue(spec.SecretName, out var secret) && secret.Spec is { } content
            ? (spec, content)
            : throw new MemberAwayException(member, Reasons.SecretNotFound, string.Create(
                CultureInfo.InvariantCulture, $"there is no Secret '{options.Value.NamespaceOrDefault}/{spec.SecretName}' with the label {secrets.LabelSelector}."));
    }

    // Two names for one Kubernetes cluster would have everything in it done twice, and one name for another one would have everything forgotten.
    private string? IdentityObjection(string member, string id)
    {
        var known = clusters.Snapshot.Entries;
        if (!known.TryGetValue(member, out var self))
            return null;
        if (self.Spec?.ClusterId is { } before && before != id)
            return $"its credentials lead to another Kubernetes cluster ({id}) than before ({before}): correct them, or make a MemberCluster of another name.";
        MemberConnection? local;
        lock (gate)
            local = open.GetValueOrDefault(new(MemberKey.Local));
        if (local?.ClusterId == id)
            return $"its credentials lead to the Kubernetes cluster where the plane runs, which is the member '{MemberKey.Local}'.";
        return known.Values.FirstOrDefault(other => other.Name != member && other.Spec?.ClusterId == id && (self.Spec?.ClusterId is null || IsOlder(other, self))) is { } same
            ? $"its credentials lead to the same Kubernetes cluster as those of member '{same.Name}'."
            : null;
    }

    private static bool IsOlder(FleetEntry<MemberClusterSpec> one, FleetEntry<MemberClusterSpec> other) =>
        (one.Header.Created, one.Name).CompareTo((other.Header.Created, other.Name)) < 0;

    private static string Fingerprint(MemberClusterSpec spec, MemberSecret secret)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(string.Join('\n', spec.SecretName, spec.Key, spec.Context, spec.Server, spec.TlsServerName));
        foreach (var (key, value) in secret.Data.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            Add(key);
            digest.AppendData(BitConverter.GetBytes(value.Length));
            digest.AppendData(value);
        }
        return Convert.ToHexString(digest.GetHashAndReset());

        void Add(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            digest.AppendData(BitConverter.GetBytes(bytes.Length));
            digest.AppendData(bytes);
        }
    }

    private void Retire(MemberKey member)
    {
        if (!open.Remove(member, out var former))
            return;

        // Not from within the lock: whoever holds a long request goes on from there at once.
        _ = former.ReplaceAsync();
        leaving[former] = time.CreateTimer(_ => Leave(former), null, Farewell, Timeout.InfiniteTimeSpan);
    }

    private void Leave(MemberConnection former)
    {
        lock (gate)
        {
            if (!leaving.Remove(former, out var timer))
                return;
            timer.Dispose();
        }
        former.Dispose();
    }

    private KubernetesClientConfiguration OfLocal() =>
        options.Value.KubeConfig is { Length: > 0 } path
            ? KubernetesClientConfiguration.BuildConfigFromConfigFile(path, options.Value.Context)
            : KubernetesClientConfiguration.IsInCluster()
                ? KubernetesClientConfiguration.InClusterConfig()
                : KubernetesClientConfiguration.BuildConfigFromConfigFile(NamedByEnvironment(), options.Value.Context);

    // As kubectl has it, but for a list of files, of which the first counts. None: the client's default, the file in the home folder.
    private static string? NamedByEnvironment() =>
        Environment.GetEnvironmentVariable("KUBECONFIG")?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
}
