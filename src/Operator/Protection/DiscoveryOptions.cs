using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Protection;

/// <summary>By what databases are found that nobody described. Section <c>Discovery</c> of the configuration.</summary>
internal sealed class DiscoveryOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Discovery";

    /// <summary>Whether StatefulSets are looked at. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Images of databases by the last part of their name, without registry, folder and tag; a star stands for any number of characters. They take the
    /// place of the default, those of the family that this plane backs up, as their makers and well-known packagers publish them.
    /// </summary>
    [MaxLength(100)]
    public IReadOnlyList<string> Images { get; set; } = [];

    /// <summary>How long a database may be there before an Event at it says that nobody described it. Default 5 minutes: files are applied in any order.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan TellAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The images that count.</summary>
    internal IReadOnlyList<string> Known => Images.Count > 0 ? Images : Default;

    private static readonly string[] Default =
    [
        "mysql", "mysql-server", "community-server", "enterprise-server", "mariadb", "mariadb-galera", "mariadb-enterprise-server", "mariadb-server", "percona",
        "percona-server", "percona-xtradb-cluster", "mysql-80*", "mysql-84*", "mariadb-10*", "mariadb-11*",
    ];
}

[OptionsValidator]
internal sealed partial class DiscoveryOptionsValidator : IValidateOptions<DiscoveryOptions>;
