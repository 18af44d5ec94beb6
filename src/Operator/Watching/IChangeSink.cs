namespace ControlPlane.Operator.Watching;

/// <summary>Takes what a watch found. Done when the change is in good hands: the watch goes on behind it.</summary>
internal interface IChangeSink
{
    Task AddAsync(ResourceChange change, CancellationToken cancellationToken);
}
