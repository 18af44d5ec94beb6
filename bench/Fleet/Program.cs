using ControlPlane.Fleet;

// Started by bench/run.sh. The last is the process that the benchmarks start.
switch (args)
{
    case ["schedules"]:
        return await SchedulesBench.RunAsync();
    case ["budgets"]:
        return await BudgetsBench.RunAsync();
    case ["readmodel"]:
        return await ReadModelBench.RunAsync();
    case ["catalogue"]:
        return await CatalogueBench.RunAsync();
    case ["serve", .. var arguments]:
        await FleetSilo.RunAsync(arguments);
        return 0;
    default:
        await Console.Error.WriteLineAsync("Started by bench/run.sh; see docs/performance.md.");
        return 2;
}
