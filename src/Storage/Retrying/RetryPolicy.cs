using Polly;
using Polly.Retry;

namespace ControlPlane.Storage;

/// <summary>How one request is tried again: a number of times, within a time, with delays that grow and scatter.</summary>
internal sealed class RetryPolicy
{
    private static readonly ResiliencePropertyKey<long> Started = new("ControlPlane.Storage.Started");

    private const int LongestTrySeconds = 60;

    private readonly ResiliencePipeline pipeline;
    private readonly RetrySettings settings;
    private readonly TimeProvider time;
    private readonly Action<StoreRetry>? retrying;

    public RetryPolicy(RetrySettings settings, TimeProvider time, Action<StoreRetry>? retrying)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Attempts, 1);
        this.settings = settings;
        this.time = time;
        this.retrying = retrying;
        pipeline = settings.Attempts == 1 ? ResiliencePipeline.Empty : Build();
    }

    /// <summary>How often a request is sent at most.</summary>
    public int Attempts => settings.Attempts;

    /// <summary>Whether another attempt may end differently.</summary>
    public static bool MayPass(ObjectStoreException trouble) =>
        trouble.Fault is ObjectStoreFault.Transient or ObjectStoreFault.Corrupted;

    /// <summary>Sends a request until it is answered, is refused for good, or attempts or time are used up.</summary>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> send, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        int attempts = 0;
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(Started, started);
        try
        {
            return await pipeline.ExecuteAsync(
                async inner =>
                {
                    attempts++;
                    long began = time.GetTimestamp();
                    try
                    {
                        return await send(inner.CancellationToken);
                    }
                    finally
                    {
                        // What a try took beyond what it counts for did not happen.
                        long excess = time.GetTimestamp() - began - (LongestTrySeconds * time.TimestampFrequency);
                        context.Properties.Set(Started, context.Properties.GetValue(Started, 0) + Math.Max(0, excess));
                    }
                },
                context);
        }
        catch (ObjectStoreException trouble) when (attempts > 1 && MayPass(trouble))
        {
            double seconds = time.GetElapsedTime(started).TotalSeconds;
            throw new ObjectStoreException(
                trouble.Fault, $"{trouble.Message} It was tried {attempts} times in {seconds:0.0} s.", trouble) { Code = trouble.Code, RetryAfter = trouble.RetryAfter };
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>The same for requests without an answer.</summary>
    public Task RunAsync(Func<CancellationToken, Task> send, CancellationToken cancellationToken) => RunAsync(
        async token =>
        {
            await send(token);
            return true;
        },
        cancellationToken);

    private ResiliencePipeline Build() => new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = settings.Attempts - 1,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = settings.FirstDelay,
            MaxDelay = settings.LongestDelay,

            // A store that says when is asked then, within reason; no answer here means the growing delay.
            DelayGenerator = arguments => ValueTask.FromResult(
                arguments.Outcome.Exception is ObjectStoreException { RetryAfter: { } wait } && wait > TimeSpan.Zero
                    ? wait < settings.LongestRetryAfter ? wait : settings.LongestRetryAfter
                    : (TimeSpan?)null),
            ShouldHandle = arguments => ValueTask.FromResult(
                arguments.Outcome.Exception is ObjectStoreException trouble
                && MayPass(trouble)
                && time.GetElapsedTime(arguments.Context.Properties.GetValue(Started, 0)) < settings.TotalTime),
            OnRetry = arguments =>
            {
                retrying?.Invoke(new StoreRetry(
                    arguments.AttemptNumber + 1, arguments.RetryDelay, (ObjectStoreException)arguments.Outcome.Exception!));
                return ValueTask.CompletedTask;
            },
        })
        .Build();
}
