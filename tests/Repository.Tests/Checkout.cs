namespace ControlPlane.Repository.Tests;

/// <summary>The checkout that these tests were built from, read as text.</summary>
internal static class Checkout
{
    private static readonly string[] Generated = ["bin", "obj", "TestResults", "artifacts", ".git"];

    internal static string Root { get; } = FindRoot();

    internal static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>All files below <paramref name="folder"/> with that ending, relative to the root, without what a build makes.</summary>
    internal static IEnumerable<string> Files(string folder, params string[] endings) =>
        Walk(new DirectoryInfo(Path.Combine(Root, folder)))
            .Where(file => endings.Length == 0 || endings.Any(ending => file.Name.EndsWith(ending, StringComparison.Ordinal)))
            .Select(file => Path.GetRelativePath(Root, file.FullName));

    internal static string[] Lines(string path) => File.ReadAllLines(Path.Combine(Root, path));

    private static IEnumerable<FileInfo> Walk(DirectoryInfo folder) =>
        !folder.Exists || Generated.Contains(folder.Name) ? [] : folder.EnumerateFiles().Concat(folder.EnumerateDirectories().SelectMany(Walk));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ControlPlane.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("These tests read the checkout; run them from within it.");
    }
}
