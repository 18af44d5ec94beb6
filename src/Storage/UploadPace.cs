namespace ControlPlane.Storage;

/// <summary>
/// Says when the next bytes of a body may be sent. It is asked before each block, by all connections of a store side by side.
/// </summary>
/// <param name="wanted">How many bytes could be sent now, at least 1.</param>
/// <param name="cancellationToken">Gives the wait up.</param>
/// <returns>How many of them may be sent, from 1 to <paramref name="wanted"/>; at once where there is no limit.</returns>
public delegate ValueTask<int> UploadPace(int wanted, CancellationToken cancellationToken);
