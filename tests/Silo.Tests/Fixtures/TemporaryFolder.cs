namespace ControlPlane.Silo.Tests.Fixtures;

/// <summary>A folder of a test's own, gone after it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("silo-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
