using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using ControlPlane.Protocol;
using k8s.Models;

namespace ControlPlane.Operator.Jobs;

/// <summary>What a Job's Pod finds in its folders: see <see cref="JobFiles"/>.</summary>
internal static class RunnerVolumes
{
    // Readable by its owner, to which the kubelet adds the Pod's group.
    private const int OwnerReads = 0x100;
    private const int AllRead = 0x124;

    public static List<V1Volume> Build(JobOrder order)
    {
        List<V1Volume> volumes =
        [
            new()
            {
                Name = Runner.Volumes.Request,
                DownwardAPI = new()
                {
                    Items =
                    [
                        new() { Path = Path.GetFileName(JobFiles.Request), FieldRef = new() { FieldPath = $"metadata.annotations['{ApiGroup.Annotations.Request}']" } },
                    ],
                },
            },
            new() { Name = Runner.Volumes.Scratch, EmptyDir = new() { SizeLimit = new("256Mi") } },
        ];

        // Optional where it is the owner's: an absent Secret is a file that the runner misses by name, not a Pod that never starts.
        if (order.Source is not null)
            volumes.Add(Secret(Runner.Volumes.Ticket, order.Job, optional: false));
        if (order.Volume is { } data)
            volumes.Add(new() { Name = Runner.Volumes.Data, PersistentVolumeClaim = new() { ClaimName = data.Claim } });
        if (order.Drill is { } drill)
            volumes.Add(DrillServers.Volume(drill));
        if (order.Storage.Request.CredentialsSecret is { } credentials)
            volumes.Add(Secret(Runner.Volumes.Credentials, credentials, optional: true));
        if (order.Storage.CaBundle is { } bundle)
        {
            var volume = Secret(Runner.Volumes.CaBundle, bundle.SecretName, optional: true);
            volume.Secret.Items = [new() { Key = bundle.Key, Path = Path.GetFileName(JobFiles.CaBundle) }];
            volumes.Add(volume);
        }
        if (order.Request.Sealing is { } sealing)
        {
            // The one key that is needed, and no other. A rewrap needs two, and which was the last is only known from the manifest.
            var volume = Secret(Runner.Volumes.EncryptionKeys, sealing.SecretName, optional: true);
            if (order.Request.Operation != JobOperation.Rewrap)
                volume.Secret.Items = [new() { Key = sealing.KeyId, Path = sealing.KeyId }];
            volumes.Add(volume);
        }
        if (order.Storage.Request.FileSystem is { } fileSystem)
            volumes.Add(new() { Name = Runner.Volumes.Backup, PersistentVolumeClaim = new() { ClaimName = fileSystem.PersistentVolumeClaim } });

        // Without a group of the Pod's, its user could not read what belongs to root.
        if (order.Volume is { Identity.FsGroup: null })
        {
            foreach (var secret in volumes.Select(volume => volume.Secret).OfType<V1SecretVolumeSource>())
                secret.DefaultMode = AllRead;
        }

        return volumes;
    }

    public static List<V1VolumeMount> Mounts(JobOrder order)
    {
        List<V1VolumeMount> mounts =
        [
            ReadOnly(Runner.Volumes.Request, FolderOf(JobFiles.Request)),
            new() { Name = Runner.Volumes.Scratch, MountPath = JobFiles.Scratch },
        ];
        if (order.Source is not null)
            mounts.Add(ReadOnly(Runner.Volumes.Ticket, FolderOf(JobFiles.Ticket)));
        if (order.Volume is { } data)
            mounts.Add(data.ReadOnly ? ReadOnly(Runner.Volumes.Data, JobFiles.DataVolume) : new() { Name = Runner.Volumes.Data, MountPath = JobFiles.DataVolume });
        if (order.Drill is not null)
            mounts.Add(new() { Name = Runner.Volumes.Data, MountPath = JobFiles.DataVolume });
        if (order.Storage.Request.CredentialsSecret is not null)
            mounts.Add(ReadOnly(Runner.Volumes.Credentials, JobFiles.Credentials));
        if (order.Storage.CaBundle is not null)
            mounts.Add(ReadOnly(Runner.Volumes.CaBundle, FolderOf(JobFiles.CaBundle)));
        if (order.Request.Sealing is not null)
            mounts.Add(ReadOnly(Runner.Volumes.EncryptionKeys, JobFiles.EncryptionKeys));
        if (order.Storage.Request.FileSystem is not null)
            mounts.Add(new() { Name = Runner.Volumes.Backup, MountPath = JobFiles.Volume });
        return mounts;
    }

    private static V1Volume Secret(string name, string secret, bool optional) =>
        new() { Name = name, Secret = new() { SecretName = secret, DefaultMode = OwnerReads, Optional = optional } };

    private static V1VolumeMount ReadOnly(string name, string path) => new() { Name = name, MountPath = path, ReadOnlyProperty = true };

    private static string FolderOf(string file) => Path.GetDirectoryName(file)!;
}
