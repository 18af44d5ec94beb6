using ControlPlane.Fleet;

// Started by bench/run.sh. The first is the benchmark, the other is the process that it starts.
switch (args)
{
    case ["schedules"]:
        return await SchedulesBench.RunAsync();
    case ["serve", .. var arguments]:
        await FleetSilo.RunAsync(arguments);
        return 0;
    default:
        await Console.Error.WriteLineAsync("Started by bench/run.sh; see docs/performance.md.");
        return 2;
}
