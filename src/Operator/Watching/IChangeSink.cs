using ControlPlane.Abstractions.Members;

namespace ControlPlane.Operator.Watching;

/// <summary>Takes what a watch found. Done when the change is in good hands: the watch goes on behind it.</summary>
internal interface IChangeSink
{
    Task AddAsync(ResourceChange change, CancellationToken cancellationToken);

    /// <summary>All of a complete list of a member was added, which began when its handler had a version.</summary>
    void Listed(MemberKey member, string version)
    {
    }
}
