using System.ComponentModel.DataAnnotations;
using System.Net;
using ControlPlane.Abstractions;
using Microsoft.Extensions.Options;

namespace ControlPlane.Silo;

/// <summary>The process itself. Section <c>Silo</c> of the configuration; with no configuration at all a silo runs alone on one file.</summary>
internal sealed class SiloOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Silo";

    /// <summary>The folder of the database. Default <c>data</c> below the working directory; the image sets <c>/var/lib/controlplane</c>.</summary>
    [Required, MinLength(1)]
    public string DataFolder { get; set; } = "data";

    /// <summary>The address of the health endpoints. Default all: a kubelet asks from outside of the Pod.</summary>
    [Required, IPAddressText]
    public string HealthAddress { get; set; } = "0.0.0.0";

    /// <summary>The port of the health endpoints.</summary>
    [Range(0, 65535)]
    public int HealthPort { get; set; } = 8081;

    /// <summary>The port of the dashboard, on loopback only: it asks nobody who he is.</summary>
    [Range(0, 65535)]
    public int DashboardPort { get; set; } = 8080;

    /// <summary>The port between silos, on loopback only while a silo runs alone.</summary>
    [Range(1, 65535)]
    public int SiloPort { get; set; } = 11111;

    /// <summary>The member that this silo has watched: the Kubernetes cluster it runs in, unless configured otherwise.</summary>
    [Required, Rfc1123Label]
    public string Member { get; set; } = "local";

    /// <summary><c>Json</c>, one document a line, for machines; <c>Simple</c>, one line a message, for people.</summary>
    [EnumDataType(typeof(LogFormat))]
    public LogFormat LogFormat { get; set; } = LogFormat.Json;

    /// <summary>How long a stop may take. Default 30 seconds, the grace period of a Pod.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>How log lines look.</summary>
internal enum LogFormat
{
    /// <summary>One JSON document a line.</summary>
    Json,

    /// <summary>One line of text a message.</summary>
    Simple,
}

[AttributeUsage(AttributeTargets.Property)]
internal sealed class IPAddressTextAttribute() : ValidationAttribute("{0} is no IP address.")
{
    public override bool IsValid(object? value) => value is string text && IPAddress.TryParse(text, out _);
}

[AttributeUsage(AttributeTargets.Property)]
internal sealed class Rfc1123LabelAttribute() : ValidationAttribute("{0} is no RFC 1123 label: 1 to 63 of a to z, 0 to 9 and '-'.")
{
    public override bool IsValid(object? value) => value is string text && Rfc1123.IsLabel(text);
}

[OptionsValidator]
internal sealed partial class SiloOptionsValidator : IValidateOptions<SiloOptions>;
