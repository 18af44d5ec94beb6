namespace ControlPlane.Storage;

/// <summary>Why there is no access token; the words are for owners and hold no secret.</summary>
internal sealed class GcsCredentialException(ObjectStoreFault fault, string message) : Exception(message)
{
    public ObjectStoreFault Fault { get; } = fault;
}
