using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Projection;

/// <summary>How what the watches see is written to the read model. Section <c>Projection</c> of the configuration.</summary>
internal sealed class ProjectionOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Projection";

    /// <summary>How long what came is gathered before it is written. Default 200 milliseconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Resources of one kind of a member that wait to be written. Default 5000.</summary>
    [Range(1, 100_000)]
    public int LongestQueue { get; set; } = 5000;

    /// <summary>How long a watch waits for a place in that queue, before the projection gives up what it has until the next complete list. Default 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan LongestWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest that one batch may take. Default 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan WriteLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The first pause after a batch that failed. Default half a second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan ShortestPause { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest one. Default 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromSeconds(30);
}

[OptionsValidator]
internal sealed partial class ProjectionOptionsValidator : IValidateOptions<ProjectionOptions>;
