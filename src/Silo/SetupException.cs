namespace ControlPlane.Silo;

/// <summary>The silo cannot start as it was set up; the message says what has to be changed, and shows no secret.</summary>
internal sealed class SetupException(string message, Exception? innerException = null) : Exception(message, innerException);
