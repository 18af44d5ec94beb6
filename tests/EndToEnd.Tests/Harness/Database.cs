using System.Globalization;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>The database that is backed up, used through the scripts of <c>devcluster/</c>.</summary>
internal sealed class Database(Cluster cluster, string @namespace)
{
    /// <summary>Installs it, or starts the Pods of one that was installed without; until the replica follows.</summary>
    internal Task InstallAsync() => ScriptAsync("database.sh", @namespace);

    /// <summary>Installs all but its Pods.</summary>
    internal Task InstallStoppedAsync() => ScriptAsync("database.sh", @namespace, "--stopped");

    internal Task AddRowsAsync(int mebibytes) => ScriptAsync("rows.sh", @namespace, Shop.Primary, mebibytes.ToString(CultureInfo.InvariantCulture));

    /// <summary>Until the replica follows: for seconds after its primary was replaced it does not, and is no source then.</summary>
    internal Task ReplicaFollowsAsync() => Wait.UntilAsync(
        "a replica that follows", TimeSpan.FromMinutes(2), () => StandingAsync(),
        said => said.Split("_Running: Yes").Length == 3 && said.Contains("Seconds_Behind_Master: 0", StringComparison.Ordinal));

    /// <summary>Begins a write load that ends by itself.</summary>
    internal Command.Running BeginWriting(TimeSpan time, int rowsPerSecond) =>
        Command.Begin(Script("writeload.sh"), [@namespace, Shop.Primary, time.TotalSeconds.ToString("F0", CultureInfo.InvariantCulture), rowsPerSecond.ToString(CultureInfo.InvariantCulture)]);

    /// <summary>Ends the write loads that go on inside the server, whoever asked for them.</summary>
    internal async Task EndWritingAsync()
    {
        // Between two statements a load is not to be seen.
        var quiet = 0;
        await Wait.UntilAsync("the end of the write load", TimeSpan.FromSeconds(30), async () =>
        {
            var loads = (await AskAsync(Shop.Primary, "select id from information_schema.processlist where command = 'Query' and id <> connection_id() and (info like '%sleep%' or info like '%shop.ledger%')")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            foreach (var load in loads)
                await cluster.TryKubectlAsync([.. Client(Shop.Primary), "--execute", $"kill {load}"]);
            quiet = loads.Length == 0 ? quiet + 1 : 0;
            return quiet == 2;
        });
    }

    /// <summary>Writes, and waits until the replica has what was written: its replication works.</summary>
    internal async Task ReplicatesAsync()
    {
        await ReplicaFollowsAsync();
        await using var writing = BeginWriting(TimeSpan.FromSeconds(2), rowsPerSecond: 50);
        Assert.True(await writing.EndedAsync(TestContext.Current.CancellationToken) == 0, string.Join('\n', writing.Lines));
        const string Written = "select max(seq), count(*) from shop.ledger";
        var written = await AskAsync(Shop.Primary, Written);
        await Wait.UntilAsync("the last row on the replica", TimeSpan.FromSeconds(30), () => AskAsync(Shop.Replica, Written), seen => seen == written);
    }

    /// <summary>Whether a server answers.</summary>
    internal async Task<bool> AnswersAsync(string pod) => (await cluster.TryKubectlAsync([.. Client(pod), "--execute", "select count(*) from shop.orders where id = 1"])).ExitCode == 0;

    /// <summary>The bare values that statements give, one row a line.</summary>
    internal async Task<string> AskAsync(string pod, string sql) => (await cluster.KubectlAsync([.. Client(pod), "--skip-column-names", "--execute", sql])).Trim();

    private async Task<string> StandingAsync() => (await cluster.TryKubectlAsync([.. Client(Shop.Replica), "--execute", "show replica status\\G"])).Output;

    private string[] Client(string pod) =>
        ["--namespace", @namespace, "exec", pod, "-c", "mysql", "--", "mariadb", "--no-defaults", "--socket=/run/mysqld/mysqld.sock", "--user=mysql", "--batch"];

    private static string Script(string name) => Path.Combine(DevEnvironment.Checkout, "devcluster", name);

    private static Task<string> ScriptAsync(string name, params string[] arguments) => Command.RunAsync(Script(name), arguments);
}
