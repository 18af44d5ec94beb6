using System.Globalization;

namespace ControlPlane.Sidecar.Agent.Tool;

/// <summary>The files of one run, below the agent's scratch folder. None of them ever holds a byte of the database.</summary>
internal sealed class RunFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private RunFolder(string root) => Root = root;

    /// <summary>The folder.</summary>
    internal string Root { get; }

    /// <summary>Empty; the tool wants one even when it streams.</summary>
    internal string Target => Path.Combine(Root, "target");

    /// <summary>Where the tool leaves its positions.</summary>
    internal string Positions => Path.Combine(Root, "positions");

    /// <summary>The tool's temporary files.</summary>
    internal string Temporary => Path.Combine(Root, "tmp");

    /// <summary>The account, readable by nobody else, removed when the tool has ended.</summary>
    internal string Defaults => Path.Combine(Root, "defaults.cnf");

    /// <summary>The tool's log.</summary>
    internal string Log => Path.Combine(Root, "tool.log");

    /// <summary>The folder of one run; nothing is created yet.</summary>
    internal static RunFolder Of(string scratch, string uid, int attempt) =>
        new(Path.Combine(All(scratch), string.Create(CultureInfo.InvariantCulture, $"{uid}-{attempt}")));

    /// <summary>Removes what earlier runs left, of this process or of one that was killed: at the most one run's files are kept.</summary>
    internal static void Clear(string scratch)
    {
        if (Directory.Exists(All(scratch)))
            Directory.Delete(All(scratch), recursive: true);
    }

    /// <summary>Creates the folders, empty.</summary>
    internal void Create()
    {
        foreach (var folder in new[] { Root, Target, Positions, Temporary })
            Directory.CreateDirectory(folder, OwnerOnly);
    }

    /// <summary>Removes everything but the log.</summary>
    internal void Tidy()
    {
        File.Delete(Defaults);
        foreach (var folder in new[] { Target, Positions, Temporary })
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    private static string All(string scratch) => Path.Combine(scratch, "runs");
}
