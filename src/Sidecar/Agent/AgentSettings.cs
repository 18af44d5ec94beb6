using System.Globalization;
using System.Net;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Agent;

/// <summary>What the container's environment says.</summary>
internal sealed record AgentSettings
{
    /// <summary>The cluster's namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The cluster's name.</summary>
    public required string Cluster { get; init; }

    /// <summary>Where the data directory is.</summary>
    public required string DataPath { get; init; }

    /// <summary>The folder of certificate and ticket keys.</summary>
    public string Tls { get; init; } = AgentFiles.Tls;

    /// <summary>The folder of the database account.</summary>
    public string Credentials { get; init; } = AgentFiles.DatabaseCredentials;

    /// <summary>The folder that may be written to.</summary>
    public string Scratch { get; init; } = AgentFiles.Scratch;

    /// <summary>The server's host.</summary>
    public string Host { get; init; } = AgentFiles.DefaultHost;

    /// <summary>The server's port.</summary>
    public int Port { get; init; } = AgentFiles.DefaultPort;

    /// <summary>Where the tools are looked for.</summary>
    public string? ToolPath { get; init; }

    /// <summary>The address to listen on; null for all.</summary>
    public IPAddress? ListenAddress { get; init; }

    /// <summary>The port to listen on.</summary>
    public int ListenPort { get; init; } = AgentApi.Port;

    /// <summary>Reads the environment; all that is wrong is said at once.</summary>
    internal static AgentSettings From(Func<string, string?> variable, out IReadOnlyList<string> faults)
    {
        var missing = new List<string>();
        string Required(string name)
        {
            if (variable(name) is { Length: > 0 } value)
                return value;
            missing.Add($"The environment variable {name} is not set.");
            return "";
        }

        string Optional(string name, string standard) => variable(name) is { Length: > 0 } value ? value : standard;
        int Port(string name, int standard)
        {
            var text = Optional(name, standard.ToString(CultureInfo.InvariantCulture));
            if (ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
                return number;
            missing.Add($"The environment variable {name} is {text}, which is no port; a number from 1 to 65535 is wanted.");
            return standard;
        }

        var listen = Optional(AgentFiles.ListenAddressVariable, IPAddress.Any.ToString());
        if (!IPAddress.TryParse(listen, out var address))
            missing.Add($"The environment variable {AgentFiles.ListenAddressVariable} is {listen}, which is no IP address; leave it out to listen on all of them.");
        faults = missing;
        return new AgentSettings
        {
            Namespace = Required(AgentFiles.NamespaceVariable),
            Cluster = Required(AgentFiles.ClusterVariable),
            DataPath = Required(AgentFiles.DataPathVariable),
            Tls = Optional(AgentFiles.TlsVariable, AgentFiles.Tls),
            Credentials = Optional(AgentFiles.CredentialsVariable, AgentFiles.DatabaseCredentials),
            Scratch = Optional(AgentFiles.ScratchVariable, AgentFiles.Scratch),
            Host = Optional(AgentFiles.HostVariable, AgentFiles.DefaultHost),
            Port = Port(AgentFiles.PortVariable, AgentFiles.DefaultPort),
            ListenPort = Port(AgentFiles.ListenPortVariable, AgentApi.Port),
            ListenAddress = address,
            ToolPath = variable("PATH"),
        };
    }
}
