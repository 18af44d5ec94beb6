using ControlPlane.Protocol;
using ControlPlane.Sidecar.Agent.Database;

namespace ControlPlane.Sidecar.Tests.Road;

/// <summary>A server that answers what it is told to, for roads whose tool is a stand-in too.</summary>
internal sealed class StandInServer : IServer
{
    public ServerFacts Facts { get; set; } = new()
    {
        Version = "10.11.19-MariaDB",
        IsMariaDb = true,
        Uuid = "server-1",
        Replication = ReplicationState.FollowsNobody,
    };

    public string? Trouble { get; set; }

    public int Restarts { get; private set; }

    public Task<ServerFacts> AskAsync(CancellationToken cancellationToken) =>
        Trouble is null ? Task.FromResult(Facts) : throw new ServerException(Trouble);

    public Task StartReplicationAsync(CancellationToken cancellationToken)
    {
        Restarts++;
        return Task.CompletedTask;
    }

    public Task<ServerAccount> AccountAsync(CancellationToken cancellationToken) => Task.FromResult(new ServerAccount("backup", TestRoad.Canary));

    internal void BecomeReplica() => Facts = Facts with { Replication = new ReplicationState(InstanceRole.Replica, 0, AppliesNow: true) };
}
