using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Grains.Tests.Scheduling;

namespace ControlPlane.Grains.Tests.Simulation;

/// <summary>
/// Years of a schedule whose plane is away, whose ticks are late, doubled or lost, whose news of ends gets lost, and whose owner changes his mind: each
/// due time is run once or counted as missed once. A failing seed is a test case; CONTROLPLANE_SIMULATION_SEEDS sets how many are tried.
/// </summary>
public sealed class ScheduleSimulationTests
{
    private static readonly int Seeds = int.TryParse(Environment.GetEnvironmentVariable("CONTROLPLANE_SIMULATION_SEEDS"), out var asked) ? asked : 60;

    private static readonly string[] Texts = ["0 * * * *", "*/20 * * * *", "30 2 * * *", "15 1,2,3 * * *", "0 0 1 * *", "0 12 * * sun", "@daily"];

    private static readonly string[] Zones = ["UTC", "Europe/Prague", "Australia/Lord_Howe", "America/Sao_Paulo"];

    [Fact]
    public void Tick_OverYearsOfFaults_AccountsForEachDueTimeOnce()
    {
        var (runs, missed) = (0L, 0L);
        for (var seed = 0; seed < Seeds; seed++)
        {
            try
            {
                var life = new Years(seed);
                while (life.Now < Samples.Start.AddYears(2))
                    life.Step();
                life.Settle();
                (runs, missed) = (runs + life.Runs, missed + life.Missed);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed} failed.", exception);
            }
        }

        // Years in which everything ran, or nothing did, would prove little.
        Assert.True(runs > 20 * Seeds && missed > 20 * Seeds, $"{runs} runs, {missed} missed");
    }

    private sealed class Years
    {
        private readonly Random random;
        private readonly HashSet<DateTimeOffset> run = [];
        private ClusterState state;
        private ClusterSpec spec;
        private long owed;
        private DateTimeOffset counted;

        public Years(int seed)
        {
            random = new(seed);
            Now = counted = Samples.Start;
            spec = Change(Almanac.Spec("0 * * * *"));
            state = Tick(ClusterMachine.Apply(new(), spec));
        }

        public DateTimeOffset Now { get; private set; }

        public long Runs => run.Count;

        public long Missed => state.Schedules[0].Missed;

        public void Step()
        {
            Pass(random.Next(40) == 0 ? TimeSpan.FromHours(random.Next(1, 200)) : TimeSpan.FromMinutes(random.Next(1, 90)));
            switch (random.Next(12))
            {
                case 0:
                    // Two activations for a moment: the second one's write is refused, and what it thought is lost.
                    _ = ScheduleMachine.Tick(Samples.Cluster, state, Now.AddMinutes(random.Next(-5, 6)));
                    break;
                case 1:
                    Apply();
                    break;
                case < 4:
                    End();
                    break;
                case 4:
                    Lose();
                    break;
                default:
                    Remember(Tick(state));
                    Assert.Same(state, Tick(state));
                    Make();
                    break;
            }
        }

        /// <summary>The world is calm for a month: nothing may be left over.</summary>
        public void Settle()
        {
            for (var tick = 0; tick < 24 * 31; tick++)
            {
                Pass(TimeSpan.FromHours(1));
                Remember(Tick(state));
                Make();
                foreach (var lost in ScheduleMachine.Open(state).ToList())
                    Remember(ScheduleMachine.Lose(Samples.Cluster, state, lost.Backup, Now));
            }

            Assert.Null(state.Schedules[0].CatchUp is { } late && late.At < Now ? late : null);
            var waiting = (state.Schedules[0].CatchUp is null ? 0 : 1) + Jittered();
            Assert.True(owed == run.Count + Missed + waiting - Ended, $"{owed} fell due; {run.Count} were run, {Missed} missed ({Ended} of them after they were asked for), {waiting} wait");
        }

        // Asked for, counted as run, and later found not to have begun.
        private long Ended { get; set; }

        private void Pass(TimeSpan time)
        {
            Now += time;
            if (spec.Schedules[0] is not { Suspended: false } schedule)
            {
                counted = Now;
                return;
            }

            var times = DueTimes.Read(schedule.Cron, schedule.TimeZone);
            for (var next = times.Next(counted); next <= Now; next = times.Next(next.Value))
                owed++;
            counted = Now;
        }

        // A due time that has come and whose jitter has not.
        private int Jittered() => state.Schedules[0].Due <= Now ? 1 : 0;

        private ClusterState Tick(ClusterState before) => ScheduleMachine.Tick(Samples.Cluster, before, Now);

        private void Apply()
        {
            spec = Change(spec);
            Remember(Tick(state));
            Remember(Tick(ClusterMachine.Apply(state, spec)));
        }

        private ClusterSpec Change(ClusterSpec before) => before with
        {
            Generation = before.Generation + 1,
            StartingDeadline = random.Next(3) == 0 ? TimeSpan.FromMinutes(random.Next(1, 600)) : null,
            Schedules =
            [
                before.Schedules[0] with
                {
                    Cron = Texts[random.Next(Texts.Length)],
                    TimeZone = Zones[random.Next(Zones.Length)],
                    Jitter = TimeSpan.FromMinutes(random.Next(3) * 15),
                    Concurrency = (ConcurrencyPolicy)random.Next(2),
                    MissedRun = (MissedRunPolicy)random.Next(2),
                    Suspended = random.Next(6) == 0,
                },
            ],
        };

        private void Make()
        {
            // The API server may be away, or the silo die between remembering and acting: then the next tick says it again.
            foreach (var order in ScheduleMachine.Orders(Samples.Cluster, state).ToList())
            {
                if (random.Next(5) > 0)
                    Remember(ScheduleMachine.Made(state, order.Backup.Name));
            }
        }

        private void End()
        {
            if (ScheduleMachine.Open(state).FirstOrDefault() is not { } open)
                return;
            var began = random.Next(8) > 0;
            var end = new BackupEnd { Backup = new(Samples.Member, "shop", open.Backup), Uid = open.Backup, Phase = (BackupPhase)random.Next((int)BackupPhase.Succeeded, (int)BackupPhase.Cancelled + 1), Completed = Now, Began = began };
            Assert.True(end.Phase.IsFinal());
            if (end is { Phase: BackupPhase.Failed, Began: false })
                Ended++;
            Remember(ScheduleMachine.Record(Samples.Cluster, state, end, Now));

            // The same news once more.
            Assert.Same(state, ScheduleMachine.Record(Samples.Cluster, state, end, Now));
        }

        private void Lose()
        {
            if (ScheduleMachine.Open(state).FirstOrDefault() is { } open)
                Remember(ScheduleMachine.Lose(Samples.Cluster, state, open.Backup, Now));
        }

        private void Remember(ClusterState next)
        {
            var (before, after) = (state.Schedules[0], next.Schedules[0]);
            foreach (var begun in after.Runs.Where(one => before.Runs.All(known => known.Backup != one.Backup)))
                Assert.True(run.Add(begun.Due), $"{begun.Backup} was asked for twice");
            Ended += before.Runs.Count(one => !one.Made && after.Runs.All(known => known.Backup != one.Backup));
            Assert.True(after.Missed >= before.Missed, "the count of missed due times went back");
            Assert.InRange(after.Runs.Count, 0, 2);
            Assert.False(after.LastDue < before.LastDue, "the newest due time went back");
            state = next with { EventsOwed = [] };
        }
    }
}
