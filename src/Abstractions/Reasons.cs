namespace ControlPlane.Abstractions;

/// <summary>Every reason there is, in conditions, events and <c>status.reason</c>. A closed list, explained in <c>docs/reconcile.md</c>.</summary>
public static class Reasons
{
    /// <summary>The resource was read and is acted on.</summary>
    public const string Accepted = nameof(Accepted);

    /// <summary>The resource has faults; the message lists all of them.</summary>
    public const string Invalid = nameof(Invalid);

    /// <summary>The cluster's backups are switched off.</summary>
    public const string BackupsDisabled = nameof(BackupsDisabled);

    /// <summary>The cluster's owner suspended it.</summary>
    public const string Suspended = nameof(Suspended);

    /// <summary>There is no cluster of that name in the namespace, or it was never readable.</summary>
    public const string ClusterNotFound = nameof(ClusterNotFound);

    /// <summary>The cluster has no storage of that name.</summary>
    public const string StorageNotFound = nameof(StorageNotFound);

    /// <summary>Another backup of the cluster runs.</summary>
    public const string BackupRunning = nameof(BackupRunning);

    /// <summary>Another backup of the cluster is being imported.</summary>
    public const string ImportRunning = nameof(ImportRunning);

    /// <summary>The folder that is to be imported belongs to another resource already.</summary>
    public const string AlreadyDescribed = nameof(AlreadyDescribed);

    /// <summary>A ready source instance is being looked for.</summary>
    public const string ChoosingSource = nameof(ChoosingSource);

    /// <summary>No instance of the cluster can be backed up from now.</summary>
    public const string NoSource = nameof(NoSource);

    /// <summary>The Job was asked for.</summary>
    public const string JobCreated = nameof(JobCreated);

    /// <summary>The Job's Pod cannot start; the message says why.</summary>
    public const string PodNotStarting = nameof(PodNotStarting);

    /// <summary>Bytes move.</summary>
    public const string JobRunning = nameof(JobRunning);

    /// <summary>The store is read back.</summary>
    public const string CheckingStore = nameof(CheckingStore);

    /// <summary>The attempt failed and is tried again.</summary>
    public const string Retrying = nameof(Retrying);

    /// <summary>The Job ended without a report.</summary>
    public const string JobLost = nameof(JobLost);

    /// <summary>It is done.</summary>
    public const string Completed = nameof(Completed);

    /// <summary>The owner asked for its end.</summary>
    public const string Cancelled = nameof(Cancelled);

    /// <summary>The work is being stopped.</summary>
    public const string Stopping = nameof(Stopping);

    /// <summary>A deadline passed.</summary>
    public const string DeadlineExceeded = nameof(DeadlineExceeded);

    /// <summary>The data is being removed from the store.</summary>
    public const string RemovingData = nameof(RemovingData);

    /// <summary>Removing the data failed and is tried again.</summary>
    public const string RemovalFailed = nameof(RemovalFailed);

    /// <summary>Its retention let it go; its data is being removed together with others'.</summary>
    public const string Expired = nameof(Expired);

    /// <summary>Backups that retention let go were removed.</summary>
    public const string Pruned = nameof(Pruned);

    /// <summary>Backups that retention let go could not be removed; it is tried again.</summary>
    public const string PruneFailed = nameof(PruneFailed);

    /// <summary>The data key is being wrapped anew, with another key of the owner's.</summary>
    public const string Rewrapping = nameof(Rewrapping);

    /// <summary>The data key was wrapped anew.</summary>
    public const string Rewrapped = nameof(Rewrapped);

    /// <summary>Wrapping the data key anew failed and is tried again; the backup is as it was.</summary>
    public const string RewrapFailed = nameof(RewrapFailed);

    /// <summary>The sidecar is in place and ready on every Pod.</summary>
    public const string SidecarReady = nameof(SidecarReady);

    /// <summary>The sidecar is not ready on every Pod.</summary>
    public const string SidecarNotReady = nameof(SidecarNotReady);

    /// <summary>The workload cannot be used; the message says why.</summary>
    public const string WorkloadFaulty = nameof(WorkloadFaulty);

    /// <summary>There is no good backup yet.</summary>
    public const string NoBackup = nameof(NoBackup);

    /// <summary>There is a good backup.</summary>
    public const string BackupAvailable = nameof(BackupAvailable);

    /// <summary>A schedule fell due, and its backup was asked for.</summary>
    public const string BackupDue = nameof(BackupDue);

    /// <summary>A due time is made up for a little later: the plane could not act when it came.</summary>
    public const string CatchingUp = nameof(CatchingUp);

    /// <summary>The plane did not run, or could not act, when a schedule fell due.</summary>
    public const string PlaneAway = nameof(PlaneAway);

    /// <summary>The cluster's member could not be reached when a schedule fell due.</summary>
    public const string MemberAway = nameof(MemberAway);

    /// <summary>A later due time came before this one could be made up for.</summary>
    public const string Overtaken = nameof(Overtaken);

    /// <summary>The API server took no resource for a backup that was due.</summary>
    public const string NotCreated = nameof(NotCreated);

    /// <summary>The cluster's place in each storage was looked through; nothing there is out of order.</summary>
    public const string Swept = nameof(Swept);

    /// <summary>There are objects under the cluster's prefix that are none of ours.</summary>
    public const string StrangersFound = nameof(StrangersFound);

    /// <summary>There are manifests whose data is not there, or that cannot be understood.</summary>
    public const string BackupsDamaged = nameof(BackupsDamaged);

    /// <summary>A backup that succeeded is no longer in the store, or not whole.</summary>
    public const string DataMissing = nameof(DataMissing);

    /// <summary>Backups that were in the store without a resource have been imported; the message says how many.</summary>
    public const string Imported = nameof(Imported);

    /// <summary>Some backups in the store could not be imported; the status lists the last of them.</summary>
    public const string ImportFailed = nameof(ImportFailed);

    /// <summary>A storage could not be swept; it is tried again.</summary>
    public const string SweepFailed = nameof(SweepFailed);

    /// <summary>A restore of the cluster is under way.</summary>
    public const string RestoreRunning = nameof(RestoreRunning);

    /// <summary>Backup, volumes and workload are being looked at; nothing is touched.</summary>
    public const string Planning = nameof(Planning);

    /// <summary>The plan of a dry run is there.</summary>
    public const string Planned = nameof(Planned);

    /// <summary>The restore cannot be done; the message lists all that is in its way. Nothing was touched.</summary>
    public const string PlanBlocked = nameof(PlanBlocked);

    /// <summary>There is no good backup of that name.</summary>
    public const string BackupNotFound = nameof(BackupNotFound);

    /// <summary>The workload is being stopped.</summary>
    public const string WorkloadStopping = nameof(WorkloadStopping);

    /// <summary>The volumes are being restored.</summary>
    public const string VolumesRestoring = nameof(VolumesRestoring);

    /// <summary>The workload was started, and its database is waited for.</summary>
    public const string WorkloadStarting = nameof(WorkloadStarting);

    /// <summary>The previous data are being put back.</summary>
    public const string PuttingBack = nameof(PuttingBack);

    /// <summary>The previous data could not be put back; the message says what to do.</summary>
    public const string NotPutBack = nameof(NotPutBack);

    /// <summary>The previous data are gone, as its owner confirmed or after their time.</summary>
    public const string Confirmed = nameof(Confirmed);

    /// <summary>The plane lost its memory while the restore was under way; the message says what to look at.</summary>
    public const string MemoryLost = nameof(MemoryLost);

    /// <summary>Another drill of the cluster is at work.</summary>
    public const string DrillRunning = nameof(DrillRunning);

    /// <summary>A drill fell due by its schedule.</summary>
    public const string DrillDue = nameof(DrillDue);

    /// <summary>The drill has never run.</summary>
    public const string NotDue = nameof(NotDue);

    /// <summary>A drill restored the backup, and what came up was what it had to be.</summary>
    public const string Proven = nameof(Proven);

    /// <summary>No schedule of the cluster can fall due, and no policy gives it one.</summary>
    public const string NoSchedule = nameof(NoSchedule);

    /// <summary>A workload looks like a database, and no cluster describes it.</summary>
    public const string NotDescribed = nameof(NotDescribed);

    /// <summary>Policies of one priority give different values for one field; the message names them and it.</summary>
    public const string PolicyConflict = nameof(PolicyConflict);

    /// <summary>What policies say is in force.</summary>
    public const string PolicyApplied = nameof(PolicyApplied);

    /// <summary>Some clusters that a policy selects have faults, and keep what was in force.</summary>
    public const string ClustersFaulty = nameof(ClustersFaulty);

    /// <summary>A backup is far smaller than those before it.</summary>
    public const string SizeCollapsed = nameof(SizeCollapsed);

    /// <summary>A backup was compressed far better or worse than those before it.</summary>
    public const string RatioJumped = nameof(RatioJumped);

    /// <summary>A backup took far longer than those before it.</summary>
    public const string DurationJumped = nameof(DurationJumped);

    /// <summary>An objective of the cluster is met.</summary>
    public const string ObjectiveMet = nameof(ObjectiveMet);

    /// <summary>An objective of the cluster is missed; the message says since when and by what.</summary>
    public const string ObjectiveMissed = nameof(ObjectiveMissed);

    /// <summary>No drill has proven a backup of the cluster, or measured how long a recovery takes.</summary>
    public const string NotProven = nameof(NotProven);

    /// <summary>A fleet budget has no place for it now; the message says which, and how many are before it.</summary>
    public const string WaitingForPlace = nameof(WaitingForPlace);

    /// <summary>It may begin in a window only, and none is open.</summary>
    public const string OutsideWindow = nameof(OutsideWindow);

    /// <summary>A blackout is on.</summary>
    public const string Blackout = nameof(Blackout);

    /// <summary>More runs than a fleet budget allows; nothing is stopped for it, and nothing begins.</summary>
    public const string OverLimit = nameof(OverLimit);

    /// <summary>No more runs than a fleet budget allows.</summary>
    public const string WithinLimit = nameof(WithinLimit);

    /// <summary>The member's API server takes the credentials and answers.</summary>
    public const string Connected = nameof(Connected);

    /// <summary>The member's API server does not answer; the message says how.</summary>
    public const string Unreachable = nameof(Unreachable);

    /// <summary>The member's API server does not take the credentials.</summary>
    public const string CredentialsRefused = nameof(CredentialsRefused);

    /// <summary>What the member's Secret holds cannot be used; the message says why.</summary>
    public const string CredentialsInvalid = nameof(CredentialsInvalid);

    /// <summary>There is no Secret of the name that the member gives, or it lacks its label.</summary>
    public const string SecretNotFound = nameof(SecretNotFound);

    /// <summary>The member's credentials lead to a Kubernetes cluster that is another one than before, or is a member already.</summary>
    public const string AnotherCluster = nameof(AnotherCluster);

    /// <summary>There is no member of that name.</summary>
    public const string MemberUnknown = nameof(MemberUnknown);

    /// <summary>The control plane has not read its own configuration yet.</summary>
    public const string NotKnownYet = nameof(NotKnownYet);

    /// <summary>The member grants all that the control plane needs.</summary>
    public const string RightsGranted = nameof(RightsGranted);

    /// <summary>The member grants less than the control plane needs; the message names what is missing.</summary>
    public const string RightsMissing = nameof(RightsMissing);
}
