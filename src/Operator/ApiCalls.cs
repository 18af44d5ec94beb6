using System.Collections.Concurrent;
using System.Net;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Members;
using k8s;
using k8s.Autorest;
using Microsoft.Extensions.Options;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace ControlPlane.Operator;

/// <summary>
/// Every call to an API server but the watches goes through here: a bounded number at a time for each member, none longer than its limit, and a few
/// more tries for what may pass. So whatever is done in here must bear being done twice. A member that does not answer is not asked for a few
/// seconds: what waits for it ends at once, and no other member notices. What a refusal says is the API server's own sentence.
/// </summary>
internal sealed class ApiCalls(MemberConnections members, IOptions<OperatorOptions> options, TimeProvider time) : IDisposable
{
    private const int FurtherTries = 3;

    private readonly ConcurrentDictionary<MemberKey, Lane> lanes = new();

    public async Task<T> RunAsync<T>(MemberKey member, Func<Kubernetes, CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        // Whoever is not to be had needs no lane, and never had one.
        members.For(member);
        var lane = LaneOf(member);
        await lane.Places.WaitAsync(cancellationToken);
        try
        {
            return await lane.Pipeline.ExecuteAsync(
                async token => await call((await members.ReadyAsync(member, token)).Client, token), cancellationToken);
        }
        catch (HttpOperationException refusal)
        {
            // The client's own message holds the whole answer; this one may end in a status.
            throw new HttpOperationException(refusal.Sentence(), refusal) { Request = refusal.Request, Response = refusal.Response, Body = refusal.Body };
        }
        catch (BrokenCircuitException trouble)
        {
            throw new MemberAwayException(member.Name, Reasons.Unreachable, "its API server did not answer lately; it is asked again within seconds.", trouble);
        }
        finally
        {
            lane.Places.Release();
        }
    }

    /// <summary>Forgets the members that are no more.</summary>
    public void Keep(IReadOnlySet<MemberKey> present)
    {
        // A semaphore that somebody still waits for is left to the collector.
        foreach (var member in lanes.Keys.Where(member => !present.Contains(member)))
            lanes.TryRemove(member, out _);
    }

    public void Dispose()
    {
        foreach (var lane in lanes.Values)
            lane.Places.Dispose();
    }

    /// <summary>Whether the same call may succeed a little later.</summary>
    internal static bool MayPass(Exception? trouble) => trouble switch
    {
        HttpOperationException { Response.StatusCode: var code } =>
            code is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError,
        HttpRequestException or IOException or TimeoutRejectedException => true,
        _ => false,
    };

    // That it answers, with whatever answer, is what counts here.
    private static bool IsSilent(Exception? trouble) => trouble is HttpRequestException or IOException or TimeoutRejectedException or MemberAwayException { Reason: Reasons.Unreachable };

    private Lane LaneOf(MemberKey member)
    {
        var most = members.CallsOf(member) ?? options.Value.MaximumApiCalls;
        return lanes.TryGetValue(member, out var lane) && lane.Most == most ? lane : lanes.AddOrUpdate(member, _ => MakeLane(most), (_, other) => other.Most == most ? other : MakeLane(most));
    }

    private Lane MakeLane(int most)
    {
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = outcome => ValueTask.FromResult(MayPass(outcome.Outcome.Exception)),
                MaxRetryAttempts = FurtherTries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(200),
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = outcome => ValueTask.FromResult(IsSilent(outcome.Outcome.Exception)),
                FailureRatio = 0.9,
                MinimumThroughput = 8,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = TimeSpan.FromSeconds(5),
            })
            .AddTimeout(options.Value.ApiTimeLimit)
            .Build();
        return new(most, new(most), pipeline);
    }

    private sealed record Lane(int Most, SemaphoreSlim Places, ResiliencePipeline Pipeline);
}
