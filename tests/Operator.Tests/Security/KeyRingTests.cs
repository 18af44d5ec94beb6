using ControlPlane.Operator.Security;

namespace ControlPlane.Operator.Tests.Security;

public sealed class KeyRingTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-11-22T12:00:00Z");
    private static readonly TimeSpan Overlap = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(new[] { 100 }, "0001.pem")]
    [InlineData(new[] { 0 }, "0001.pem")]
    [InlineData(new[] { 100, 0 }, "0001.pem")]
    [InlineData(new[] { 100, 59 }, "0001.pem")]
    [InlineData(new[] { 100, 60 }, "0002.pem")]
    [InlineData(new[] { 100, 80, 10 }, "0002.pem")]
    // A mounted Secret was written anew: all seem to be of this minute.
    [InlineData(new[] { 0, 0 }, "0001.pem")]
    public void Choose_ByMinutesSincePublished_TakesTheNewestThatIsKnownEverywhere(int[] minutes, string expected)
    {
        var files = minutes.Select((age, index) => new KeyFile($"{index + 1:D4}.pem", "", Now.AddMinutes(-age))).ToList();

        Assert.Equal(expected, KeyRing<KeyStandIn>.Choose(files, Now, Overlap).Name);
    }

    private sealed class KeyStandIn : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
