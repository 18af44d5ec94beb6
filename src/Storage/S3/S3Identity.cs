using Amazon.Runtime;

namespace ControlPlane.Storage;

/// <summary>
/// The credentials of where this runs, in the order of AWS's own tools; what only a person's machine has is left out (profiles, single sign-on).
/// What is found is the SDK's; here is chosen, limited in time and put into words.
/// </summary>
internal sealed class S3Identity(S3StoreSettings settings) : AWSCredentials
{
    private const string WebIdentity = "the role by web identity";
    private const string Variables = "the environment";
    private const string PodIdentity = "Pod identity";
    private const string InstanceProfile = "the instance's profile";

    private const string None =
        "no credentials were found in the provider's chain: the storage names no credentialsSecret, and the Job's Pod has neither a role by web identity "
        + "(AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE) nor one by Pod identity (AWS_CONTAINER_CREDENTIALS_FULL_URI) nor a node with an instance profile "
        + "that it may use; name a Secret, or a serviceAccountName that a role is bound to";

    private readonly Lazy<AWSCredentials> source = new(() => Make(settings), LazyThreadSafetyMode.PublicationOnly);
    private ImmutableCredentials? current;

    // Whoever signs asks again, at once after the other was awaited.
    public override ImmutableCredentials GetCredentials() => current ?? GetCredentialsAsync().GetAwaiter().GetResult();

    public override async Task<ImmutableCredentials> GetCredentialsAsync()
    {
        string place = Place();
        try
        {
            // Some of the SDK's own ask before they return, even in their constructor.
            return current = await Task.Run(() => source.Value.GetCredentialsAsync()).WaitAsync(settings.IdentityTimeout);
        }
        catch (Exception trouble) when (trouble is not CredentialException)
        {
            // Where nothing else was asked for, nothing else is there.
            throw place == InstanceProfile
                ? new CredentialException(ObjectStoreFault.Denied, None)
                : new CredentialException(ObjectStoreFault.Transient, $"{place} gave no credentials ({NetworkTrouble.Quote(trouble.Message)})");
        }
    }

    private static string Place() =>
        Has("AWS_ROLE_ARN") || Has("AWS_WEB_IDENTITY_TOKEN_FILE") ? WebIdentity
        : Has("AWS_ACCESS_KEY_ID") && Has("AWS_SECRET_ACCESS_KEY") ? Variables
        : Has("AWS_CONTAINER_CREDENTIALS_FULL_URI") || Has("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") ? PodIdentity
        : InstanceProfile;

    private static AWSCredentials Make(S3StoreSettings settings) => Place() switch
    {
        WebIdentity => S3WebIdentity.Of(settings),
        Variables => new EnvironmentVariablesAWSCredentials(),
        PodIdentity => new GenericContainerCredentials(),
        _ when string.Equals(Environment.GetEnvironmentVariable("AWS_EC2_METADATA_DISABLED"), "true", StringComparison.OrdinalIgnoreCase) =>
            throw new CredentialException(ObjectStoreFault.Denied, None),
        _ => new InstanceProfileAWSCredentials(),
    };

    private static bool Has(string name) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name));
}
