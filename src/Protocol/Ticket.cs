using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ControlPlane.Protocol;

/// <summary>What the bearer may do, with which backup of which cluster, until when. On the wire a JWT signed with ES256.</summary>
/// <param name="Namespace">The cluster's namespace.</param>
/// <param name="Cluster">The cluster's name; an agent accepts only its own.</param>
/// <param name="Operation">What may be done.</param>
/// <param name="Uid">The backup's UID; empty for <see cref="TicketOperation.Inspect"/>.</param>
/// <param name="Expires">The end of its validity; a stream that began before goes on.</param>
public sealed record Ticket(string Namespace, string Cluster, TicketOperation Operation, string Uid, DateTimeOffset Expires)
{
    private const string ClusterClaim = "cluster";
    private const string OperationClaim = "op";

    /// <summary>Signs a ticket.</summary>
    public string Sign(ECDsa key, DateTimeOffset now) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
    {
        Audience = AgentApi.ServerName(Namespace, Cluster),
        NotBefore = now.UtcDateTime.AddMinutes(-5),
        Expires = Expires.UtcDateTime,
        SigningCredentials = new SigningCredentials(Identified(key), SecurityAlgorithms.EcdsaSha256),
        Subject = new ClaimsIdentity(
        [
            new Claim(JwtRegisteredClaimNames.Sub, Uid),
            new Claim(ClusterClaim, $"{Namespace}/{Cluster}"),
            new Claim(OperationClaim, Operation.ToString()),
        ]),
    });

    /// <summary>
    /// Reads a ticket for the agent of one cluster. Returns null when the signature fits none of <paramref name="keys"/> (several during
    /// a rotation), when it is for another cluster, or when <paramref name="now"/> lies outside of its time.
    /// </summary>
    public static async Task<Ticket?> ReadAsync(string text, IReadOnlyCollection<ECDsa> keys, string @namespace, string cluster, DateTimeOffset now)
    {
        var result = await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(text, new TokenValidationParameters
        {
            ValidateIssuer = false,
            ValidAudience = AgentApi.ServerName(@namespace, cluster),
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            IssuerSigningKeys = keys.Select(Identified),
            RequireExpirationTime = true,
            LifetimeValidator = (notBefore, expires, _, _) => notBefore <= now.UtcDateTime && now.UtcDateTime < expires,
        });
        return result.IsValid && result.SecurityToken is JsonWebToken token ? From(token, @namespace, cluster) : null;
    }

    private static Ticket? From(JsonWebToken token, string @namespace, string cluster) =>
        token.TryGetPayloadValue(ClusterClaim, out string? name) && name == $"{@namespace}/{cluster}"
        && token.TryGetPayloadValue(OperationClaim, out string? word) && Enum.TryParse(word, out TicketOperation operation)
            ? new Ticket(@namespace, cluster, operation, token.Subject, new DateTimeOffset(token.ValidTo, TimeSpan.Zero))
            : null;

    // The key's own digest is its name, so that both sides agree on it without being told. Nothing is cached: the library's cache goes by
    // that name, and would go on using a key that was disposed of in a rotation.
    private static ECDsaSecurityKey Identified(ECDsa key) => new(key)
    {
        KeyId = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..16],
        CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
    };
}

/// <summary>What a ticket allows.</summary>
public enum TicketOperation
{
    /// <summary>Ask an instance how it stands.</summary>
    Inspect,

    /// <summary>Take the backup of that UID, and ask after it.</summary>
    Backup,
}
