using System.Globalization;
using System.Text.Json.Nodes;

namespace ControlPlane.Members;

/// <summary>What goes on in a stand-in member: somebody asks for a backup now and then, Jobs come to their end, and what has ended is deleted after a minute.</summary>
internal sealed class StandInWork(StandInMember member)
{
    private static readonly TimeSpan Start = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);

    private int made;
    private int ended;

    /// <summary>Backups that were asked for.</summary>
    public int Made => made;

    /// <summary>Jobs that came to their end.</summary>
    public int Ended => ended;

    /// <summary>Asks for a backup of the next cluster.</summary>
    public void AskForBackup()
    {
        var number = Interlocked.Increment(ref made);
        var (space, cluster) = StandInMember.Place(number * 7 % member.Count);
        var name = string.Create(CultureInfo.InvariantCulture, $"{cluster}-{number}");
        member.Backups.Put(ClusterDocuments.Backup(space, cluster, name));
        _ = LaterAsync(Kept, () => member.Backups.Remove(space, name));
    }

    /// <summary>A Job was made: its Pod runs for some seconds and reports a backup.</summary>
    public void Run(JsonObject job) => _ = RunAsync(job);

    private async Task RunAsync(JsonObject job)
    {
        var (space, name) = ((string)job["metadata"]!["namespace"]!, (string)job["metadata"]!["name"]!);
        await Task.Delay(Start, TimeProvider.System);
        Change(space, name, new JsonObject { ["active"] = 1 }, job, PodStatus("Running", new JsonObject { ["running"] = new JsonObject() }));
        await Task.Delay(Length, TimeProvider.System);
        var terminated = new JsonObject { ["terminated"] = new JsonObject { ["exitCode"] = 0, ["message"] = Report(job).ToJsonString() } };
        var complete = new JsonObject { ["succeeded"] = 1, ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Complete", ["status"] = "True" }) };
        Change(space, name, complete, job, PodStatus("Succeeded", terminated));
        Interlocked.Increment(ref ended);
        await LaterAsync(Kept, () => Remove(space, name));
    }

    /// <summary>A Job and its Pod are gone.</summary>
    public void Remove(string @namespace, string job)
    {
        member.Pods.Remove(@namespace, job + "-pod");
        member.Jobs.Remove(@namespace, job);
    }

    private void Change(string @namespace, string name, JsonObject status, JsonObject job, JsonObject podStatus)
    {
        lock (member.Gate)
        {
            if (member.Jobs.Find(@namespace, name) is not { } present)
                return;
            var pod = member.Pods.Find(@namespace, name + "-pod") ?? Pod(@namespace, name, job);
            pod["status"] = podStatus;
            member.Pods.Put(pod);
            present["status"] = status;
            member.Jobs.Put(present);
        }
    }

    private static JsonObject Pod(string @namespace, string job, JsonObject document)
    {
        var template = document["spec"]!["template"]!;
        var labels = (JsonObject)template["metadata"]!["labels"]!.DeepClone();
        labels["job-name"] = job;
        return new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = job + "-pod", ["namespace"] = @namespace, ["labels"] = labels, ["annotations"] = template["metadata"]!["annotations"]?.DeepClone(),
            },
            ["spec"] = template["spec"]!.DeepClone(),
        };
    }

    private static JsonObject PodStatus(string phase, JsonObject state) => new()
    {
        ["phase"] = phase,
        ["containerStatuses"] = new JsonArray(new JsonObject { ["name"] = "runner", ["ready"] = false, ["restartCount"] = 0, ["image"] = "none", ["imageID"] = "none", ["state"] = state }),
    };

    private static JsonObject Report(JsonObject job)
    {
        var labels = job["metadata"]!["labels"]!;
        return new JsonObject
        {
            ["uid"] = (string?)labels["backup.controlplane/uid"],
            ["attempt"] = int.Parse((string)labels["backup.controlplane/attempt"]!, CultureInfo.InvariantCulture),
            ["summary"] = new JsonObject
            {
                ["manifestDigest"] = "sha256:" + new string('0', 64), ["sizeBytes"] = 1 << 30, ["storedBytes"] = 1 << 29, ["segments"] = 8, ["engine"] = "MariaDbBackup", ["positions"] = new JsonObject { ["toolVersion"] = "none" },
            },
        };
    }

    private static async Task LaterAsync(TimeSpan pause, Action act)
    {
        await Task.Delay(pause, TimeProvider.System);
        act();
    }
}
