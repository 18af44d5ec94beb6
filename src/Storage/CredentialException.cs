namespace ControlPlane.Storage;

/// <summary>Why what proves that a request may be made could not be had; the words are for owners and hold no secret.</summary>
internal sealed class CredentialException(ObjectStoreFault fault, string message) : Exception(message)
{
    public ObjectStoreFault Fault { get; } = fault;
}
