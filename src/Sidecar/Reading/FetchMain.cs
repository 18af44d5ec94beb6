using System.Globalization;
using System.Text;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Reading;

/// <summary>The verb for people: writes a backup's stream, or says what is there. Its exit code is 0 for what is complete, and for nothing else.</summary>
/// <param name="output">Where the stream goes.</param>
/// <param name="messages">Where people look.</param>
/// <param name="time">The clock of the delays between attempts.</param>
internal sealed class FetchMain(Stream output, TextWriter messages, TimeProvider time)
{
    private const int Done = 0;
    private const int Failed = 1;

    /// <summary>Opens the store of a request.</summary>
    internal Func<FetchRequest, IObjectStore>? OpenStore { get; init; }

    /// <summary>The memory that may be used.</summary>
    internal ReadBudget Budget { get; init; } = ReadBudget.Standard;

    /// <summary>Does it.</summary>
    internal async Task<int> RunAsync(string path, bool lists, CancellationToken cancellationToken)
    {
        try
        {
            var request = await FetchRequest.ReadAsync(path, cancellationToken);
            var store = OpenStore?.Invoke(request) ?? request.OpenStore(time, retry => messages.WriteLine($"A request failed and is made again: {retry.Trouble.Message}"));
            using var source = await request.OpenAsync(store, Budget, cancellationToken);
            foreach (var stranger in source.Contents.Strangers.First)
                await messages.WriteLineAsync($"Passed over: {stranger} in {source.Contents.Place} is no part of the backup.");
            if (lists)
                await output.WriteAsync(Encoding.UTF8.GetBytes(Describe(source.Contents)), cancellationToken);
            else
                await source.WriteToAsync(new Watched(output), cancellationToken);
            await output.FlushAsync(cancellationToken);
            return Done;
        }
        catch (Exception trouble)
        {
            var (fault, message) = Read(trouble);
            await messages.WriteLineAsync($"{fault}: {message}");
            if (!lists)
                await messages.WriteLineAsync("The stream on standard output is not complete: throw away what was made of it.");
            return Failed;
        }
    }

    /// <summary>What is there, for people.</summary>
    internal static string Describe(BackupContents contents)
    {
        var text = new StringBuilder();
        Line("place", contents.Place);
        Line("layout", contents.Layout switch
        {
            BackupLayout.Segments => "segments and a manifest",
            BackupLayout.Chunks => "xbcloud, an object for each chunk",
            _ => "xbcloud, an object for each file",
        });
        Line("engine", contents.Engine?.ToString() ?? "not known");
        Line("tool", contents.Positions?.ToolVersion ?? "not known");
        Line("server", contents.Positions?.ServerVersion ?? "not known");
        Line("gtid", contents.Positions?.GtidExecuted ?? "not known");
        Line("sealed", contents.EncryptionKeyId is { } id ? $"with the key '{id}'" : "no");
        Line("stream", string.Create(CultureInfo.InvariantCulture, $"{contents.StreamBytes} bytes"));
        Line("stored", string.Create(CultureInfo.InvariantCulture, $"{contents.StoredBytes} bytes in {contents.Objects} objects"));
        Line("strangers", contents.Strangers.Count == 0 ? "none" : contents.Strangers.Join(", "));
        foreach (var part in contents.Parts)
            text.Append(CultureInfo.InvariantCulture, $"{part.StoredBytes,16}  {part.Name}\n");
        return text.ToString();

        void Line(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name + ":",-11} {value}\n");
    }

    private static (JobFault Fault, string Message) Read(Exception trouble) => trouble switch
    {
        OperationCanceledException => (JobFault.Cancelled, "It was told to stop."),
        Watched.Closed closed => (JobFault.StreamBroken, $"The reader of standard output went away: {closed.Message}"),
        _ => JobFaultException.Read(trouble),
    };

    /// <summary>Tells trouble of the target from trouble of the store.</summary>
    private sealed class Watched(Stream target) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                await target.WriteAsync(buffer, cancellationToken);
            }
            catch (IOException trouble)
            {
                throw new Closed(trouble);
            }
        }

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        internal sealed class Closed(IOException trouble) : Exception(trouble.Message, trouble);
    }
}
