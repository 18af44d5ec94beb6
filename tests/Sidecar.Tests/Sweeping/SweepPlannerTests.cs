using ControlPlane.Sidecar.Runner.Sweeping;
using CsCheck;

namespace ControlPlane.Sidecar.Tests.Sweeping;

public sealed class SweepPlannerTests
{
    private const string Uid = "0d1f7f4e-8a55-4f0b-9c0a-2b6f5a3c9d10";

    private static readonly DateTimeOffset Limit = new(2026, 11, 20, 0, 0, 0, TimeSpan.Zero);

    // Segments are written as attempt.index, old ones bare, young ones with a '+'. Manifests: '-' none, '?' unread, '!' senseless, else what they name.
    [Theory]
    [InlineData("1.0 1.1", "-", false, FolderFinding.Remains, "1.0 1.1", 0)]
    [InlineData("1.0 1.1+", "-", false, FolderFinding.Left, "", 2)]
    [InlineData("1.0 2.0+", "-", false, FolderFinding.Left, "", 2)]
    [InlineData("1.0 1.1", "-", true, FolderFinding.Left, "", 2)]
    [InlineData("1.0 1.1", "1.0 1.1", false, FolderFinding.Backup, "", 0)]
    [InlineData("1.0 2.0", "2.0", false, FolderFinding.Backup, "1.0", 0)]
    [InlineData("1.0+ 2.0", "2.0", false, FolderFinding.Backup, "", 1)]
    [InlineData("1.0 1.1+ 2.0", "2.0", false, FolderFinding.Backup, "1.0", 1)]
    [InlineData("1.0 2.0", "2.0", true, FolderFinding.Backup, "", 1)]
    [InlineData("1.0 1.1", "?", false, FolderFinding.Backup, "", 0)]
    [InlineData("1.0 1.1", "!", false, FolderFinding.Damaged, "", 0)]
    [InlineData("1.0", "1.0 1.1", false, FolderFinding.Damaged, "", 0)]
    [InlineData("1.0", "2.0", false, FolderFinding.Damaged, "", 0)]
    [InlineData("", "1.0", false, FolderFinding.Damaged, "manifest", 0)]
    [InlineData("", "1.0", true, FolderFinding.Damaged, "", 0)]
    [InlineData("", "+1.0", false, FolderFinding.Damaged, "", 0)]
    [InlineData("", "!", false, FolderFinding.Damaged, "", 0)]
    [InlineData("", "?", false, FolderFinding.Backup, "", 0)]
    public void Plan_OfAFolder_TakesOnlyWhatIsSurelyRemains(string segments, string manifest, bool known, object finding, string removed, long left)
    {
        var plan = SweepPlanner.Plan(Rules(known), Folder(segments, manifest), Reading(manifest));

        Assert.Equal((finding, removed, left), (plan.Finding, Removed(plan), plan.Left));
    }

    [Fact]
    public void Plan_OfASegmentBesideThoseThatAreNamed_CallsItAStranger()
    {
        var plan = SweepPlanner.Plan(Rules(known: false), Folder("1.0 1.1", "1.0"), Reading("1.0"));

        Assert.Equal((FolderFinding.Backup, "", new SegmentPlace(1, 1)), (plan.Finding, Removed(plan), Assert.Single(plan.Strangers)));
    }

    [Fact]
    public void Plan_OfMoreSegmentsThanAnyBackupHas_TouchesNothing()
    {
        var folder = new SweptFolder("b1", Uid);
        for (var index = 0; index <= SweptFolder.MostSegments; index++)
            folder.Add(new(new(1, index), 1, Limit.AddDays(-1)));

        var plan = SweepPlanner.Plan(Rules(known: false), folder, null);

        Assert.Equal((FolderFinding.Damaged, ""), (plan.Finding, Removed(plan)));
    }

    /// <summary>Whatever lies there: nothing that is young, known or named is ever removed, and never a manifest while there is data.</summary>
    [Fact]
    public void Plan_OfAnyFolder_KeepsWhatIsYoungKnownOrNamed() =>
        Gen.Select(Gen.Select(Gen.Int[1, 3], Gen.Int[0, 3], Gen.Int[-2, 2]).List[0, 12], Gen.Select(Gen.Int[1, 3], Gen.Int[0, 3]).List[0, 6], Gen.Int[0, 3], Gen.Bool, Gen.Int[-2, 2])
            .Sample((segments, named, form, known, age) =>
            {
                var folder = new SweptFolder("b1", Uid) { ManifestModified = form == 0 ? null : Limit.AddDays(age) };
                foreach (var (attempt, index, days) in segments.DistinctBy(segment => (segment.Item1, segment.Item2)))
                    folder.Add(new(new(attempt, index), 1, Limit.AddDays(days)));
                var names = named.Select(name => new SegmentPlace(name.Item1, name.Item2)).ToHashSet();
                var manifest = form switch { 0 => null, 1 => ManifestReading.Unread, 2 => ManifestReading.Senseless, _ => new ManifestReading(names, false) };

                var plan = SweepPlanner.Plan(Rules(known), folder, manifest);

                Assert.All(plan.Remove, segment => Assert.True(segment.Modified < Limit && !known && (form == 0 || !names.Contains(segment.Place))));
                Assert.True(plan.Remove.Count == 0 || form is 0 or 3);
                Assert.True(!plan.RemoveManifest || (form == 3 && names.Count > 0 && folder.Segments.Count == 0 && age < 0 && !known));
                Assert.True(form != 3 || plan.Finding != FolderFinding.Backup || names.All(name => folder.Segments.Any(segment => segment.Place == name)));
            });

    [Theory]
    [InlineData(true, false, -1, UploadFinding.Remains)]
    [InlineData(true, false, 1, UploadFinding.Left)]
    [InlineData(true, false, null, UploadFinding.Left)]
    [InlineData(true, true, -1, UploadFinding.Left)]
    [InlineData(false, false, -1, UploadFinding.Stranger)]
    public void Judge_OfAnUpload_TakesOnlyOursThatIsOld(bool ours, bool known, int? days, object expected) =>
        Assert.Equal(expected, SweepPlanner.Judge(Rules(known), ours ? new("b1", Uid, new(1, 0)) : null, days is { } age ? Limit.AddDays(age) : null));

    [Theory]
    [InlineData($"b1-{Uid}/manifest.json", "b1", null)]
    [InlineData($"b1-{Uid}/data/01/00000000", "b1", "data/01/00000000")]
    [InlineData($"b1-{Uid}/data/117/100000001", "b1", "data/117/100000001")]
    [InlineData($"cron.daily-1-{Uid}/manifest.json", "cron.daily-1", null)]
    public void Read_OfAKeyOfOurs_SaysWhatItIs(string key, string name, string? segment)
    {
        var place = BackupPlace.Read("shop/orders/", "shop/orders/" + key)!;

        Assert.Equal((name, Uid, segment), (place.Name, place.Uid, place.Segment?.Key));
    }

    [Theory]
    [InlineData("readme.txt")]
    [InlineData("b1/manifest.json")]
    [InlineData($"{Uid}/manifest.json")]
    [InlineData($"-{Uid}/manifest.json")]
    [InlineData($"B1-{Uid}/manifest.json")]
    [InlineData($"b1-{Uid}/Manifest.json")]
    [InlineData($"b1-{Uid}/manifest.json.bak")]
    [InlineData($"b1-{Uid}/manifest.json\n")]
    [InlineData($"b1-{Uid}/data/1/00000000")]
    [InlineData($"b1-{Uid}/data/00/00000000")]
    [InlineData($"b1-{Uid}/data/001/00000000")]
    [InlineData($"b1-{Uid}/data/01/0000000")]
    [InlineData($"b1-{Uid}/data/01/000000000")]
    [InlineData($"b1-{Uid}/data/01/٠٠٠٠٠٠٠٠")]
    [InlineData($"b1-{Uid}/data/01/00000000/x")]
    [InlineData($"b1-{Uid}/data/99999999999/00000000")]
    [InlineData($"deep/b1-{Uid}/manifest.json")]
    [InlineData($"b1-{Uid}x/manifest.json")]
    public void Read_OfAnyOtherKey_IsAStranger(string key) => Assert.Null(BackupPlace.Read("shop/orders/", "shop/orders/" + key));

    private static SweepRules Rules(bool known) => new(Limit, known ? new HashSet<string> { Uid } : []);

    private static SweptFolder Folder(string segments, string manifest)
    {
        var folder = new SweptFolder("b1", Uid) { ManifestModified = manifest == "-" ? null : Limit.AddDays(manifest.StartsWith('+') ? 1 : -1) };
        foreach (var text in segments.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            folder.Add(new(Place(text.TrimEnd('+')), 1, Limit.AddDays(text.EndsWith('+') ? 1 : -1)));
        return folder;
    }

    private static ManifestReading? Reading(string manifest) => manifest switch
    {
        "-" => null,
        "?" => ManifestReading.Unread,
        "!" => ManifestReading.Senseless,
        _ => new(manifest.TrimStart('+').Split(' ').Select(Place).ToHashSet(), false),
    };

    private static SegmentPlace Place(string text) => text.Split('.') is [var attempt, var index] ? new(attempt[0] - '0', index[0] - '0') : throw new FormatException(text);

    private static string Removed(FolderPlan plan) =>
        string.Join(' ', plan.Remove.Select(segment => $"{segment.Place.Attempt}.{segment.Place.Index}").Concat(plan.RemoveManifest ? ["manifest"] : []));
}
