namespace ControlPlane.Operator.Watching;

/// <summary>Hears how the watch of one kind in one member stands: in order, from the watch itself, so it must be quick and not throw.</summary>
internal interface IWatchObserver
{
    /// <summary>A complete list was handed on; <paramref name="count"/> resources are known.</summary>
    void Listed(IResourceHandler handler, int count);

    /// <summary>The API server was heard from; <paramref name="count"/> resources are known.</summary>
    void Heard(IResourceHandler handler, int count);

    /// <summary>List or watch broke; it is tried again.</summary>
    void Broke(IResourceHandler handler, Exception trouble);
}
