using System.Collections.Concurrent;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Silo.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using PuppeteerSharp;

namespace ControlPlane.Silo.Tests.Fleet;

/// <summary>The page of the fleet in a real browser: what it shows, what it asks for, and that it takes nothing that a resource says for more than text.</summary>
public sealed class FleetPageTests : IDisposable
{
    private const string Program = "/usr/bin/chromium-headless-shell";
    private const string Markup = "<img src=x onerror=\"document.title='taken'\"><b id=injected>b</b>";

    private readonly TemporaryFolder folder = new();
    private readonly ConcurrentQueue<string> complaints = new();

    [Fact]
    public async Task Page_InABrowser_ShowsListsFiltersAgeAndPagesAndTakesTextForText()
    {
        await using var silo = await RunningSilo.StartAsync(RunningSilo.Alone(folder.Path));
        await FillAsync(silo.Services.GetRequiredService<IFleetView>());
        await using var browser = await LaunchAsync();
        await using var page = await browser.NewPageAsync();
        page.Console += (_, said) => complaints.Enqueue(said.Message.Text);
        page.PageError += (_, trouble) => complaints.Enqueue(trouble.Message);
        await page.GoToAsync(new Uri(silo.Dashboard, "/fleet").ToString());

        Assert.Empty(complaints);

        // The list of clusters comes by itself, with totals and age.
        await UntilAsync(page, "document.querySelectorAll('tbody tr').length === 2");
        Assert.Matches("^2 clusters \\(1 NotReady, 1 Ready\\); missed: 1 rpo; 250 backups \\(1 Failed, 249 Succeeded\\)", await TextAsync(page, "#totals"));
        Assert.Matches("^As of: north ([3-9][0-9]|[1-9][0-9]{2,}) s ago$", await TextAsync(page, "#age"));
        Assert.Equal("users", await TextAsync(page, "tbody tr.bad td:nth-child(3)"));

        // It grows older while nobody asks.
        await UntilAsync(page, $"document.querySelector('#age').textContent !== '{await TextAsync(page, "#age")}'");

        // What a resource says is text, whatever it looks like.
        Assert.Contains(Markup, await TextAsync(page, "tbody"), StringComparison.Ordinal);
        Assert.Equal(0, await page.EvaluateExpressionAsync<int>("document.querySelectorAll('img, #injected').length"));
        Assert.Equal("The fleet", await page.GetTitleAsync());

        // And if it were not, nothing would come of it.
        await page.EvaluateFunctionAsync("text => document.querySelector('#note').innerHTML = text", Markup);
        await UntilAsync(page, "document.querySelectorAll('img, #injected').length === 2");
        await RunningSilo.UntilAsync(() => complaints.Count(complaint => complaint.Contains("Content Security Policy", StringComparison.Ordinal)) >= 2);
        Assert.Equal("The fleet", await page.GetTitleAsync());
        complaints.Clear();

        // Page by page to the last one.
        await ClickAsync(page, "backups");
        await UntilAsync(page, "document.querySelectorAll('tbody tr').length === 100 && document.querySelector('tbody td:nth-child(3)').textContent === 'b000'");
        await page.ClickAsync("#next");
        await UntilAsync(page, "document.querySelector('tbody td:nth-child(3)').textContent === 'b100'");
        await page.ClickAsync("#next");
        await UntilAsync(page, "document.querySelectorAll('tbody tr').length === 50 && document.querySelector('#next').hidden");

        // A filter, one that finds nothing, and one that is wrong.
        await FilterAsync(page, "phase=Failed");
        await UntilAsync(page, "document.querySelectorAll('tbody tr').length === 1 && document.querySelector('tbody td:nth-child(3)').textContent === 'b249'");
        await FilterAsync(page, "text=needle");
        await UntilAsync(page, "document.querySelector('#note').textContent === 'None.'");
        await FilterAsync(page, "phase=Broken");
        await UntilAsync(page, "document.querySelector('#fault').textContent.startsWith('phase: \"Broken\" is not known')");
        foreach (var (list, count) in new[] { ("drills", 1), ("restores", 0), ("unprotected", 1) })
        {
            await ClickAsync(page, list);
            await UntilAsync(page, $"document.querySelectorAll('tbody tr').length === {count} && document.querySelector('nav [aria-current]').textContent === '{list}'");
        }

        // A question that was answered by 400 is said in the console too; nothing else is.
        Assert.All(complaints, complaint => Assert.Contains("400", complaint, StringComparison.Ordinal));
    }

    public void Dispose() => folder.Dispose();

    private static async Task<IBrowser> LaunchAsync()
    {
        Assert.True(File.Exists(Program), $"{Program} is not there: './dev up' installs it, or 'apt-get install chromium-headless-shell'.");
        return await Puppeteer.LaunchAsync(new LaunchOptions { ExecutablePath = Program, Headless = true, Args = ["--no-sandbox"] });
    }

    private static async Task FillAsync(IFleetView view)
    {
        var now = TimeProvider.System.GetUtcNow();
        var cluster = new ClusterRow { Namespace = "shop", Name = "orders", Uid = "c1", Created = now, Standing = ClusterStandings.Ready, Schedules = ",nightly,", LastBackup = "b000", RecoveryPoint = now };
        await WriteAsync(view, RowKind.Cluster, cluster, cluster with { Name = "users", Uid = "c2", Standing = ClusterStandings.NotReady, Missed = ",rpo,", LastBackup = "", RecoveryPoint = null, Storages = $",{Markup.Replace(",", "", StringComparison.Ordinal)}," });
        await WriteAsync(view, RowKind.Backup, [.. Enumerable.Range(0, 250).Select(number => new BackupRow
        {
            Namespace = "shop", Name = FormattableString.Invariant($"b{number:D3}"), Uid = FormattableString.Invariant($"u{number}"), Created = now.AddMinutes(-number), Cluster = "orders", Storage = "s3-main",
            Phase = number == 249 ? "Failed" : "Succeeded", Reason = Markup, StoredBytes = 1L << 30,
        })]);
        await WriteAsync(view, RowKind.Drill, new TaskRow { Namespace = "shop", Name = "weekly", Uid = "d1", Created = now, Cluster = "orders", Phase = "Succeeded", Backup = "b007" });
    }

    private static async Task WriteAsync(IFleetView view, RowKind kind, params FleetRow[] rows)
    {
        var (member, now) = (new MemberKey("north"), TimeProvider.System.GetUtcNow());
        var claim = await view.ClaimAsync(member, kind, default);
        Assert.True(await view.WriteAsync(new() { Member = member, Kind = kind, Claim = claim, Time = now, Rows = rows, Synced = now.AddSeconds(-30), Replaces = true }, default));
    }

    private static Task<string> TextAsync(IPage page, string selector) => page.EvaluateFunctionAsync<string>("selector => document.querySelector(selector).textContent", selector);

    private static Task ClickAsync(IPage page, string button) =>
        page.EvaluateFunctionAsync("name => [...document.querySelectorAll('nav button')].find(button => button.textContent === name).click()", button);

    private static async Task FilterAsync(IPage page, string filter)
    {
        await page.EvaluateFunctionAsync("text => document.querySelector('form').filter.value = text", filter);
        await page.ClickAsync("form button");
    }

    private static async Task UntilAsync(IPage page, string isSo) => await page.WaitForExpressionAsync(isSo, new() { Timeout = 60_000 });
}
