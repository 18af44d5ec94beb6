using System.Collections.Concurrent;
using System.Reflection;
using Orleans.Storage;

namespace ControlPlane.Grains;

/// <summary>
/// Reads stored state, unless a newer release wrote it in a form that this one does not know: then the grain does not come up here, and what
/// is stored stays as it is. So in a rolling upgrade an old silo cannot write over what it only half understood. Each state says its form in
/// <c>SchemaVersion</c>, and its type the newest that it knows in <c>CurrentSchema</c>.
/// </summary>
internal sealed class VersionedSerializer(IGrainStorageSerializer json) : IGrainStorageSerializer
{
    private static readonly ConcurrentDictionary<Type, int> Known = new();

    public BinaryData Serialize<T>(T? input) => json.Serialize(input);

    public T? Deserialize<T>(BinaryData input)
    {
        // Read apart and first: of a newer form the rest may not be readable at all.
        var (found, known) = (input.ToObjectFromJson<Head>()?.SchemaVersion ?? 0, Known.GetOrAdd(typeof(T), Current));
        return found <= known
            ? json.Deserialize<T>(input)
            : throw new NewerStateException($"{typeof(T).Name} was stored by a newer release in form {found}; this one knows {known} and leaves it alone. It is read again once this silo is upgraded too.");
    }

    private static int Current(Type state) => (int?)state.GetField("CurrentSchema", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue()
        ?? throw new InvalidOperationException($"{state.Name} does not say the form that it writes: it needs a constant CurrentSchema.");

    private sealed record Head
    {
        public int SchemaVersion { get; init; }
    }
}

/// <summary>What is stored is of a newer release.</summary>
internal sealed class NewerStateException(string message) : Exception(message);
