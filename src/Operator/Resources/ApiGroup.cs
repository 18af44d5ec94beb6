namespace ControlPlane.Operator.Resources;

/// <summary>Every name that this product uses in the Kubernetes API.</summary>
internal static class ApiGroup
{
    /// <summary>The group of all resources.</summary>
    public const string Name = "backup.controlplane";

    /// <summary>The version of all resources.</summary>
    public const string Version = "v1";

    /// <summary>Group and version as <c>apiVersion</c> has them.</summary>
    public const string ApiVersion = Name + "/" + Version;

    /// <summary>
    /// The category: <c>kubectl get mysql-backup -A</c> shows all of them. It may not be the singular of a kind: kubectl takes a name for a
    /// category first, and <c>kubectl get mysqlbackup NAME</c> would be refused.
    /// </summary>
    public const string Category = "mysql-backup";

    /// <summary>Field managers: who owns which fields in server-side apply.</summary>
    public static class FieldManagers
    {
        /// <summary>Status of our resources, but for <c>status.progress</c>, which is the runner's.</summary>
        public const string Status = "controlplane";

        /// <summary>The container <c>xtrabackup</c> and its volumes in an owner's workload.</summary>
        public const string Sidecar = "controlplane-sidecar";

        /// <summary>The number of instances of an owner's workload, while a restore stops it.</summary>
        public const string Restore = "controlplane-restore";

        /// <summary>Secrets, accounts and roles that the plane makes in an owner's namespace.</summary>
        public const string Objects = "controlplane-objects";
    }

    /// <summary>The kind <c>MySQLCluster</c>.</summary>
    public static class Clusters
    {
        public const string Kind = "MySQLCluster";
        public const string Plural = "mysqlclusters";
        public const string ShortName = "myc";
    }

    /// <summary>The kind <c>BackupPolicy</c>, of the whole cluster where the plane runs.</summary>
    public static class Policies
    {
        public const string Kind = "BackupPolicy";
        public const string Plural = "backuppolicies";
        public const string ShortName = "bpo";
    }

    /// <summary>The kind <c>MySQLBackup</c>.</summary>
    public static class Backups
    {
        public const string Kind = "MySQLBackup";
        public const string Plural = "mysqlbackups";
        public const string ShortName = "mbk";

        /// <summary>With it, deleting the resource deletes the data.</summary>
        public const string DeleteDataFinalizer = Name + "/delete-data";
    }

    /// <summary>The kind <c>MySQLRestore</c>.</summary>
    public static class Restores
    {
        public const string Kind = "MySQLRestore";
        public const string Plural = "mysqlrestores";
        public const string ShortName = "mrs";
    }

    /// <summary>The kind <c>RestoreDrill</c>.</summary>
    public static class Drills
    {
        public const string Kind = "RestoreDrill";
        public const string Plural = "restoredrills";
        public const string ShortName = "rdr";
    }

    /// <summary>The kind <c>FleetBudget</c>, which has no namespace.</summary>
    public static class Budgets
    {
        public const string Kind = "FleetBudget";
        public const string Plural = "fleetbudgets";
        public const string ShortName = "fbu";
    }

    /// <summary>The kind <c>MemberCluster</c>, which lives in no namespace.</summary>
    public static class Members
    {
        public const string Kind = "MemberCluster";
        public const string Plural = "memberclusters";
        public const string ShortName = "mbr";
    }

    /// <summary>Labels on Jobs, their Pods, Secrets and backups.</summary>
    public static class Labels
    {
        /// <summary>The database cluster's name, shortened to a label value where it is longer: see <see cref="Value"/>.</summary>
        public const string Cluster = Name + "/cluster";

        /// <summary>The backup resource's name, shortened likewise; the whole name stands in <see cref="Annotations.Backup"/>.</summary>
        public const string Backup = Name + "/backup";

        /// <summary>The backup resource's UID. A Job or Pod with this label is ours, and is watched.</summary>
        public const string Uid = Name + "/uid";

        /// <summary>The restore resource's name, shortened likewise; the whole name stands in <see cref="Annotations.Restore"/>.</summary>
        public const string Restore = Name + "/restore";

        /// <summary>The drill resource's name, shortened likewise; the whole name stands in <see cref="Annotations.Drill"/>.</summary>
        public const string Drill = Name + "/drill";

        /// <summary>The attempt, from 1.</summary>
        public const string Attempt = Name + "/attempt";

        /// <summary>What the Job does: the name of a <see cref="Protocol.JobOperation"/> in lower case.</summary>
        public const string Operation = Name + "/operation";

        /// <summary>The schedule that asked for a backup.</summary>
        public const string Schedule = Name + "/schedule";

        /// <summary><c>full</c> or <c>incremental</c>.</summary>
        public const string Type = Name + "/type";

        /// <summary>On a Secret in the plane's own namespace: that it holds the credentials of a member. The plane sees no other Secret's content.</summary>
        public const string Credentials = Name + "/credentials";

        /// <summary>The value of <see cref="Credentials"/>.</summary>
        public const string CredentialsOfMember = "member";

        /// <summary>The label of the Kubernetes conventions, with <see cref="ManagedByValue"/>.</summary>
        public const string ManagedBy = "app.kubernetes.io/managed-by";

        /// <summary>Our value of <see cref="ManagedBy"/>.</summary>
        public const string ManagedByValue = "controlplane";

        /// <summary>The Job's own label on its Pods; all versions of Kubernetes set it.</summary>
        public const string JobName = "job-name";

        /// <summary>The selector of the watches of Jobs and of Pods.</summary>
        public const string OursSelector = Uid;

        /// <summary>A resource's name as a label value: at most 63 characters, with a digest at the end where it was cut.</summary>
        public static string Value(string name)
        {
            if (name.Length <= Abstractions.Rfc1123.MaximumLabel)
                return name;
            var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)))[..8];
            return name[..(Abstractions.Rfc1123.MaximumLabel - digest.Length - 1)].TrimEnd('-', '.') + "-" + digest;
        }
    }

    /// <summary>Annotations on Jobs and their Pods.</summary>
    public static class Annotations
    {
        /// <summary>The backup resource's whole name; a label may not be longer than 63 characters.</summary>
        public const string Backup = Name + "/backup";

        /// <summary>The restore resource's whole name.</summary>
        public const string Restore = Name + "/restore";

        /// <summary>The drill resource's whole name.</summary>
        public const string Drill = Name + "/drill";

        /// <summary>The database cluster's whole name.</summary>
        public const string Cluster = Name + "/cluster";

        /// <summary>On a drill: each new word asks for a round now.</summary>
        public const string Run = Name + "/run";

        /// <summary>On a cluster: each new word asks for a sweep now; one that begins with <c>report</c> only for a report of what would be removed.</summary>
        public const string Sweep = Name + "/sweep";

        /// <summary>On a cluster: each new word that begins with <c>now</c> asks for a resource for each backup in its storages that has none; any other only for a report of them.</summary>
        public const string Import = Name + "/import";

        /// <summary>On a backup that a schedule asked for: when it fell due.</summary>
        public const string Due = Name + "/due";

        /// <summary>On a backup: while it stands, no retention rule lets the backup go; any value but <c>false</c>.</summary>
        public const string Hold = Name + "/hold";

        /// <summary>The request, on the Job's Pod.</summary>
        public const string Request = Protocol.JobFiles.RequestAnnotation;
    }

    /// <summary>Containers that this product puts into Pods.</summary>
    public static class Containers
    {
        /// <summary>The agent beside the server.</summary>
        public const string Agent = "xtrabackup";

        /// <summary>The runner in a Job.</summary>
        public const string Runner = "runner";

        /// <summary>The server in a drill's Job.</summary>
        public const string Server = "server";
    }
}
