using ControlPlane.Protocol;
using ControlPlane.Sidecar.Restoring;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Tests.Database;

namespace ControlPlane.Sidecar.Tests.Restoring;

/// <summary>The process ends at every change of the volume, forward and back; then it is asked again, or asked to turn back.</summary>
public sealed class VolumeJournalTests
{
    public static TheoryData<PreviousData, string> Ways => new()
    {
        { PreviousData.Keep, "" }, { PreviousData.Keep, "data/mysql" }, { PreviousData.DropAfterwards, "" }, { PreviousData.DeleteFirst, "" }, { PreviousData.DeleteFirst, "data" },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RestoreAsync_KilledAtEachChangeAndAskedAgain_Restores(PreviousData previous, string dataDirectory)
    {
        for (var (at, ended) = (0, false); !ended; at++)
        {
            using var volume = new TestVolume(previous, dataDirectory);
            ended = await volume.LivesAsync(at, volume.RestoreAsync);

            var state = await volume.RestoreAsync();

            Assert.Equal((VolumeHolds.Restored, 7L, previous != PreviousData.Keep), (state.Holds, state.Positions?.LsnTo, state.PreviousGone));
            Assert.Equal(TestVolume.Restored, volume.Tree());
            Assert.Equal(previous == PreviousData.Keep, Directory.Exists(volume.Place.Previous));
            Assert.True(ended || at < 60, "There is no end to it.");
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Undo_OfARestoreKilledAtEachChange_PutsBackOrSaysThatItCannot(PreviousData previous, string dataDirectory)
    {
        var (lost, whole) = (0, 0);
        for (var (at, ended) = (0, false); !ended; at++)
        {
            using var volume = new TestVolume(previous, dataDirectory);
            ended = await volume.LivesAsync(at, volume.RestoreAsync);
            var holds = volume.Journal().Find()?.Holds;
            try
            {
                volume.Journal().Undo();
                whole++;
                Assert.Equal(volume.Before, volume.Tree());
                Assert.False(volume.HasRemains);
            }
            catch (JobFaultException trouble)
            {
                lost++;
                Assert.Equal(JobFault.PreviousMissing, trouble.Fault);
                if (holds == VolumeHolds.Restored)
                    Assert.Equal(TestVolume.Restored, volume.Tree());
            }
        }

        Assert.True(whole >= 2, $"{whole} were put back");
        Assert.Equal(previous == PreviousData.Keep, lost == 0);
    }

    // The steps of docs/restore.md as they stand there.
    [Fact]
    public async Task PutBack_ByHandAfterARestoreKilledAtEachChange_PutsBack()
    {
        for (var (at, ended) = (0, false); !ended; at++)
        {
            using var volume = new TestVolume();
            ended = await volume.LivesAsync(at, volume.RestoreAsync);
            if (volume.Journal().Find() is not null)
                await Recipe.PutBackAsync(volume.Place.Root, volume.Place.Data);

            Assert.Equal(volume.Before, volume.Tree());
        }
    }

    [Fact]
    public async Task Undo_KilledAtEachChangeAndAskedAgain_PutsBack()
    {
        for (var (at, ended) = (0, false); !ended; at++)
        {
            using var volume = new TestVolume();
            await volume.RestoreAsync();
            volume.Serve();
            ended = await volume.LivesAsync(at, () => Task.FromResult(volume.Journal().Undo()));
            if (volume.Journal().Find() is { Step: VolumeStep.Clearing or VolumeStep.MovingBack })
                Assert.Equal(JobFault.VolumeTaken, (await Assert.ThrowsAsync<JobFaultException>(volume.RestoreAsync)).Fault);

            volume.Journal().Undo();

            Assert.Equal(volume.Before, volume.Tree());
            Assert.False(volume.HasRemains);
        }
    }

    [Fact]
    public async Task Confirm_KilledAtEachChangeAndAskedAgain_LeavesTheRestoredDataAndNothingElse()
    {
        for (var (at, ended) = (0, false); !ended; at++)
        {
            using var volume = new TestVolume();
            await volume.RestoreAsync();
            ended = await volume.LivesAsync(at, () => Task.FromResult(volume.Journal().Confirm()));

            volume.Journal().Confirm();

            Assert.Equal(TestVolume.Restored, volume.Tree());
            Assert.False(volume.HasRemains);
        }
    }

    [Fact]
    public async Task EmptyAsync_ThenUndo_PutsBack()
    {
        using var volume = new TestVolume();

        Assert.Equal(VolumeHolds.Nothing, (await volume.EmptyAsync()).Holds);
        Assert.Empty(volume.Tree());
        Assert.Equal(VolumeHolds.Previous, volume.Journal().Undo()?.Holds);
        Assert.Equal(volume.Before, volume.Tree());
    }

    [Fact]
    public async Task Confirm_OfWhatIsNotDone_IsRefusedAndChangesNothing()
    {
        using var volume = new TestVolume();
        await volume.LivesAsync(8, volume.RestoreAsync);
        var changes = volume.Changes;

        Assert.Equal(JobFault.InvalidRequest, Assert.Throws<JobFaultException>(() => volume.Journal().Confirm()).Fault);
        Assert.Equal(changes, volume.Changes);
    }

    [Fact]
    public async Task Find_WithoutItsJournalButWithPreviousData_RefusesEverything()
    {
        using var volume = new TestVolume();
        await volume.RestoreAsync();
        File.Delete(volume.Place.State);

        Assert.Equal(JobFault.VolumeTaken, Assert.Throws<JobFaultException>(() => volume.Journal().Undo()).Fault);
        Assert.Equal(JobFault.VolumeTaken, Assert.Throws<JobFaultException>(() => volume.Journal().Confirm()).Fault);
        Assert.Equal(JobFault.VolumeTaken, (await Assert.ThrowsAsync<JobFaultException>(volume.RestoreAsync)).Fault);
        Assert.NotEmpty(Directory.GetFileSystemEntries(volume.Place.Previous));
    }

    [Fact]
    public async Task RestoreAsync_WhereAServerWroteInBetween_OverwritesNothing()
    {
        using var volume = new TestVolume();
        await volume.LivesUntilAsync($"note {VolumeStep.MovingIn}", volume.RestoreAsync);
        File.WriteAllText(Path.Combine(volume.Place.Data, "ibdata1"), "a server's");

        Assert.Equal(JobFault.VolumeBusy, (await Assert.ThrowsAsync<JobFaultException>(volume.RestoreAsync)).Fault);
        Assert.Equal("a server's", File.ReadAllText(Path.Combine(volume.Place.Data, "ibdata1")));
        volume.Journal().Undo();
        Assert.Equal(volume.Before, volume.Tree());
    }

    // Whatever is asked, in whatever order and however often the process ends: what was there is put back or stays kept, until somebody confirms.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task AnyHistory_UntilItIsConfirmed_LosesNothing(int seed)
    {
        for (var run = 0; run < 40; run++)
        {
            var random = new Random(seed * 1000 + run);
            using var volume = new TestVolume();
            for (var step = 0; step < 8; step++)
            {
                int? lives = random.Next(3) == 0 ? null : random.Next(25);
                var undoes = random.Next(2) == 0;
                try
                {
                    var ended = await volume.LivesAsync(lives, undoes ? () => Task.FromResult(volume.Journal().Undo()) : volume.RestoreAsync);
                    if (ended)
                        Assert.Equal(undoes ? volume.Before : TestVolume.Restored, volume.Tree());
                }
                catch (JobFaultException refused)
                {
                    Assert.True(refused.Fault == JobFault.VolumeTaken && !undoes, $"Seed {seed}, run {run}: {refused.Message}");
                }
            }

            volume.Journal().Undo();
            Assert.Equal(volume.Before, volume.Tree());
            Assert.False(volume.HasRemains, $"Seed {seed}, run {run}");
        }
    }
}
