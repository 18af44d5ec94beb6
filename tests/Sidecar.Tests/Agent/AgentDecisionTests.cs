using ControlPlane.Protocol;
using ControlPlane.Sidecar.Agent;
using ControlPlane.Sidecar.Agent.Database;
using ControlPlane.Sidecar.Agent.Tool;

namespace ControlPlane.Sidecar.Tests.Agent;

public sealed class AgentDecisionTests
{
    public static TheoryData<int?, bool, bool, string[], string> Ends => new()
    {
        { 1, false, false, ["mariabackup: Error writing file (OS errno 28 - No space left on device)"], "no space left" },
        { 1, false, false, ["Failed to connect: Access denied for user"], "privilege" },
        { 0, false, true, ["copying a.ibd"], "without saying that it completed" },
        { 0, true, false, ["completed OK!"], "checkpoints" },
        { null, false, false, [], "signal" },
        { 3, true, true, ["completed OK!"], "exit code 3" },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public void Of_AnEndThatIsNoBackup_SaysWhy(int? exitCode, bool completed, bool positions, string[] tail, string word)
    {
        var verdict = ToolVerdict.Of("mariadb-backup", exitCode, completed, positions, tail);

        Assert.Equal(JobFault.ToolFailed, verdict.Fault);
        Assert.Contains(word, verdict.Message, StringComparison.OrdinalIgnoreCase);
        Assert.True(verdict.Message.Length < 1500);
    }

    [Fact]
    public void Of_ALogWithHugeLines_StaysShort() =>
        Assert.True(ToolVerdict.Of("xtrabackup", 1, false, false, [new string('x', 2000), new string('y', 2000)]).Message.Length < 1500);

    [Fact]
    public void Of_AGoodEnd_HasNoFault() =>
        Assert.Null(ToolVerdict.Of("mariadb-backup", 0, true, true, ["completed OK!"]).Fault);

    [Fact]
    public void Read_WithoutChannels_IsAPrimary() =>
        Assert.Equal(InstanceRole.Primary, ReplicaChannel.Read([]).Role);

    [Theory]
    [InlineData("Yes", "Yes", 7L, InstanceRole.Replica, 7.0)]
    [InlineData("Yes", "No", null, InstanceRole.BrokenReplica, null)]
    [InlineData("Connecting", "Yes", null, InstanceRole.BrokenReplica, null)]
    [InlineData("Yes", "Yes", null, InstanceRole.BrokenReplica, null)]
    public void Read_OfOneChannel_GoesByBothThreads(string receives, string applies, long? behind, InstanceRole role, double? lag)
    {
        var state = ReplicaChannel.Read([new ReplicaChannel(receives, applies, behind)]);

        Assert.Equal((role, lag), (state.Role, state.LagSeconds));
    }

    [Fact]
    public void Read_OfSeveralChannels_IsAsSlowAsTheSlowestAndAsBrokenAsTheWorst()
    {
        Assert.Equal(9, ReplicaChannel.Read([new("Yes", "Yes", 1), new("Yes", "Yes", 9)]).LagSeconds);
        Assert.Equal(InstanceRole.BrokenReplica, ReplicaChannel.Read([new("Yes", "Yes", 1), new("No", "Yes", null)]).Role);
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("OFFLINE", "", null)]
    [InlineData("ONLINE", "PRIMARY", InstanceRole.Primary)]
    [InlineData("ONLINE", "SECONDARY", InstanceRole.Replica)]
    [InlineData("RECOVERING", "SECONDARY", InstanceRole.BrokenReplica)]
    public void ReadGroup_OfAMember_GoesByItsState(string? state, string? role, InstanceRole? expected) =>
        Assert.Equal(expected, ReplicaChannel.ReadGroup(state, role)?.Role);

    [Theory]
    [InlineData("shop/orders.ibd", true)]
    [InlineData("ibdata1", true)]
    [InlineData("undo001", true)]
    [InlineData("aria_log.00000001", false)]
    [InlineData("bin.000001", false)]
    [InlineData("bin.index", false)]
    [InlineData("ib_logfile0", false)]
    [InlineData("#innodb_redo/#ib_redo7", false)]
    [InlineData("#innodb_temp/temp_1.ibt", false)]
    [InlineData("ibtmp1", false)]
    [InlineData(".controlplane-restore/u1/previous/ibdata1", false)]
    public void Counts_OfAFile_LeavesLogsOut(string file, bool expected) =>
        Assert.Equal(expected, DataSize.Counts(file));

    [Fact]
    public void From_AnEmptyEnvironment_NamesAllThatIsMissing()
    {
        AgentSettings.From(_ => null, out var faults);

        Assert.Equal(3, faults.Count);
    }

    [Fact]
    public void From_AFullEnvironment_TakesIt()
    {
        var settings = AgentSettings.From(
            name => name switch { AgentFiles.PortVariable => "3307", AgentFiles.ScratchVariable => "", _ => name }, out var faults);

        Assert.Collection(
            faults,
            address => Assert.Contains(AgentFiles.ListenAddressVariable, address, StringComparison.Ordinal),
            port => Assert.Contains(AgentFiles.ListenPortVariable, port, StringComparison.Ordinal));
        Assert.Equal((3307, AgentFiles.Scratch, AgentFiles.ClusterVariable), (settings.Port, settings.Scratch, settings.Cluster));
    }
}
