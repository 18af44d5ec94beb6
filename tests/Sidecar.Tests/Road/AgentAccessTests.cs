using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Tests.Road;

/// <summary>Who gets in, and what strangers learn.</summary>
public sealed class AgentAccessTests
{
    [Fact]
    public async Task Health_WithoutATicket_IsAllThatAnybodyGets()
    {
        await using var road = await TestRoad.StartAsync();
        using var http = road.Client(null);

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(AgentApi.Health)).StatusCode);
        await RefusedAsync(http, HttpStatusCode.Unauthorized, AgentApi.Instance);
        await RefusedAsync(http, HttpStatusCode.Unauthorized, "/v1/backups/4f2c-1");
        await RefusedAsync(http, HttpStatusCode.Unauthorized, "/v1/backups/4f2c-1/log");
        await RefusedAsync(http, HttpStatusCode.NotFound, "/");
    }

    [Fact]
    public async Task Instance_WithATicket_TellsTheRole()
    {
        await using var road = await TestRoad.StartAsync();
        road.Server.BecomeReplica();
        using var http = road.Client(road.Ticket(TicketOperation.Inspect));

        var view = JsonSerializer.Deserialize(await http.GetStringAsync(AgentApi.Instance), ProtocolJson.Default.InstanceView)!;

        Assert.Equal((true, InstanceRole.Replica, 0.0, BackupEngine.MariaDbBackup), (view.ServerReachable, view.Role, view.LagSeconds, view.Engine));
    }

    [Fact]
    public async Task Instance_OfAServerThatIsDown_SaysSo()
    {
        await using var road = await TestRoad.StartAsync();
        road.Server.Trouble = "The server did not answer.";
        using var http = road.Client(road.Ticket(TicketOperation.Inspect));

        var view = JsonSerializer.Deserialize(await http.GetStringAsync(AgentApi.Instance), ProtocolJson.Default.InstanceView)!;

        Assert.Equal((false, "The server did not answer."), (view.ServerReachable, view.Message));
    }

    [Fact]
    public async Task Ticket_ThatIsForgedOrExpiredOrAnothers_IsRefused()
    {
        await using var road = await TestRoad.StartAsync();
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var ticket in new[]
        {
            road.Ticket(TicketOperation.Inspect, key: stranger),
            road.Ticket(TicketOperation.Inspect, minutes: -1),
            road.Ticket(TicketOperation.Inspect, cluster: "invoices"),
            road.Ticket(TicketOperation.Inspect)[..^4] + "AAAA",
            Unsigned(road.Ticket(TicketOperation.Inspect)),
            "",
            new string('a', 5000),
        })
        {
            using var http = road.Client(ticket);
            await RefusedAsync(http, HttpStatusCode.Unauthorized, AgentApi.Instance);
        }
    }

    [Fact]
    public async Task Ticket_ForSomethingElse_IsRefused()
    {
        await using var road = await TestRoad.StartAsync();
        using var backup = road.Client(road.Ticket());
        using var inspect = road.Client(road.Ticket(TicketOperation.Inspect));

        await RefusedAsync(backup, HttpStatusCode.Forbidden, AgentApi.Instance);
        await RefusedAsync(backup, HttpStatusCode.Forbidden, "/v1/backups/another");
        await RefusedAsync(inspect, HttpStatusCode.Forbidden, "/v1/backups/4f2c-1");
        await RefusedAsync(backup, HttpStatusCode.NotFound, "/v1/backups/4f2c-1");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"attempt\":0}")]
    [InlineData("{\"attempt\":1,\"toolArguments\":[null]}")]
    [InlineData("{\"attempt\":1,\"toolArguments\":null}")]
    [InlineData("{\"attempt\":1,\"engine\":\"rm -rf\"}")]
    public async Task Backup_WithABodyThatIsNone_IsRefusedWithoutAnEcho(string body)
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        using var http = road.Client(road.Ticket());

        using var response = await http.PostAsync("/v1/backups/4f2c-1", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Backup_WithAHugeBody_IsRefused()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        using var http = road.Client(road.Ticket());

        using var response = await http.PostAsync("/v1/backups/4f2c-1", new StringContent(new string(' ', 1 << 20)));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task Backup_WithADangerousArgument_NamesItAndNotItsValue()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);

        var (_, report) = await road.RunAsync(road.Request() with { Source = road.Source() with { ToolArguments = ["--parallel=2", "--password=hunter2"] } });

        Assert.Equal(JobFault.InvalidRequest, report.Fault);
        Assert.Contains("--password", report.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", report.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_InAFlood_AreTurnedAway()
    {
        await using var road = await TestRoad.StartAsync();
        using var http = road.Client("nonsense");

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ => (await http.GetAsync(AgentApi.Instance)).StatusCode));

        Assert.Contains(HttpStatusCode.TooManyRequests, answers);
        Assert.DoesNotContain(HttpStatusCode.OK, answers);
    }

    [Fact]
    public async Task Runner_BeforeAnAgentOfAnotherCluster_DoesNotSpeak()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        road.WriteCertificate(road.Authority("plane"), cluster: "invoices");

        var (_, report) = await road.RunAsync(road.Request());

        Assert.Equal(JobFault.SourceUnavailable, report.Fault);
        Assert.Contains("certificate", report.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runner_BeforeAnAgentOfAnotherAuthority_DoesNotSpeak()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        await using var stranger = await TestRoad.StartAsync(Scripts.Good);

        var (_, report) = await road.RunAsync(road.Request() with { Source = road.Source() with { Agent = stranger.Address } });

        Assert.Equal(JobFault.SourceUnavailable, report.Fault);
    }

    [Fact]
    public async Task Password_OfTheAccount_ReachesTheToolOnlyByAFileOfItsOwn()
    {
        await using var road = await TestRoad.StartAsync(Scripts.TellsItsArguments);
        var (_, report) = await road.RunAsync(road.Request());
        using var http = road.Client(road.Ticket());
        var log = await http.GetStringAsync("/v1/backups/4f2c-1/log");

        Assert.Contains("password=\"***\"", log, StringComparison.Ordinal);
        Assert.Contains("\n600\n", log, StringComparison.Ordinal);
        Assert.DoesNotContain(TestRoad.Canary, log + report.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(road.Folder("scratch"), "*.cnf", SearchOption.AllDirectories));
        Assert.Equal((int?)7, JsonSerializer.Deserialize(await http.GetStringAsync("/v1/backups/4f2c-1"), ProtocolJson.Default.AgentRunView)!.ExitCode);
    }

    [Fact]
    public async Task Run_WithALongGtidSet_IsAskedForWhole()
    {
        var set = string.Join(',', Enumerable.Range(0, 400).Select(number => $"3b17a7c0-0001-11ee-9c1b-0242ac11{number:D4}:1-77"));
        await using var road = await TestRoad.StartAsync(Scripts.Good.Replace("leave\n", $"leave {set}\n", StringComparison.Ordinal));

        await road.RunAsync(road.Request());

        await using var source = await road.Memory.OpenAsync(ObjectLayout.Root(road.Backup) + ObjectLayout.Manifest, 0, CancellationToken.None);
        Assert.Equal(set, (await JsonSerializer.DeserializeAsync(source, ProtocolJson.Default.BackupManifest))!.Positions.GtidExecuted);
    }

    private static async Task RefusedAsync(HttpClient http, HttpStatusCode status, string path)
    {
        using var response = await http.GetAsync(path);
        Assert.Equal((status, ""), (response.StatusCode, await response.Content.ReadAsStringAsync()));
    }

    private static string Unsigned(string ticket) =>
        Convert.ToBase64String("{\"alg\":\"none\",\"typ\":\"JWT\"}"u8).TrimEnd('=') + "." + ticket.Split('.')[1] + ".";
}
