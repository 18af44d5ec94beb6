using Azure.Core;
using Azure.Core.Pipeline;

namespace ControlPlane.Storage;

/// <summary>
/// Takes the SDK's reader of bodies its own retries: it would begin again at what it takes for a broken connection, several times, unseen
/// and without delay. What breaks off is shown to it as something that it does not know, and so reaches whoever reads.
/// </summary>
internal sealed class AzureBodyPolicy : HttpPipelinePolicy
{
    private const int Ok = 200;
    private const int Partial = 206;

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        await ProcessNextAsync(message, pipeline);
        if (message is { BufferResponse: false, HasResponse: true, Response: { Status: Ok or Partial, ContentStream: { CanSeek: false } body } })
        {
            message.Response.ContentStream = new Body(body);
        }
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        throw new NotSupportedException("Stores are asked asynchronously.");

    private sealed class Body(Stream body) : ReadStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return await body.ReadAsync(buffer, cancellationToken);
            }
            catch (Exception trouble) when (trouble is IOException or HttpRequestException)
            {
                throw new AzureBodyException(trouble);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                body.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}

/// <summary>An answer's body broke off.</summary>
internal sealed class AzureBodyException(Exception inner) : Exception(inner.Message, inner);
