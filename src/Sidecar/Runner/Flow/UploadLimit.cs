namespace ControlPlane.Sidecar.Runner.Flow;

/// <summary>
/// How many bytes a second a Job sends, over all its connections together; it may be changed at any time, also for those who wait. Whoever
/// asks is granted a block, first come first served, so that every connection moves every few seconds however low the limit is. Not built
/// on System.Threading.RateLimiting: its token bucket can neither be changed while somebody waits nor be handed a clock.
/// </summary>
internal sealed class UploadLimit : IDisposable
{
    // Small enough for many connections to take turns within a second, large enough for blocks to cost nothing.
    private const int SmallestBlock = 4 * 1024;
    private const int LargestBlock = 512 * 1024;
    private const int BlocksPerSecond = 32;

    // What fractions of seconds lose in the sum; it is taken off the next block.
    private const double RoundingBytes = 0.5;

    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private readonly Lock gate = new();
    private readonly LinkedList<Waiter> waiting = [];
    private readonly TimeProvider time;
    private readonly ITimer timer;
    private long rate;
    private double allowance;
    private long reckoned;

    internal UploadLimit(TimeProvider time, long? bytesPerSecond = null)
    {
        this.time = time;
        reckoned = time.GetTimestamp();
        timer = time.CreateTimer(_ => Serve(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        BytesPerSecond = bytesPerSecond;
    }

    /// <summary>The limit; null for none.</summary>
    internal long? BytesPerSecond
    {
        get => Interlocked.Read(ref rate) is > 0 and var limit ? limit : null;
        set
        {
            if (value is { } asked)
                ArgumentOutOfRangeException.ThrowIfLessThan(asked, 1);
            lock (gate)
            {
                // What was saved up counts on, as far as the new limit lets anybody save; nothing was saved up while there was none.
                Reckon();
                allowance = rate > 0 ? allowance : 0;
                Interlocked.Exchange(ref rate, value ?? 0);
                ServeLocked();
            }
        }
    }

    /// <summary>The limit, where somebody waits because of it; else null.</summary>
    internal long? HoldsBack
    {
        get
        {
            lock (gate)
                return waiting.Count > 0 ? BytesPerSecond : null;
        }
    }

    /// <summary>Waits for a turn, and says how many of the wanted bytes may be sent now: all of them where there is no limit, else a block at most.</summary>
    internal ValueTask<int> TakeAsync(int wanted, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(wanted, 1);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellationToken);
        return Interlocked.Read(ref rate) == 0 ? new(wanted) : TakeTurnAsync(wanted, cancellationToken);
    }

    /// <summary>Lets everybody go who still waits.</summary>
    public void Dispose()
    {
        BytesPerSecond = null;
        timer.Dispose();
    }

    private ValueTask<int> TakeTurnAsync(int wanted, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(wanted);
        waiter.Giving = cancellationToken.UnsafeRegister(_ => GiveUp(waiter, cancellationToken), null);
        lock (gate)
        {
            if (!waiter.Granted.Task.IsCompleted)
            {
                waiting.AddLast(waiter.Place);
                ServeLocked();
            }
        }

        return new(waiter.Granted.Task);
    }

    private void GiveUp(Waiter waiter, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (!waiter.Granted.TrySetCanceled(cancellationToken) || waiter.Place.List is null)
                return;
            waiting.Remove(waiter.Place);
            ServeLocked();
        }
    }

    private void Serve()
    {
        lock (gate)
            ServeLocked();
    }

    private void ServeLocked()
    {
        Reckon();
        while (waiting.First?.Value is { } first)
        {
            var block = Math.Min(first.Wanted, BlockBytes());
            if (rate > 0 && allowance + RoundingBytes < block)
            {
                // Never short of the instant, or the timer would ring again and again until it comes.
                var wait = TimeSpan.FromMilliseconds(Math.Ceiling((block - allowance) / rate * 1000));
                timer.Change(wait > ShortestWait ? wait : ShortestWait, Timeout.InfiniteTimeSpan);
                return;
            }

            allowance -= rate > 0 ? block : 0;
            waiting.RemoveFirst();
            first.Giving.Unregister();
            first.Granted.TrySetResult(block);
        }

        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    // A second's worth at most is saved up; a block always, or a low limit would never grant one.
    private void Reckon()
    {
        var now = time.GetTimestamp();
        allowance = Math.Min(allowance + (time.GetElapsedTime(reckoned, now).TotalSeconds * rate), Math.Max(rate, BlockBytes()));
        reckoned = now;
    }

    private int BlockBytes() => rate == 0 ? int.MaxValue : (int)Math.Clamp(rate / BlocksPerSecond, SmallestBlock, LargestBlock);

    private sealed class Waiter
    {
        internal Waiter(int wanted)
        {
            Wanted = wanted;
            Place = new(this);
        }

        internal int Wanted { get; }

        internal LinkedListNode<Waiter> Place { get; }

        internal CancellationTokenRegistration Giving { get; set; }

        internal TaskCompletionSource<int> Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
