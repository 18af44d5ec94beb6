using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;

namespace ControlPlane.Silo;

/// <summary>The process itself. Section <c>Silo</c> of the configuration; with no configuration at all a silo runs alone on one file.</summary>
internal sealed class SiloOptions : IValidatableObject
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Silo";

    /// <summary>What <see cref="DataFolder"/> is when nobody says.</summary>
    public const string DefaultDataFolder = "data";

    /// <summary>The folder of the database of a silo that runs alone. Default <c>data</c> below the working directory.</summary>
    [MinLength(1)]
    public string? DataFolder { get; set; }

    /// <summary>
    /// The PostgreSQL that silos share, in the words of Npgsql; a secret. What it does not say itself suits silos: 20 connections at most,
    /// 60 seconds to wait for one. Default none: the silo runs alone on a file.
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>A file that holds the same, such as a mounted Secret: it shows in no environment.</summary>
    public string? ConnectionStringFile { get; set; }

    /// <summary>
    /// Where the other silos reach this one, and the only address at which it listens to them: in Kubernetes the Pod's own. Default the first
    /// address of this machine, while it listens at all of them.
    /// </summary>
    [IPAddressText]
    public string? AdvertisedAddress { get; set; }

    /// <summary>The address of the health endpoints. Default all: a kubelet asks from outside of the Pod.</summary>
    [Required, IPAddressText]
    public string HealthAddress { get; set; } = "0.0.0.0";

    /// <summary>The port of the health endpoints.</summary>
    [Range(0, 65535)]
    public int HealthPort { get; set; } = 8081;

    /// <summary>The port of the dashboard, on loopback only: it asks nobody who he is.</summary>
    [Range(0, 65535)]
    public int DashboardPort { get; set; } = 8080;

    /// <summary>The port between silos: of those who share a PostgreSQL with TLS on both sides, of one that runs alone on loopback only.</summary>
    [Range(1, 65535)]
    public int SiloPort { get; set; } = 11111;

    /// <summary><c>Json</c>, one document a line, for machines; <c>Simple</c>, one line a message, for people.</summary>
    [EnumDataType(typeof(LogFormat))]
    public LogFormat LogFormat { get; set; } = LogFormat.Json;

    /// <summary>How long a stop may take. Default 30 seconds, the grace period of a Pod.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(30);

    private bool Shares => !string.IsNullOrWhiteSpace(ConnectionString) || !string.IsNullOrWhiteSpace(ConnectionStringFile);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrWhiteSpace(ConnectionString) && !string.IsNullOrWhiteSpace(ConnectionStringFile))
            yield return new($"{Section}:{nameof(ConnectionString)} and {Section}:{nameof(ConnectionStringFile)} say the same: take one of them out.", [nameof(ConnectionStringFile)]);
        if (Shares && DataFolder is not null)
            yield return new($"{Section}:{nameof(DataFolder)} is of a silo that runs alone: with a PostgreSQL nothing is kept there. Take it out.", [nameof(DataFolder)]);
        if (!Shares && !string.IsNullOrEmpty(AdvertisedAddress))
            yield return new($"{Section}:{nameof(AdvertisedAddress)} is for other silos to find this one: without a {Section}:{nameof(ConnectionString)} it runs alone. Take it out.", [nameof(AdvertisedAddress)]);
    }
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
    public override bool IsValid(object? value) => value is null or "" || (value is string text && IPAddress.TryParse(text, out _));
}

[OptionsValidator]
internal sealed partial class SiloOptionsValidator : IValidateOptions<SiloOptions>;
