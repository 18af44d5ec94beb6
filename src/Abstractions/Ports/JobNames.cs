using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ControlPlane.Protocol;

namespace ControlPlane.Abstractions.Ports;

/// <summary>
/// The names of Jobs. They follow from the backup and the attempt alone, so that asking twice finds the same Job, and they fit a label.
/// </summary>
public static class JobNames
{
    /// <summary>
    /// For example <c>mbk-backup1-1a2b3c4d-2</c>: the backup's name, shortened; a digest of its name and UID; the attempt. Deletions and
    /// sweeps end in <c>-d3</c> and <c>-s1</c>.
    /// </summary>
    public static string For(string backupName, string uid, JobOperation operation, int attempt)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{backupName}/{uid}")))[..8];
        var kind = operation switch { JobOperation.Backup => "", JobOperation.Delete => "d", _ => "s" };
        var end = string.Create(CultureInfo.InvariantCulture, $"-{digest}-{kind}{attempt}");
        var readable = backupName.Replace('.', '-');
        return "mbk-" + readable[..Math.Min(readable.Length, Rfc1123.MaximumLabel - "mbk-".Length - end.Length)].TrimEnd('-') + end;
    }
}
