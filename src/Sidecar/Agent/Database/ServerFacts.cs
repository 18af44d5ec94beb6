using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Agent.Database;

/// <summary>What the server says of itself.</summary>
internal sealed record ServerFacts
{
    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>Whether it is a MariaDB.</summary>
    public required bool IsMariaDb { get; init; }

    /// <summary>Its UUID, or MariaDB's <c>server_uid</c>; null where an older MariaDB has neither.</summary>
    public string? Uuid { get; init; }

    /// <summary>MySQL's <c>@@gtid_executed</c>; null for a MariaDB, which has nothing of the kind.</summary>
    public string? GtidExecuted { get; init; }

    /// <summary>Its role and lag.</summary>
    public required ReplicationState Replication { get; init; }
}

/// <summary>The database server beside the agent.</summary>
internal interface IServer
{
    /// <summary>Asks the server. Throws <see cref="ServerException"/> when it does not answer.</summary>
    Task<ServerFacts> AskAsync(CancellationToken cancellationToken);

    /// <summary>Starts the replica's SQL thread when it stands still.</summary>
    Task StartReplicationAsync(CancellationToken cancellationToken);

    /// <summary>The account for the tool. Throws <see cref="ServerException"/> when it is not there.</summary>
    Task<ServerAccount> AccountAsync(CancellationToken cancellationToken);
}

/// <summary>The account that the agent and the tool use.</summary>
/// <param name="User">Its name.</param>
/// <param name="Password">Its password.</param>
internal sealed record ServerAccount(string User, string Password)
{
    /// <summary>A mark instead of the password, should a record ever be printed.</summary>
    public override string ToString() => $"{User} (password not shown)";
}

/// <summary>The server or its account cannot be used now; the message is for people and holds no secret.</summary>
internal sealed class ServerException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the server is up, and refused the account.</summary>
    internal bool AccountRefused { get; init; }
}

/// <summary>What replication makes of an instance.</summary>
/// <param name="Role">Its role.</param>
/// <param name="LagSeconds">How far it is behind; null when it is no replica, or stands still.</param>
/// <param name="AppliesNow">Whether every channel's SQL thread runs.</param>
internal sealed record ReplicationState(InstanceRole Role, double? LagSeconds, bool AppliesNow)
{
    /// <summary>It follows nobody.</summary>
    internal static readonly ReplicationState FollowsNobody = new(InstanceRole.Primary, null, false);

    /// <summary>Whether it follows a source at all.</summary>
    internal bool IsReplica => Role is InstanceRole.Replica or InstanceRole.BrokenReplica;
}

/// <summary>One row of <c>SHOW ALL SLAVES STATUS</c> (MariaDB) or <c>SHOW REPLICA STATUS</c> (MySQL).</summary>
/// <param name="Receives">The I/O thread's word: <c>Yes</c>, <c>No</c>, <c>Connecting</c>, <c>Preparing</c>.</param>
/// <param name="Applies">The SQL thread's word.</param>
/// <param name="SecondsBehind">The lag; null while it is unknown.</param>
internal sealed record ReplicaChannel(string Receives, string Applies, long? SecondsBehind)
{
    /// <summary>What all the channels together make of the instance: it is as far behind as its slowest, as sound as its worst.</summary>
    internal static ReplicationState Read(IReadOnlyCollection<ReplicaChannel> channels)
    {
        if (channels.Count == 0)
            return ReplicationState.FollowsNobody;
        var applies = channels.All(channel => channel.Applies == "Yes");
        var lag = channels.Select(channel => channel.SecondsBehind).ToList();
        return applies && channels.All(channel => channel.Receives == "Yes") && !lag.Contains(null)
            ? new ReplicationState(InstanceRole.Replica, lag.Max(), applies)
            : new ReplicationState(InstanceRole.BrokenReplica, null, applies);
    }

    /// <summary>
    /// The same for a member of a replication group, where only the recovery of a joining member has a channel. A group does not tell
    /// its lag in seconds, so none is made up.
    /// </summary>
    internal static ReplicationState? ReadGroup(string? memberState, string? memberRole) => (memberState, memberRole) switch
    {
        (null, _) or ("OFFLINE", _) => null,
        ("ONLINE", "PRIMARY") => ReplicationState.FollowsNobody,
        ("ONLINE", _) => new ReplicationState(InstanceRole.Replica, null, true),
        _ => new ReplicationState(InstanceRole.BrokenReplica, null, false),
    };
}
