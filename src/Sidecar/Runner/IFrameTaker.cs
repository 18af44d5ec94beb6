namespace ControlPlane.Sidecar.Runner;

/// <summary>Takes an xbstream apart: what its frames hold, as <see cref="XbStreamCheck"/> comes by it.</summary>
internal interface IFrameTaker
{
    /// <summary>Bytes of a file; the ranges of one file follow one another, with holes between them.</summary>
    void Write(string path, long offset, ReadOnlySpan<byte> bytes);

    /// <summary>A file is whole; what is missing up to its length is a hole.</summary>
    void End(string path, long length);
}
