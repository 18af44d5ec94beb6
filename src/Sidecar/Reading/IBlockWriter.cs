using System.Threading.Channels;

namespace ControlPlane.Sidecar.Reading;

/// <summary>Makes a stream of blocks in xbcloud's layouts.</summary>
internal interface IBlockWriter : IDisposable
{
    /// <summary>A stage of an <see cref="OrderedPipe"/>; gives each block back once what was made of it is written.</summary>
    Task RunAsync(ChannelReader<Task<Block>> blocks, ChannelWriter<Task<Outgoing>> outgoing, Action<Block> giveBack, CancellationToken cancellationToken);
}
