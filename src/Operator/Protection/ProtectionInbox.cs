using System.Threading.Channels;
using ControlPlane.Abstractions.Members;

namespace ControlPlane.Operator.Protection;

/// <summary>The members of which it was said that what is known of their protection changed, each once.</summary>
internal sealed class ProtectionInbox
{
    private readonly Lock gate = new();
    private readonly HashSet<MemberKey> members = [];
    private readonly Channel<bool> signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Add(MemberKey member)
    {
        lock (gate)
            members.Add(member);
        Poke();
    }

    /// <summary>Something else changed that has to do with it.</summary>
    public void Poke() => signal.Writer.TryWrite(true);

    /// <summary>Done once there is news.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await signal.Reader.ReadAsync(cancellationToken);

    /// <summary>Those that were added since.</summary>
    public IReadOnlyList<MemberKey> Take()
    {
        lock (gate)
        {
            MemberKey[] taken = [.. members];
            members.Clear();
            return taken;
        }
    }
}
