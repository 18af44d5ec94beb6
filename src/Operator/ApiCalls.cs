using System.Net;
using k8s.Autorest;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace ControlPlane.Operator;

/// <summary>
/// Every call to an API server but the watches goes through here: a bounded number at a time, none longer than its limit, and a few more
/// tries for what may pass. So whatever is done in here must bear being done twice. What a refusal says is the API server's own sentence.
/// </summary>
internal sealed class ApiCalls : IDisposable
{
    private const int FurtherTries = 3;

    private readonly SemaphoreSlim places;
    private readonly ResiliencePipeline pipeline;

    public ApiCalls(IOptions<OperatorOptions> options, TimeProvider time)
    {
        places = new(options.Value.MaximumApiCalls);
        pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = outcome => ValueTask.FromResult(MayPass(outcome.Outcome.Exception)),
                MaxRetryAttempts = FurtherTries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(200),
            })
            .AddTimeout(options.Value.ApiTimeLimit)
            .Build();
    }

    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        await places.WaitAsync(cancellationToken);
        try
        {
            return await pipeline.ExecuteAsync(async token => await call(token), cancellationToken);
        }
        catch (HttpOperationException refusal)
        {
            // The client's own message holds the whole answer; this one may end in a status.
            throw new HttpOperationException(refusal.Sentence(), refusal) { Request = refusal.Request, Response = refusal.Response, Body = refusal.Body };
        }
        finally
        {
            places.Release();
        }
    }

    public void Dispose() => places.Dispose();

    /// <summary>Whether the same call may succeed a little later.</summary>
    internal static bool MayPass(Exception? trouble) => trouble switch
    {
        HttpOperationException { Response.StatusCode: var code } =>
            code is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError,
        HttpRequestException or IOException or TimeoutRejectedException => true,
        _ => false,
    };
}
