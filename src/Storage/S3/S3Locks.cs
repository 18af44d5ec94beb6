using Amazon.S3;
using Amazon.S3.Model;

namespace ControlPlane.Storage;

/// <summary>
/// Objects that their bucket keeps: object lock. A bucket with locks has versions too, so a deletion of a locked object is never refused; it
/// only hides it. Hidden is not removed, so whoever is asked to remove an object looks for a lock first.
/// </summary>
internal sealed class S3Locks(S3Connection connection, TimeProvider time)
{
    private const int LookedAtSideBySide = 8;

    private volatile bool none;

    /// <summary>Throws for the first key whose object is locked.</summary>
    public async Task CheckAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        if (keys.Count == 0 || none || !connection.Settings.Dialect.HasLocks)
        {
            return;
        }

        if (!await MayHaveLocksAsync(cancellationToken))
        {
            none = true;
            return;
        }

        var options = new ParallelOptions { MaxDegreeOfParallelism = LookedAtSideBySide, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(keys, options, async (key, token) => await CheckAsync(key, token));
    }

    // Locks have to be switched on for a bucket. Who may not ask, or whose store does not understand, is told nothing: then each object tells.
    private async Task<bool> MayHaveLocksAsync(CancellationToken cancellationToken)
    {
        var request = new GetObjectLockConfigurationRequest { BucketName = connection.Bucket };
        try
        {
            var answer = await connection.SendAsync(
                "look for object lock", token => connection.Client.GetObjectLockConfigurationAsync(request, token), cancellationToken);
            return answer.ObjectLockConfiguration?.ObjectLockEnabled == ObjectLockEnabled.Enabled;
        }
        catch (ObjectStoreException trouble) when (trouble.Fault == ObjectStoreFault.Denied)
        {
            return true;
        }
        catch (ObjectStoreException trouble) when (trouble.Fault is ObjectStoreFault.NotFound or ObjectStoreFault.Refused)
        {
            return false;
        }
    }

    private async Task CheckAsync(string key, CancellationToken cancellationToken)
    {
        var request = new GetObjectMetadataRequest { BucketName = connection.Bucket, Key = connection.Full(key) };
        try
        {
            var answer = await connection.SendAsync(
                $"look at {key}", token => connection.Client.GetObjectMetadataAsync(request, token), cancellationToken);
            var until = answer.ObjectLockRetainUntilDate is { } date ? new DateTimeOffset(date.ToUniversalTime()) : default(DateTimeOffset?);
            if (answer.ObjectLockLegalHoldStatus == ObjectLockLegalHoldStatus.On)
            {
                throw ObjectLock.Fault("delete", key, connection.Location, "a legal hold", null);
            }

            if (answer.ObjectLockMode is { } mode && until > time.GetUtcNow())
            {
                throw ObjectLock.Fault("delete", key, connection.Location, $"a lock ({mode.Value})", until);
            }
        }
        catch (ObjectStoreException trouble) when (trouble.Fault is ObjectStoreFault.NotFound or ObjectStoreFault.Denied)
        {
            // Gone already, or the deletion will say what is denied.
        }
    }
}
