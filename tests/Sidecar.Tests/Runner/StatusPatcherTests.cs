using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Sidecar.Tests.Runner;

public sealed class StatusPatcherTests : IAsyncLifetime
{
    private static readonly BackupIdentity Backup = new() { Namespace = "shop", Cluster = "orders", Name = "b1", Uid = "u1" };

    private readonly DirectoryInfo account = Directory.CreateTempSubdirectory();
    private readonly X509Certificate2 certificate = StandInCertificate.Create();
    private readonly ConcurrentQueue<string> seen = [];
    private WebApplication api = null!;
    private int status = StatusCodes.Status200OK;
    private string answer = "{}";

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        api = builder.Build();
        api.Run(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            var request = context.Request;
            seen.Enqueue($"{request.Method} {request.Path}{request.QueryString} {request.ContentType} {request.Headers.Authorization} {await body.ReadToEndAsync()}");
            context.Response.StatusCode = status;
            await context.Response.WriteAsync(answer);
        });
        await api.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(account.FullName, "ca.crt"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(account.FullName, "token"), "token-1\n");
    }

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        certificate.Dispose();
        account.Delete(recursive: true);
    }

    [Fact]
    public async Task TryApplyAsync_OfProgress_AppliesItToTheStatusUnderItsOwnManager()
    {
        using var patcher = Create()!;

        Assert.NotNull(await patcher.TryApplyAsync(StatusTarget.Status(Progress()), CancellationToken.None));

        Assert.StartsWith(
            "PATCH /apis/backup.controlplane/v1/namespaces/shop/mysqlbackups/b1/status?fieldManager=controlplane-runner&force=true application/apply-patch+yaml Bearer token-1 {",
            Assert.Single(seen), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StatusCodes.Status500InternalServerError)]
    [InlineData(StatusCodes.Status403Forbidden)]
    [InlineData(StatusCodes.Status409Conflict)]
    public async Task TryApplyAsync_ToAServerThatRefuses_IsOnlyFalse(int answer)
    {
        status = answer;
        using var patcher = Create()!;

        Assert.Null(await patcher.TryApplyAsync(StatusTarget.Status(Progress()), CancellationToken.None));
    }

    [Theory]
    [InlineData("""{"kind":"MySQLBackup","status":{"phase":"Running","uploadBytesPerSecond":1048576}}""", 1048576L)]
    [InlineData("""{"status":{"uploadBytesPerSecond":0}}""", 0L)]
    [InlineData("""{"status":{"phase":"Running"}}""", null)]
    [InlineData("""{"status":{"uploadBytesPerSecond":-1}}""", null)]
    [InlineData("""{"status":{"uploadBytesPerSecond":1.5}}""", null)]
    [InlineData("""{"status":{"uploadBytesPerSecond":"64Ki"}}""", null)]
    [InlineData("""{"status":[]}""", null)]
    [InlineData("[1]", null)]
    [InlineData("no JSON", null)]
    [InlineData("", null)]
    public async Task TryApplyAsync_WhatTheAnswerSays_IsHeard(string body, long? expected)
    {
        answer = body;
        using var patcher = Create()!;

        Assert.Equal(new HeardStatus(expected), await patcher.TryApplyAsync(StatusTarget.Status(Progress()), CancellationToken.None));
    }

    [Fact]
    public async Task TryApplyAsync_AnAnswerWithoutEnd_IsNotReadToIt()
    {
        answer = $$"""{"status":{"uploadBytesPerSecond":1},"filling":"{{new string('x', 3 << 20)}}"}""";
        using var patcher = Create()!;

        Assert.Null(await patcher.TryApplyAsync(StatusTarget.Status(Progress()), CancellationToken.None));
    }

    [Fact]
    public async Task TryApplyAsync_ToAServerThatIsGone_IsOnlyFalse()
    {
        using var patcher = Create()!;
        await api.StopAsync();

        Assert.Null(await patcher.TryApplyAsync(StatusTarget.Status(Progress()), CancellationToken.None));
    }

    [Fact]
    public async Task TryApplyAsync_ToAServerOfAnotherAuthority_SendsNothing()
    {
        using var stranger = StandInCertificate.Create();
        await File.WriteAllTextAsync(Path.Combine(account.FullName, "ca.crt"), stranger.ExportCertificatePem());
        using var patcher = Create()!;

        Assert.Null(await patcher.TryApplyAsync(StatusTarget.Status(Progress()), CancellationToken.None));
        Assert.Empty(seen);
    }

    [Fact]
    public void Create_OutsideOfKubernetes_IsNull()
    {
        Assert.Null(StatusPatcher.Create(account.FullName, StatusTarget.Of(Backup), _ => null));
        Assert.Null(StatusPatcher.Create("/nowhere", StatusTarget.Of(Backup), _ => "10.0.0.1"));
    }

    private static BackupProgress Progress() =>
        new() { Attempt = 1, Stage = BackupStage.Uploading, BytesRead = 1, BytesStored = 1, BytesPerSecond = 1, Summary = "1%" };

    private StatusPatcher? Create()
    {
        var port = new Uri(api.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
        return StatusPatcher.Create(account.FullName, StatusTarget.Of(Backup), name => name switch
        {
            "KUBERNETES_SERVICE_HOST" => "127.0.0.1",
            "KUBERNETES_SERVICE_PORT" => $"{port}",
            _ => null,
        });
    }
}
