using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Watching;

/// <summary>How resources are watched. Section <c>Watching</c> of the configuration.</summary>
internal sealed class WatchOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Watching";

    /// <summary>Resources in one page of a list. Default 500: what kubectl asks for.</summary>
    [Range(1, 10_000)]
    public int PageSize { get; set; } = 500;

    /// <summary>
    /// How long one watch lasts before the next goes on where it ended; up to a quarter more by chance. Default 4 minutes: load balancers
    /// cut what is silent for longer, and a silence of that length is all that a hanging server costs.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:02", "01:00:00")]
    public TimeSpan WatchTime { get; set; } = TimeSpan.FromMinutes(4);

    /// <summary>How much longer than it asked for a watch may last before its connection is taken for dead. Default 15 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan WatchGrace { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often all is listed anew, a fifth more or less by chance: a watch may fall short without an error. Default 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:02", "1.00:00:00")]
    public TimeSpan RelistEvery { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The longest that one page of a list may take. Default 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ListTimeLimit { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest pause between two tries to reach an API server. Default 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Changes of one kind that are handled at the same time. Default 16.</summary>
    [Range(1, 256)]
    public int Handlers { get; set; } = 16;

    /// <summary>Resources of one kind whose changes wait to be handled; more than these keep the watch waiting. Default 2000.</summary>
    [Range(1, 100_000)]
    public int LongestQueue { get; set; } = 2000;
}

[OptionsValidator]
internal sealed partial class WatchOptionsValidator : IValidateOptions<WatchOptions>;
