namespace ControlPlane.Protocol;

/// <summary>
/// Which further arguments an owner may give to the backup tool. The same rule stands at the door (the resource's reader) and at the
/// tool (the agent), so that what was admitted is never refused later, and what was not admitted never runs.
/// </summary>
public static class ToolArguments
{
    /// <summary>The most arguments.</summary>
    public const int MaximumCount = 64;

    /// <summary>The longest argument, in characters.</summary>
    public const int MaximumLength = 1024;

    private const string Managed = "the control plane sets it itself";
    private const string Secret = "the account comes from the cluster's credentialsSecret";
    private const string Place = "the data directory is the cluster's workload.dataPath and the server the one in the same Pod";
    private const string Whole = "a backup always holds the whole instance";
    private const string Coded = "compression and encryption are the storage's, under spec.backup.storages";
    private const string Verb = "the agent only takes backups";
    private const string Unsafe = "the backup would not be consistent";
    private const string Code = "it could load foreign code into the tool";
    private const string Base = "incremental backups are the control plane's to chain";

    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        ["stream"] = Managed, ["target-dir"] = Managed, ["extra-lsndir"] = Managed, ["defaults-file"] = Managed, ["defaults-extra-file"] = Managed,
        ["defaults-group"] = Managed, ["defaults-group-suffix"] = Managed, ["no-defaults"] = Managed, ["login-path"] = Managed, ["tmpdir"] = Managed,
        ["no-timestamp"] = Managed, ["slave-info"] = Managed, ["safe-slave-backup"] = Managed, ["rsync"] = Managed, ["dbug"] = Managed, ["debug"] = Managed,
        ["core-file"] = Managed, ["mysqld-args"] = Managed,
        ["user"] = Secret, ["password"] = Secret, ["password1"] = Secret, ["password2"] = Secret, ["password3"] = Secret,
        ["host"] = Place, ["port"] = Place, ["socket"] = Place, ["protocol"] = Place, ["datadir"] = Place, ["innodb-data-home-dir"] = Place,
        ["innodb-log-group-home-dir"] = Place, ["innodb-undo-directory"] = Place, ["aria-log-dir-path"] = Place,
        ["rocksdb-datadir"] = Place,
        ["databases"] = Whole, ["databases-file"] = Whole, ["databases-exclude"] = Whole, ["tables"] = Whole, ["tables-file"] = Whole,
        ["tables-exclude"] = Whole, ["export"] = Whole,
        ["compress"] = Coded, ["compress-threads"] = Coded, ["compress-chunk-size"] = Coded, ["compress-zstd-level"] = Coded, ["encrypt"] = Coded,
        ["encrypt-key"] = Coded, ["encrypt-key-file"] = Coded, ["encrypt-threads"] = Coded, ["encrypt-chunk-size"] = Coded, ["transition-key"] = Coded,
        ["backup"] = Verb, ["prepare"] = Verb, ["apply-log"] = Verb, ["apply-log-only"] = Verb, ["copy-back"] = Verb, ["move-back"] = Verb, ["stats"] = Verb,
        ["decompress"] = Verb, ["decrypt"] = Verb, ["force-non-empty-directories"] = Verb, ["innobackupex"] = Verb, ["help"] = Verb, ["version"] = Verb,
        ["print-defaults"] = Verb, ["print-param"] = Verb, ["remove-original"] = Verb,
        ["no-lock"] = Unsafe, ["no-backup-locks"] = Unsafe, ["log-innodb-page-corruption"] = Unsafe,
        ["plugin-dir"] = Code, ["plugin-load"] = Code, ["xtrabackup-plugin-dir"] = Code, ["xtrabackup-plugin-load"] = Code,
        ["incremental"] = Base, ["incremental-basedir"] = Base, ["incremental-dir"] = Base, ["incremental-force-scan"] = Base,
        ["incremental-history-name"] = Base, ["incremental-history-uuid"] = Base, ["incremental-lsn"] = Base,
    };

    // The tools take these before any option's name, and mean the same option.
    private static readonly string[] Prefixes = ["loose-", "skip-", "enable-", "disable-", "maximum-"];

    /// <summary>
    /// What is wrong with the arguments, one sentence each; empty when all may be given. A value is never repeated: it may be a secret.
    /// </summary>
    public static IReadOnlyList<string> Faults(IReadOnlyList<string> arguments)
    {
        var faults = arguments.Index().Select(argument => Fault(argument.Index, argument.Item)).OfType<string>();
        return arguments.Count <= MaximumCount ? [.. faults] : [$"There are {arguments.Count} tool arguments; at most {MaximumCount} are taken."];
    }

    private static string? Fault(int index, string argument)
    {
        if (argument.Length > MaximumLength || argument.Any(char.IsControl))
            return $"Tool argument {index + 1} has {argument.Length} characters or control characters in it; at most {MaximumLength} printable ones are taken.";
        if (!argument.StartsWith("--", StringComparison.Ordinal) || Name(argument) is not { Length: > 0 } name || !name.All(Allowed))
            return $"Tool argument {index + 1} is no long option; write each as --name or --name=value, in one argument.";
        return Refused.FirstOrDefault(refused => Means(name, refused.Key)) is { Key: { } option, Value: var why }
            ? $"Tool argument {index + 1}, --{option}, is not taken: {why}."
            : null;
    }

    // The tools understand any beginning of an option's name that fits one option only, so a beginning is refused like the whole.
    private static bool Means(string name, string option) => option.StartsWith(name, StringComparison.Ordinal);

    private static string Name(string argument)
    {
        var name = argument[2..].Split('=', 2)[0].Replace('_', '-');
        while (Prefixes.FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) is { } prefix)
            name = name[prefix.Length..];
        return name;
    }

    private static bool Allowed(char letter) => letter is >= 'a' and <= 'z' or >= '0' and <= '9' or '-';
}
