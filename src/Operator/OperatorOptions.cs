using System.ComponentModel.DataAnnotations;
using ControlPlane.Operator.Security;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator;

/// <summary>How the plane acts on Kubernetes. Section <c>Operator</c> of the configuration.</summary>
public sealed class OperatorOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Operator";

    internal const string AuthorityKeys = "authority";
    internal const string TicketKeys = "tickets";

    /// <summary>
    /// The folder of the plane's own keys: <c>authority</c> and <c>tickets</c> below it. Made on first start. Default: a folder of the
    /// account that the silo runs as, so that a silo on a developer's machine needs no configuration.
    /// </summary>
    [Required, MinLength(1)]
    public string KeysFolder { get; set; } =
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "controlplane", "keys");

    /// <summary>
    /// Whether other silos have the same keys. Then none is made, and a silo that finds none does not start. Default no; always so where
    /// silos share a database.
    /// </summary>
    public bool KeysAreShared { get; set; }

    /// <summary>
    /// How long a new key is published before it is used. Default 1 hour: agents learn of a key within minutes, and a kubelet that was away
    /// for a while catches up too.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan KeyOverlap { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long an agent's certificate is valid; it is renewed after two thirds of it. Default 90 days: a month to notice that renewal fails.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "3650.00:00:00")]
    public TimeSpan AgentCertificateLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>
    /// The longest that one call to an API server may take before it is given up and tried again. Default 10 seconds: what takes longer hangs.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:02:00")]
    public TimeSpan ApiTimeLimit { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Calls to the API server of one member at the same time, watches apart. Default 32: more of them only wait in the server's queue. A MemberCluster may say otherwise.</summary>
    [Range(1, 1024)]
    public int MaximumApiCalls { get; set; } = 32;

    /// <summary>
    /// How long an ended Job stays before Kubernetes removes it. Default 1 hour: its report is read within seconds, its log is wanted later.
    /// </summary>
    [Range(typeof(TimeSpan), "00:05:00", "30.00:00:00")]
    public TimeSpan FinishedJobRetention { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The longest that an instance may take to say how it stands. Default 5 seconds: a backup waits for the slowest, and an agent that has just started on a busy node takes two or three.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan SurveyTimeLimit { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Surveys at the same time in one member, and likewise workloads. Default 8: each asks all instances of a cluster at once.</summary>
    [Range(1, 256)]
    public int MaximumSurveys { get; set; } = 8;

    /// <summary>The folder of the keys of one purpose.</summary>
    internal string Keys(string purpose) => Path.Combine(KeysFolder, purpose);
}

[OptionsValidator]
internal sealed partial class OperatorOptionsValidator : IValidateOptions<OperatorOptions>;

/// <summary>Keys that are shared must be there before anything begins.</summary>
internal sealed class SharedKeysValidator : IValidateOptions<OperatorOptions>
{
    public ValidateOptionsResult Validate(string? name, OperatorOptions options)
    {
        var missing = new[] { OperatorOptions.AuthorityKeys, OperatorOptions.TicketKeys }.Select(options.Keys).Where(folder => !KeyFolder.HasKeys(folder)).ToList();
        return options.KeysAreShared && missing.Count > 0 ? ValidateOptionsResult.Fail(missing.Select(KeyFolder.Missing)) : ValidateOptionsResult.Success;
    }
}
