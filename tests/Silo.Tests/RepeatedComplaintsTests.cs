using System.Collections.Concurrent;
using ControlPlane.Silo.Logs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace ControlPlane.Silo.Tests;

/// <summary>What is written of complaints that come again and again.</summary>
public sealed class RepeatedComplaintsTests : IDisposable
{
    private const string Library = "Orleans.Runtime.ReminderService.LocalReminderService";

    private readonly RepeatedComplaints complaints = new();
    private readonly Written written = new();
    private readonly ServiceProvider services;

    public RepeatedComplaintsTests() =>
        services = new ServiceCollection().AddLogging(logging => logging.AddSampler(complaints).AddProvider(written)).BuildServiceProvider();

    [Fact]
    public void Log_OneComplaintOfALibraryManyTimes_IsWrittenSomeTimesAndCounted()
    {
        Say(Library, LogLevel.Error, 7, times: 100);
        Say(Library, LogLevel.Warning, 8, times: 2);

        Assert.Equal(RepeatedComplaints.Most + 2, written.Lines.Count);
        Assert.Equal((new Complaint(Library, 7), 100 - RepeatedComplaints.Most), Assert.Single(complaints.Count()));
    }

    [Fact]
    public void Log_AfterACount_IsWrittenAgain()
    {
        Say(Library, LogLevel.Error, 7, times: 100);
        complaints.Count();

        Say(Library, LogLevel.Error, 7, times: 1);

        Assert.Equal(RepeatedComplaints.Most + 1, written.Lines.Count);
        Assert.Empty(complaints.Count());
    }

    [Theory]
    [InlineData("ControlPlane.Grains.Clusters.ClusterGrain", LogLevel.Error)]
    [InlineData("Microsoft.Hosting.Lifetime", LogLevel.Information)]
    public void Log_WhatIsNoComplaintOfALibrary_IsAllWritten(string category, LogLevel level)
    {
        Say(category, level, 7, times: 100);

        Assert.Equal(100, written.Lines.Count);
    }

    [Fact]
    public async Task Count_EveryMinute_IsWritten()
    {
        var time = new FakeTimeProvider();
        using var counter = new ComplaintCounter(complaints, time, services.GetRequiredService<ILogger<ComplaintCounter>>());
        Say(Library, LogLevel.Error, 7, times: 100);
        await counter.StartAsync(CancellationToken.None);

        await Fixtures.RunningSilo.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromMinutes(1));
            return written.Lines.Contains($"{Library} said event 7 {100 - RepeatedComplaints.Most} times more within 00:01:00 than is written here");
        });
        await counter.StopAsync(CancellationToken.None);
    }

    public void Dispose() => services.Dispose();

    private void Say(string category, LogLevel level, int id, int times)
    {
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(category);
        for (var time = 0; time < times; time++)
            logger.Log(level, new EventId(id), "Failed to read rows from table.", exception: null, (state, _) => state);
    }

    private sealed class Written : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue(formatter(state, exception));

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Dispose()
        {
        }
    }
}
