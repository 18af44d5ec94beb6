using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Members;

/// <summary>
/// A process with stand-ins for the API servers of many members, each on a port of its own, over TLS and with a token. It is told what to do line by line, and answers each with one line.
/// </summary>
internal static class StandInServer
{
    /// <summary>The port of the first; the others follow. Below those that the kernel gives to whoever calls.</summary>
    public const int FirstPort = 27500;

    public static async Task RunAsync(string folder, int count, int clusters)
    {
        var members = Enumerable.Range(1, count).Select(number => new StandInMember(number, clusters)).ToList();
        var (certificate, authority) = Certify();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            foreach (var member in members)
                kestrel.Listen(IPAddress.Loopback, FirstPort + member.Number, port =>
                {
                    port.Protocols = HttpProtocols.Http1;
                    port.UseHttps(certificate);
                });
        });
        await using var app = builder.Build();
        var apis = members.ToDictionary(member => FirstPort + member.Number, member => new StandInApi(member));
        app.Run(context => apis[context.Connection.LocalPort].HandleAsync(context));
        await app.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(folder, "stand-ins.json"), Describe(members, authority).ToJsonString());
        await Console.Out.WriteLineAsync("ready");

        using var stop = new CancellationTokenSource();
        var flow = Task.CompletedTask;
        while (await Console.In.ReadLineAsync() is { } line && line != "quit")
        {
            if (line.Split(' ') is ["flow", var rate])
                flow = FlowAsync(members, double.Parse(rate, CultureInfo.InvariantCulture), stop.Token);
            await Console.Out.WriteLineAsync(Counts(members));
        }
        await stop.CancelAsync();
        await flow;
        await app.StopAsync(new CancellationToken(canceled: true));
    }

    private static async Task FlowAsync(List<StandInMember> members, double rate, CancellationToken stop)
    {
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / rate), TimeProvider.System);
            for (var number = 0; await timer.WaitForNextTickAsync(stop); number++)
                members[number % members.Count].Work.AskForBackup();
        }
        catch (OperationCanceledException)
        {
            // The measuring is over.
        }
    }

    private static string Counts(List<StandInMember> members) => string.Join(
        ' ',
        new[]
        {
            members.Sum(member => member.Traffic.WatchEvents), members.Sum(member => member.Traffic.WatchBytes), members.Sum(member => member.Traffic.ListBytes), members.Sum(member => member.Traffic.Requests),
            members.Sum(member => member.Work.Made), members.Sum(member => member.Work.Ended),
        }.Select(number => number.ToString(CultureInfo.InvariantCulture)));

    private static JsonArray Describe(List<StandInMember> members, string authority) =>
    [
        .. members.Select(member => new JsonObject
        {
            ["name"] = string.Create(CultureInfo.InvariantCulture, $"stand-in-{member.Number:D2}"),
            ["server"] = string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{FirstPort + member.Number}"),
            ["token"] = member.Token,
            ["ca.crt"] = authority,
        }),
    ];

    private static (X509Certificate2 Certificate, string Authority) Certify()
    {
        var (from, until) = (TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(2));
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=stand-in authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        using var authority = request.CreateSelfSigned(from, until);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leaf = new CertificateRequest("CN=stand-in", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        leaf.CertificateExtensions.Add(names.Build());
        using var signed = leaf.Create(authority, from, until.AddDays(-1), [1, 2, 3, 4]);
        using var pair = signed.CopyWithPrivateKey(key);
        return (X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), password: null), authority.ExportCertificatePem());
    }
}
