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
    /// For example <c>mbk-backup1-1a2b3c4d-2</c>: the backup's name, shortened; a digest of its name and UID; the attempt. Deletions,
    /// sweeps, rewraps and imports end in <c>-d3</c>, <c>-s1</c>, <c>-r1</c> and <c>-i1</c>.
    /// </summary>
    public static string For(string backupName, string uid, JobOperation operation, int attempt)
    {
        var kind = operation switch { JobOperation.Backup => "", JobOperation.Delete => "d", JobOperation.Rewrap => "r", JobOperation.Import => "i", _ => "s" };
        return Name("mbk-", backupName, uid, string.Create(CultureInfo.InvariantCulture, $"{kind}{attempt}"));
    }

    /// <summary>For example <c>myc-orders-1a2b3c4d-29712345</c>: the cluster's name, a digest of its name, its UID and the storage, and the sweep's number.</summary>
    public static string ForSweep(string clusterName, string uid, string storage, int number) =>
        Name("myc-", clusterName, $"{uid}/{storage}", string.Create(CultureInfo.InvariantCulture, $"{number}"));

    /// <summary>For example <c>myc-orders-1a2b3c4d-p29712345</c>: the same for a Job that prunes.</summary>
    public static string ForPrune(string clusterName, string uid, string storage, int number) =>
        Name("myc-", clusterName, $"{uid}/{storage}", string.Create(CultureInfo.InvariantCulture, $"p{number}"));

    /// <summary>For example <c>myc-orders-1a2b3c4d-i29712345</c>: the same for a Job that looks for what is to be imported.</summary>
    public static string ForImport(string clusterName, string uid, string storage, int number) =>
        Name("myc-", clusterName, $"{uid}/{storage}", string.Create(CultureInfo.InvariantCulture, $"i{number}"));

    /// <summary>For example <c>mrs-back1-1a2b3c4d-u3</c>: the restore's name, a digest of its name, its UID and the volume, what is done, and a number that no other of its Jobs has.</summary>
    public static string ForRestore(string restoreName, string uid, string volume, JobOperation operation, int number)
    {
        var kind = operation switch { JobOperation.PlanRestore => "p", JobOperation.EmptyVolume => "e", JobOperation.UndoRestore => "u", JobOperation.ConfirmRestore => "c", _ => "r" };
        return Name("mrs-", restoreName, $"{uid}/{volume}", string.Create(CultureInfo.InvariantCulture, $"{kind}{number}"));
    }

    /// <summary>For example <c>rdr-weekly-1a2b3c4d-29712345</c>: the drill's name, a digest of its name and UID, and a number that no other of its Jobs has.</summary>
    public static string ForDrill(string drillName, string uid, int number) =>
        Name("rdr-", drillName, uid, string.Create(CultureInfo.InvariantCulture, $"{number}"));

    private static string Name(string kind, string name, string identity, string number)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{name}/{identity}")))[..8];
        var end = $"-{digest}-{number}";
        var readable = name.Replace('.', '-');
        return kind + readable[..Math.Min(readable.Length, Rfc1123.MaximumLabel - kind.Length - end.Length)].TrimEnd('-') + end;
    }
}
