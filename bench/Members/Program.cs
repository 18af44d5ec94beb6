using ControlPlane.Members;

// Started by bench/run.sh. The last is the process that the benchmark starts.
switch (args)
{
    case ["members"]:
        return await MembersBench.RunAsync();
    case ["serve", var folder, var members, var clusters]:
        await StandInServer.RunAsync(folder, int.Parse(members, System.Globalization.CultureInfo.InvariantCulture), int.Parse(clusters, System.Globalization.CultureInfo.InvariantCulture));
        return 0;
    default:
        await Console.Error.WriteLineAsync("Started by bench/run.sh; see docs/performance.md.");
        return 2;
}
