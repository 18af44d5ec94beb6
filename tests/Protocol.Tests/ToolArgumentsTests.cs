using CsCheck;

namespace ControlPlane.Protocol.Tests;

public sealed class ToolArgumentsTests
{
    private static readonly Gen<string> Refused = Among("password", "target-dir", "defaults-extra-file", "incremental-lsn", "plugin-load", "mysqld-args");
    private static readonly Gen<string> Prefixes = Among("", "loose-", "loose_", "skip-", "maximum_");

    [Theory]
    [InlineData("--parallel=4")]
    [InlineData("--throttle=100")]
    [InlineData("--safe-slave-backup-timeout=60")]
    [InlineData("--galera-info")]
    [InlineData("--ftwrl-wait-timeout=30")]
    [InlineData("--kill-long-queries-timeout=20")]
    [InlineData("--ssl-ca=/etc/ca.pem")]
    [InlineData("--lock-ddl=REDUCED")]
    public void Faults_OfAHarmlessArgument_AreNone(string argument) =>
        Assert.Empty(ToolArguments.Faults([argument]));

    [Theory]
    [InlineData("--password=hunter2", "--password")]
    [InlineData("--pass=hunter2", "--password")]
    [InlineData("--loose-password=hunter2", "--password")]
    [InlineData("--loose_loose_password=hunter2", "--password")]
    [InlineData("--target_dir=/x", "--target-dir")]
    [InlineData("--skip-stream", "--stream")]
    [InlineData("--stream=tar", "--stream")]
    [InlineData("--datadir=/x", "--datadir")]
    [InlineData("--defaults-file=/x", "--defaults-file")]
    [InlineData("--user=root", "--user")]
    [InlineData("--host=h", "--host")]
    [InlineData("--extra-lsndir=/x", "--extra-lsndir")]
    [InlineData("--no-lock", "--no-lock")]
    [InlineData("--tables=a", "--tables")]
    public void Faults_OfADangerousArgument_NameTheOptionAndNeverItsValue(string argument, string option)
    {
        var fault = Assert.Single(ToolArguments.Faults([argument]));

        Assert.Contains(option, fault, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-p")]
    [InlineData("-phunter2")]
    [InlineData("--")]
    [InlineData("4")]
    [InlineData("--=x")]
    [InlineData("--PARALLEL=4")]
    [InlineData("--parallel 4")]
    [InlineData("--parallel=4\n--password=x")]
    public void Faults_OfWhatIsNoLongOption_SaySo(string argument) =>
        Assert.Single(ToolArguments.Faults([argument]));

    [Fact]
    public void Faults_OfSeveralArguments_AreAllReported() =>
        Assert.Equal(2, ToolArguments.Faults(["--parallel=2", "--user=a", "--host=b"]).Count);

    [Fact]
    public void Faults_OfTooMuch_AreReported()
    {
        Assert.Single(ToolArguments.Faults([.. Enumerable.Repeat("--parallel=1", ToolArguments.MaximumCount + 1)]));
        Assert.Single(ToolArguments.Faults(["--x=" + new string('a', ToolArguments.MaximumLength)]));
    }

    [Fact]
    public void Faults_OfEveryBeginningOfARefusedOption_AreNotEmpty() =>
        Gen.Select(Refused, Gen.Int[1, 30], Prefixes)
            .Sample((option, length, prefix) => ToolArguments.Faults([$"--{prefix}{option[..Math.Min(length, option.Length)]}=x"]).Count == 1);

    private static Gen<string> Among(params string[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
