using ControlPlane.Abstractions.Backups;
using ControlPlane.Grains.Backups;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Backups;

/// <summary>What a drill tells a backup of itself.</summary>
public sealed class ProvingTests
{
    // What a drill saw counts until a later one sees otherwise, and is never taken for a namesake's.
    [Fact]
    public void Prove_AGoodBackup_KeepsTheLastWordAndSaysIt()
    {
        var life = Life.Succeeded();
        var proof = new BackupProof { Uid = Samples.Uid, Drill = "weekly", Time = life.Now.AddHours(1), Passed = false, Reason = nameof(JobFault.ManifestMismatch), Message = "The object x is not what was stored." };
        var proven = Hear(life.State, proof);

        Assert.Equal((false, nameof(JobFault.ManifestMismatch)), proven.Conditions.Single(condition => condition.Type == "Verified") is var condition ? (condition.Status, condition.Reason) : default);
        Assert.Contains(proven.EventsOwed, told => told is { Action: "Verify", Warning: true });
        Assert.Equal((BackupPhase.Succeeded, proof), (proven.Phase, BackupStatusBuilder.Build(proven)!.Verified));
        Assert.Same(proven, Hear(proven, proof with { Passed = true, Time = proof.Time.AddMinutes(-1) }));
        Assert.Same(proven, Hear(proven, proof with { Uid = "another", Time = proof.Time.AddMinutes(1) }));
        Assert.True(Hear(proven, proof with { Passed = true, Time = proof.Time.AddMinutes(1) }).Proof!.Passed);
        Assert.Null(Hear(Life.Asking().State, proof).Proof);

        static BackupState Hear(BackupState state, BackupProof proof) => BackupMachine.Next(Samples.Key, state, new BackupEvent.Proven(proof), proof.Time);
    }
}
