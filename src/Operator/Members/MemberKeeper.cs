using System.Net;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Protection;
using ControlPlane.Operator.Resources;
using k8s;
using k8s.Autorest;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Operator.Members;

/// <summary>
/// Looks now and then how a member stands, and shows it. Runs beside the member's watches, in the one silo that has them, on its own calls: a member
/// whose calls all hang is looked at all the same.
/// </summary>
internal sealed partial class MemberKeeper(
    MemberConnections members, MemberClusters clusters, ApiCalls api, MemberReporter reporter, MemberMetrics metrics, ProtectionRegister register, TimeProvider time, ILogger<MemberKeeper> logger)
{
    private static readonly TimeSpan WhileWell = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WhileAway = TimeSpan.FromSeconds(10);

    // What is silent for shorter than this has a short trouble with its network, or starts anew.
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RightsEvery = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Looks until it is told to stop.</summary>
    public async Task RunAsync(MemberKey member, MemberContact contact, CancellationToken stop)
    {
        var eyes = new Eyes();
        while (!stop.IsCancellationRequested)
        {
            var pause = WhileAway;
            try
            {
                if (member.Name == MemberKey.Local)
                    await SpeakForTheUnusableAsync(stop);
                else if (clusters.Snapshot.Entries.TryGetValue(member.Name, out var entry))
                    pause = await KeepAsync(member, entry, contact, eyes, stop);
                else
                    metrics.Forget(member.Name);
            }
            catch (Exception trouble) when (!stop.IsCancellationRequested)
            {
                LogNotKept(trouble, member);
            }

            await Task.Delay(Shortest, time, stop);
            await contact.WaitAsync(pause - Shortest, stop);
        }
    }

    private async Task<TimeSpan> KeepAsync(MemberKey member, FleetEntry<MemberClusterSpec> entry, MemberContact contact, Eyes eyes, CancellationToken stop)
    {
        var look = await LookAsync(member, contact, eyes, stop);
        if (look.Connected)
            eyes.SilentSince = null;
        else
            eyes.SilentSince ??= time.GetUtcNow();
        if (look.Reason is Reasons.Unreachable && time.GetUtcNow() - eyes.SilentSince < Doubt)
            return Shortest + Shortest;
        var shown = look with { Since = eyes.SilentSince, Clusters = contact.Clusters, LastContact = contact.Last };
        if (register.See(member) is { Judged: not null } seen)
            shown = shown with { UnprotectedClusters = seen.ClustersWithout, UndescribedDatabases = seen.DatabasesWithout };
        metrics.Saw(member.Name, shown);
        if (eyes.Said != (look.Connected, look.Reason))
            LogStands(member, MemberStatuses.Describe(look));
        eyes.Said = (look.Connected, look.Reason);
        await reporter.ReportAsync(entry, shown, stop);
        return look.Connected ? WhileWell : WhileAway;
    }

    private async Task<MemberLook> LookAsync(MemberKey member, MemberContact contact, Eyes eyes, CancellationToken stop)
    {
        try
        {
            var connection = await members.ReadyAsync(member, stop, again: true);
            contact.Answered();
            if (eyes.Connection != connection || time.GetUtcNow() - eyes.Asked > RightsEvery)
            {
                eyes.Version = await VersionAsync(connection.Client, stop);
                eyes.Missing = await MemberRights.MissingAsync(ask => api.RunAsync(member, ask, stop));
                (eyes.Connection, eyes.Asked) = (connection, time.GetUtcNow());
            }

            return new()
            {
                Connected = true, Reason = Reasons.Connected, Message = "The API server answers.", ClusterId = connection.ClusterId, Version = eyes.Version, Missing = eyes.Missing,
            };
        }
        catch (MemberAwayException away)
        {
            return new() { Connected = false, Reason = away.Reason, Message = Capital(away.Why) };
        }
        catch (HttpOperationException refusal) when (refusal.Response.StatusCode == HttpStatusCode.Unauthorized)
        {
            return new() { Connected = false, Reason = Reasons.CredentialsRefused, Message = "Its API server does not take the credentials (401)." };
        }
        catch (Exception trouble) when (trouble is HttpOperationException or HttpRequestException or IOException or TimeoutException || (trouble is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return new() { Connected = false, Reason = Reasons.Unreachable, Message = Capital(MemberConnection.Sentence(trouble)) };
        }
    }

    private async Task<string> VersionAsync(Kubernetes client, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        return (await client.Version.GetCodeAsync(both.Token)).GitVersion;
    }

    // A name that no member can have has no grain that could say so.
    private async Task SpeakForTheUnusableAsync(CancellationToken stop)
    {
        foreach (var entry in clusters.Snapshot.Entries.Values.Where(entry => MemberReader.NameObjection(entry.Name) is not null))
            await reporter.ReportAsync(entry, new() { Connected = false, Reason = Reasons.Invalid, Message = string.Join(' ', entry.Faults) }, stop);
    }

    private static string Capital(string sentence) => sentence.Length == 0 ? sentence : char.ToUpperInvariant(sentence[0]) + sentence[1..];

    [LoggerMessage(2611, LogLevel.Warning, "How member {Member} stands could not be shown; it is tried again")]
    private partial void LogNotKept(Exception trouble, MemberKey member);

    [LoggerMessage(2612, LogLevel.Information, "Member {Member}: {Standing}")]
    private partial void LogStands(MemberKey member, string standing);

    /// <summary>What is remembered between two looks.</summary>
    private sealed class Eyes
    {
        public DateTimeOffset? SilentSince { get; set; }

        public MemberConnection? Connection { get; set; }

        public DateTimeOffset Asked { get; set; }

        public string? Version { get; set; }

        public IReadOnlyList<MemberRight>? Missing { get; set; }

        public (bool Connected, string Reason)? Said { get; set; }
    }
}
