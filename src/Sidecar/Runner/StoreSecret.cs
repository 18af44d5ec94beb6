using ControlPlane.Protocol;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>A mounted Secret with a store's credentials, one file a key.</summary>
/// <param name="name">The Secret's name, for messages.</param>
/// <param name="folder">Where it is mounted.</param>
/// <param name="wanted">The keys that it should have, for whoever has to create it.</param>
internal sealed class StoreSecret(string name, string folder, string wanted)
{
    /// <summary>Its name.</summary>
    internal string Name => name;

    /// <summary>The value of a key, or null. People make Secrets with <c>echo</c>, whose line end is no part of any credential.</summary>
    internal string? Find(string key)
    {
        var path = Path.Combine(folder, key);
        try
        {
            return File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } value ? value : null;
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new JobFaultException(JobFault.SecretMissing, $"The key '{key}' of Secret '{name}' could not be read: {trouble.Message}", trouble);
        }
    }

    /// <summary>The same for what must never be shown.</summary>
    internal Secret? FindSecret(string key) => Find(key) is { } value ? new Secret(value) : null;

    /// <summary>The value of a key that must be there.</summary>
    internal string Demand(string key) => Find(key) ?? throw Missing(key);

    /// <summary>A key is not there; perhaps the whole Secret is not.</summary>
    internal JobFaultException Missing(string key)
    {
        var any = Directory.Exists(folder) && Directory.EnumerateFiles(folder).Any();
        return new JobFaultException(JobFault.SecretMissing, any
            ? $"Secret '{name}' has no key '{key}', or an empty one; add it."
            : $"Secret '{name}' does not exist in this namespace, or is empty; create it with the keys {wanted}.");
    }
}
