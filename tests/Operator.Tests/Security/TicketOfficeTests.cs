using System.Security.Cryptography;
using System.Text.RegularExpressions;
using ControlPlane.Operator.Security;
using ControlPlane.Protocol;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ControlPlane.Operator.Tests.Security;

public sealed class TicketOfficeTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("keys-");
    private readonly FakeTimeProvider time = new(DateTimeOffset.Parse("2026-11-22T12:00:00Z"));

    [Fact]
    public async Task Issue_ForABackup_IsReadByItsAgentOnly()
    {
        using var office = Create();

        var text = office.Issue("shop", "orders", TicketOperation.Backup, "uid-1", time.GetUtcNow().AddHours(1));

        Assert.Equal("uid-1", (await ReadAsync(office, text, "orders"))?.Uid);
        Assert.Null(await ReadAsync(office, text, "invoices"));
    }

    [Fact]
    public async Task Issue_ManyAtOnce_AreAllGood()
    {
        using var office = Create();

        var texts = await Task.WhenAll(Enumerable.Range(0, 64).Select(number =>
            Task.Run(() => office.Issue("shop", "orders", TicketOperation.Backup, $"uid-{number}", time.GetUtcNow().AddHours(1)))));

        foreach (var text in texts)
            Assert.NotNull(await ReadAsync(office, text, "orders"));
    }

    [Fact]
    public async Task PublicKeys_DuringARotation_AcceptTicketsOfBothKeys()
    {
        using var office = Create();
        var before = office.Issue("shop", "orders", TicketOperation.Backup, "uid-1", time.GetUtcNow().AddHours(9));
        var added = Path.Combine(folder.FullName, "tickets", "0002.pem");
        using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
            File.WriteAllText(added, key.ExportPkcs8PrivateKeyPem());
        File.SetLastWriteTimeUtc(added, time.GetUtcNow().UtcDateTime);

        time.Advance(TimeSpan.FromMinutes(2));
        var published = office.PublicKeys;
        time.Advance(TimeSpan.FromHours(2));
        var after = office.Issue("shop", "orders", TicketOperation.Backup, "uid-2", time.GetUtcNow().AddHours(1));

        Assert.Equal(2, Regex.Count(published, "BEGIN PUBLIC KEY"));
        Assert.NotNull(await ReadAsync(office, before, "orders"));
        Assert.NotNull(await ReadAsync(office, after, "orders"));
        Assert.NotEqual(KeyId(before), KeyId(after));
    }

    [Fact]
    public void PublicKeys_Always_HoldNoPrivateKey()
    {
        using var office = Create();

        Assert.DoesNotContain("PRIVATE", office.PublicKeys, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private TicketOffice Create() => new(Options.Create(new OperatorOptions { KeysFolder = folder.FullName }), time);

    private static string KeyId(string ticket) => ticket.Split('.')[0];

    private async Task<Ticket?> ReadAsync(TicketOffice office, string text, string cluster)
    {
        var keys = Regex.Matches(office.PublicKeys, "-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", RegexOptions.Singleline).Select(block =>
        {
            var key = ECDsa.Create();
            key.ImportFromPem(block.Value);
            return key;
        }).ToList();
        return await Ticket.ReadAsync(text, keys, "shop", cluster, time.GetUtcNow());
    }
}
