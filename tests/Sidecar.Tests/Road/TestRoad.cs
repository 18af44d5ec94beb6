using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Agent;
using ControlPlane.Sidecar.Agent.Database;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Tests.Runner;
using ControlPlane.Storage;
using ControlPlane.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlPlane.Sidecar.Tests.Road;

/// <summary>An agent and a runner in this process, over real TLS on loopback, with a tool that is a small script.</summary>
internal sealed class TestRoad : IAsyncDisposable
{
    internal const string Canary = "canary-5f1d0c";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("road-");
    private readonly ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 authority;
    private readonly WebApplication agent;

    private TestRoad(IServer server, string? toolPath, string? dataPath, int? port = null)
    {
        authority = Authority("plane");
        foreach (var name in new[] { "tls", "bin", "data", "scratch", "request", "empty", "keys" })
            Directory.CreateDirectory(Folder(name));
        WriteCertificate(authority);
        WriteTicketKeys(TicketKey);
        Settings = new AgentSettings
        {
            Namespace = "shop",
            Cluster = "orders",
            DataPath = dataPath ?? Folder("data"),
            Tls = Folder("tls"),
            Scratch = Folder("scratch"),
            ToolPath = toolPath ?? Folder("bin"),
            ListenAddress = IPAddress.Loopback,
            ListenPort = 0,
            Port = port ?? AgentFiles.DefaultPort,
        };
        agent = AgentHost.Build(Settings, TimeProvider.System, server);
    }

    internal AgentSettings Settings { get; }

    internal ECDsa TicketKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    internal MemoryObjectStore Memory { get; } = new();

    /// <summary>The store that the runner is given; the bare one unless a test puts faults in front of it.</summary>
    internal IObjectStore? Store { get; set; }

    /// <summary>The folder that is mounted as the data volume of a restore.</summary>
    internal string DataVolume { get; set; } = "/nowhere";

    /// <summary>The folder of the owner's keys.</summary>
    internal string KeyFolder { get; set; } = "keys";

    /// <summary>Changes a drill's data before its server starts.</summary>
    internal Action<string>? SpoilDrill { get; set; }

    internal StandInServer Server { get; private init; } = new();

    internal Uri Address { get; private set; } = null!;

    internal BackupIdentity Backup { get; } = new() { Namespace = "shop", Cluster = "orders", Name = "b1", Uid = "4f2c-1" };

    internal static async Task<TestRoad> StartAsync(string? script = null)
    {
        var server = new StandInServer();
        var road = new TestRoad(server, null, null) { Server = server };
        if (script is not null)
            road.WriteTool("mariadb-backup", script);
        return await road.BeginAsync();
    }

    internal static Task<TestRoad> StartAsync(IServer server, string dataPath, int port) =>
        new TestRoad(server, Environment.GetEnvironmentVariable("PATH"), dataPath, port).BeginAsync();

    internal string Folder(string name) => Path.Combine(folder.FullName, name);

    internal void WriteTool(string name, string script)
    {
        var path = Path.Combine(Folder("bin"), name);
        File.WriteAllText(path, "#!/bin/bash\n" + script);
        if (script.Contains(Scripts.StreamFile, StringComparison.Ordinal))
            File.WriteAllBytes(Path.Combine(Folder("bin"), "stream"), Frames.Whole("orders", RandomNumberGenerator.GetBytes(29_999_940)));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    /// <summary>A certificate for the cluster by that authority, where the agent looks for it.</summary>
    internal void WriteCertificate(X509Certificate2 issuer, string cluster = "orders")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=agent", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(AgentApi.ServerName("shop", cluster));
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.Create(issuer, now.AddMinutes(-1), now.AddHours(1), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(Path.Combine(Folder("tls"), AgentFiles.Certificate), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(Folder("tls"), AgentFiles.PrivateKey), key.ExportPkcs8PrivateKeyPem());
    }

    internal void WriteTicketKeys(params ECDsa[] keys) =>
        File.WriteAllText(Path.Combine(Folder("tls"), AgentFiles.TicketKeys), string.Join('\n', keys.Select(key => key.ExportSubjectPublicKeyInfoPem())));

    internal X509Certificate2 Authority(string name)
    {
        var request = new CertificateRequest($"CN={name}", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddMinutes(-5), now.AddHours(2));
    }

    /// <summary>A client that trusts the agent as the runner does, with any word as its ticket.</summary>
    internal HttpClient Client(string? ticket)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(authority);
        var handler = new SocketsHttpHandler
        {
            MaxConnectionsPerServer = 16,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, Address.Port, token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        var http = new HttpClient(handler)
        {
            BaseAddress = new UriBuilder("https", AgentApi.ServerName("shop", "orders")).Uri,
            DefaultRequestVersion = HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (!string.IsNullOrEmpty(ticket))
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(AgentApi.AuthorizationScheme, ticket);
        return http;
    }

    internal string Ticket(TicketOperation operation = TicketOperation.Backup, string? uid = null, string cluster = "orders", ECDsa? key = null, int minutes = 10)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new Ticket("shop", cluster, operation, uid ?? (operation == TicketOperation.Backup ? Backup.Uid : ""), now.AddMinutes(minutes)).Sign(key ?? TicketKey, now);
    }

    internal SourceRequest Source() => new()
    {
        Agent = Address,
        ServerName = AgentApi.ServerName("shop", "orders"),
        Authority = authority.ExportCertificatePem(),
        Pod = "orders-mysql-1",
    };

    internal JobRequest Request(JobOperation operation = JobOperation.Backup, int attempt = 1) => new()
    {
        Operation = operation,
        Backup = Backup,
        Attempt = attempt,
        Storage = new StorageRequest { Name = "main", Type = StorageType.S3, S3 = new S3StorageRequest { Bucket = "backups" } },
        Source = operation == JobOperation.Backup ? Source() : null,
    };

    /// <summary>The same for a backup that is sealed, with keys from the folder <c>keys</c>.</summary>
    internal JobRequest SealedRequest(JobOperation operation = JobOperation.Backup, int attempt = 1, string keyId = "key-1") => Request(operation, attempt) with
    {
        Version = JobRequest.SealingVersion,
        Sealing = new SealingRequest { SecretName = "backup-keys", KeyId = keyId },
    };

    /// <summary>Puts a key, or what takes its place, where the kubelet would mount it. Returns it.</summary>
    internal string WriteKey(string id = "key-1", string? text = null)
    {
        text ??= Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        File.WriteAllText(Path.Combine(Folder("keys"), id), text + "\n");
        return text;
    }

    /// <summary>A Job from its files to its termination message.</summary>
    internal async Task<(int ExitCode, JobReport Report)> RunAsync(JobRequest request, string? ticket = null, CancellationToken told = default)
    {
        var job = Directory.CreateDirectory(Path.Combine(Folder("request"), Guid.NewGuid().ToString("N"))).FullName;
        var files = new RunnerFiles
        {
            Request = Path.Combine(job, "request.json"),
            Ticket = Path.Combine(job, "ticket"),
            Credentials = Folder("empty"),
            EncryptionKeys = Folder(KeyFolder),
            DataVolume = DataVolume,
            TerminationMessage = Path.Combine(job, "termination"),
        };
        await File.WriteAllBytesAsync(files.Request, JsonSerializer.SerializeToUtf8Bytes(request, ProtocolJson.Default.JobRequest), CancellationToken.None);
        await File.WriteAllTextAsync(files.Ticket, ticket ?? Ticket(uid: request.Backup.Uid), CancellationToken.None);
        var runner = new RunnerMain(files, TimeProvider.System, NullLogger.Instance)
        {
            OpenStore = _ => Store ?? Memory,
            Plan = new SegmentPlan(12 << 20, 1000, 5 << 20),
            SpoilDrill = SpoilDrill,
            Variable = name => name == "PATH" ? Environment.GetEnvironmentVariable(name) : null,
        };
        var exitCode = await runner.RunAsync(told);
        var report = JsonSerializer.Deserialize(await File.ReadAllBytesAsync(files.TerminationMessage, CancellationToken.None), ProtocolJson.Default.JobReport)!;
        return (exitCode, report);
    }

    internal async Task<List<string>> KeysAsync()
    {
        var keys = new List<string>();
        await foreach (var stored in Memory.ListAsync("", CancellationToken.None))
            keys.Add(stored.Key);
        return keys;
    }

    internal T Part<T>() where T : notnull => agent.Services.GetRequiredService<T>();

    internal Task StopAgentAsync() => agent.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await agent.StopAsync();
        await agent.DisposeAsync();
        authority.Dispose();
        authorityKey.Dispose();
        TicketKey.Dispose();
        folder.Delete(recursive: true);
    }

    private async Task<TestRoad> BeginAsync()
    {
        await agent.StartAsync();
        var address = agent.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Address = new Uri(address);
        return this;
    }
}
