using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using ControlPlane.Operator.Security;
using ControlPlane.Operator.Surveying;
using ControlPlane.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Tests.Surveying;

public sealed class AgentInquiryTests : IDisposable
{
    private static readonly InstanceView View = new() { ServerReachable = true, Role = InstanceRole.Replica, LagSeconds = 0.5 };

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("keys-");
    private readonly IOptions<OperatorOptions> options;
    private readonly Authority authority;
    private readonly TicketOffice tickets;

    public AgentInquiryTests()
    {
        options = Options.Create(new OperatorOptions { KeysFolder = folder.FullName, SurveyTimeLimit = TimeSpan.FromSeconds(5) });
        authority = new(options, TimeProvider.System);
        tickets = new(options, TimeProvider.System);
    }

    [Fact]
    public async Task AskAsync_OfItsOwnAgent_BringsATicketAndTheView()
    {
        var seen = "";
        await using var agent = await StandInAgentAsync(authority, context =>
        {
            seen = context.Request.Headers.Authorization.ToString();
            return context.Response.WriteAsync(JsonSerializer.Serialize(View, ProtocolJson.Default.InstanceView));
        });

        var answer = await AskAsync(agent, "orders");

        Assert.Equal((View, null), (answer.View, answer.Trouble));
        Assert.StartsWith("Bearer ey", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AskAsync_OfAnotherClustersAgent_DoesNotTrustIt()
    {
        await using var agent = await StandInAgentAsync(authority, _ => Task.CompletedTask);

        Assert.Contains("certificate", (await AskAsync(agent, "invoices")).Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AskAsync_OfAnotherPlanesAgent_DoesNotTrustItAndSendsNoTicket()
    {
        var called = false;
        using var other = new Authority(Options.Create(new OperatorOptions { KeysFolder = Path.Combine(folder.FullName, "other") }), TimeProvider.System);
        await using var agent = await StandInAgentAsync(other, _ =>
        {
            called = true;
            return Task.CompletedTask;
        });

        Assert.Contains("certificate", (await AskAsync(agent, "orders")).Trouble, StringComparison.Ordinal);
        Assert.False(called);
    }

    [Theory]
    [InlineData(401, "", "ticket")]
    [InlineData(500, "", "answered 500")]
    [InlineData(200, "not json", "something else")]
    public async Task AskAsync_OfAnUnwillingAgent_SaysWhatItSaid(int status, string body, string expected)
    {
        await using var agent = await StandInAgentAsync(authority, context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(body);
        });

        var answer = await AskAsync(agent, "orders");

        Assert.Null(answer.View);
        Assert.Contains(expected, answer.Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AskAsync_OfASilentAgent_GivesUpInTime()
    {
        options.Value.SurveyTimeLimit = TimeSpan.FromMilliseconds(700);
        await using var agent = await StandInAgentAsync(authority, context => Task.Delay(TimeSpan.FromMinutes(1), TimeProvider.System, context.RequestAborted));

        Assert.Equal("the agent did not answer within 0.7 s", (await AskAsync(agent, "orders")).Trouble);
    }

    [Fact]
    public async Task AskAsync_WhereNobodyListens_SaysSo()
    {
        var inquiry = new AgentInquiry(authority, tickets, options, TimeProvider.System);

        Assert.Contains("could not be reached", (await inquiry.AskAsync("127.0.0.1", "shop", "orders", default, port: 1)).Trouble, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        authority.Dispose();
        tickets.Dispose();
        folder.Delete(recursive: true);
    }

    private Task<AgentAnswer> AskAsync(WebApplication agent, string cluster) =>
        new AgentInquiry(authority, tickets, options, TimeProvider.System).AskAsync("127.0.0.1", "shop", cluster, default, new Uri(agent.Urls.Single()).Port);

    private static async Task<WebApplication> StandInAgentAsync(Authority issuer, RequestDelegate answer)
    {
        var issued = issuer.Issue(AgentApi.ServerName("shop", "orders"));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
            listen.UseHttps(X509Certificate2.CreateFromPem(issued.Certificate, issued.PrivateKey))));
        var agent = builder.Build();
        agent.MapGet(AgentApi.Instance, answer);
        await agent.StartAsync();
        return agent;
    }
}
