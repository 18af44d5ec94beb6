using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ControlPlane.Testing;

/// <summary>
/// Hands out access tokens: for an assertion that a service account's key signed, and as a machine's metadata service. The signature is
/// really checked. Two accounts exist: one that may do everything in the bucket, one that may do nothing.
/// </summary>
internal sealed class StandInGoogleTokens : IDisposable
{
    public const string Owner = "owner@project.iam.gserviceaccount.com";
    public const string Stranger = "stranger@project.iam.gserviceaccount.com";

    // Made once: each suite starts a stand-in for every test, and making a key is most of the work.
    private static readonly string Pem = MakeKey();

    private readonly RSA key = RSA.Create();
    private readonly ConcurrentDictionary<string, string> accounts = new();
    private int issued;

    public StandInGoogleTokens() => key.ImportFromPem(Pem);

    /// <summary>How many tokens were handed out.</summary>
    public int Issued => issued;

    /// <summary>Whether assertions are refused, as for a key that was deleted.</summary>
    public bool KeyIsGone { get; set; }

    /// <summary>All tokens so far are no longer taken.</summary>
    public void Revoke() => accounts.Clear();

    /// <summary>The key file of an account.</summary>
    /// <param name="account">Its address.</param>
    /// <param name="tokenAddress">Where tokens are had.</param>
    /// <param name="pem">The private key; the one that is known here when null.</param>
    public static string KeyFile(string account, Uri tokenAddress, string? pem = null) => JsonSerializer.Serialize(new Dictionary<string, string>
    {
        ["type"] = "service_account",
        ["project_id"] = "project",
        ["private_key_id"] = "1",
        ["private_key"] = pem ?? Pem,
        ["client_email"] = account,
        ["client_id"] = "1",
        ["token_uri"] = tokenAddress.AbsoluteUri,
    });

    public async Task ServeAsync(StandInGoogleCall call)
    {
        call.Context.Response.Headers["Metadata-Flavor"] = "Google";
        if (call.Path == "/token")
        {
            await AnswerAsync(call, Account(Encoding.UTF8.GetString(await call.ReadBodyAsync())));
        }
        else if (call.Path.EndsWith("/token", StringComparison.Ordinal) && call.Header("Metadata-Flavor") == "Google")
        {
            await AnswerAsync(call, Owner);
        }
        else
        {
            await call.AnswerAsync("text/plain", "computeMetadata/");
        }
    }

    /// <summary>Throws unless a call has the token of an account that may do it.</summary>
    public void Check(StandInGoogleCall call, bool json)
    {
        string token = call.Header("Authorization") is { } header && header.StartsWith("Bearer ", StringComparison.Ordinal) ? header["Bearer ".Length..] : "";
        if (!accounts.TryGetValue(token, out string? account))
        {
            throw json
                ? StandInGoogleAnswer.Json(401, "authError", "Invalid Credentials")
                : StandInGoogleAnswer.Xml(401, "AuthenticationRequired", "Authentication required.");
        }

        if (account != Owner)
        {
            string words = $"{account} does not have storage.objects.create access to the Google Cloud Storage object.";
            throw json ? StandInGoogleAnswer.Json(403, "forbidden", words) : StandInGoogleAnswer.Xml(403, "AccessDenied", words);
        }
    }

    public void Dispose() => key.Dispose();

    private static string MakeKey()
    {
        using var made = RSA.Create(2048);
        return made.ExportPkcs8PrivateKeyPem();
    }

    private async Task AnswerAsync(StandInGoogleCall call, string? account)
    {
        if (account is null)
        {
            await call.AnswerAsync("application/json", """{"error":"invalid_grant","error_description":"Invalid JWT Signature."}""", 400);
            return;
        }

        string token = $"token-{Interlocked.Increment(ref issued)}";
        accounts[token] = account;
        await call.AnswerAsync("application/json", $$"""{"access_token":"{{token}}","expires_in":3600,"token_type":"Bearer"}""");
    }

    private string? Account(string form)
    {
        var fields = form.Split('&').Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));
        string[] assertion = fields["assertion"].Split('.');
        bool signed = key.VerifyData(
            Encoding.ASCII.GetBytes($"{assertion[0]}.{assertion[1]}"), Bytes(assertion[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var claims = JsonDocument.Parse(Bytes(assertion[1]));
        bool scoped = claims.RootElement.GetProperty("scope").GetString() == "https://www.googleapis.com/auth/devstorage.read_write";
        return signed && scoped && !KeyIsGone ? claims.RootElement.GetProperty("iss").GetString() : null;
    }

    private static byte[] Bytes(string base64Url) =>
        Convert.FromBase64String(base64Url.Replace('-', '+').Replace('_', '/').PadRight((base64Url.Length + 3) / 4 * 4, '='));
}
