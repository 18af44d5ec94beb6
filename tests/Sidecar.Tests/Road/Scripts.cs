namespace ControlPlane.Sidecar.Tests.Road;

/// <summary>What the stand-in tools do.</summary>
internal static class Scripts
{
    /// <summary>Leaves the positions where a real tool leaves them.</summary>
    internal const string Positions = """
        for argument in "$@"; do case $argument in --extra-lsndir=*) positions=${argument#*=};; --defaults-file=*) defaults=${argument#*=};; esac; done
        leave() {
          printf 'backup_type = full-backuped\nfrom_lsn = 0\nto_lsn = 44404\nlast_lsn = 118333\n' > "$positions/xtrabackup_checkpoints"
          printf "tool_version = 10.11.19-MariaDB\nserver_version = 10.11.19-MariaDB\nbinlog_pos = filename 'bin.000001', position '777', GTID of the last change '${1:-0-11-3}'\n" > "$positions/xtrabackup_info"
        }
        number() { for shift in 0 8 16 24; do printf "\\$(printf %03o $(($1 >> shift & 255)))"; done; }
        # The stream's frames around one file: opens LENGTH CRC32, then so many bytes, then closes.
        opens() {
          printf 'XBSTCK01\000P\006\000\000\000orders'
          number $1
          printf '\000%.0s' 1 2 3 4 5 6 7 8 9 10 11 12
          number ${2:-0}
        }
        closes() { printf 'XBSTCK01\000E\006\000\000\000orders'; }

        """;

    /// <summary>Where a tool finds a stream of 30,000,000 bytes, made anew for each tool.</summary>
    internal const string StreamFile = "${0%/*}/stream";

    internal const string Good = Positions + """
        cat "${0%/*}/stream"
        leave
        echo 'completed OK!' >&2
        """;

    internal const string ExitsNonZero = Positions + "head -c 9000000 /dev/zero; leave; echo 'mariabackup: Error: no luck today' >&2; exit 1";

    internal const string DiskFull = Positions + "echo 'Error writing file (OS errno 28 - No space left on device)' >&2; exit 1";

    internal const string CutShort = Positions + "head -c 9000000 /dev/zero; leave; echo 'copying ./shop/orders.ibd' >&2";

    /// <summary>Claims that all is well, with half of a file in the stream.</summary>
    internal const string HalfAFile = Positions + "opens 9000000; head -c 4500000 /dev/zero; leave; echo 'completed OK!' >&2";

    internal const string KilledBySignal = Positions + "head -c 100000 /dev/zero; kill -9 $$";

    internal const string Silent = Positions + "leave; echo 'completed OK!' >&2";

    /// <summary>Writes its number where the test finds it, starts a child, and never ends by itself.</summary>
    internal static string Hangs(string numbers) => Positions + $"echo $$ > {numbers}; sleep 600 & echo $! >> {numbers}; trap '' TERM; head -c 3000000 /dev/zero; while true; do sleep 600; done";

    internal const string HugeLog = Positions + """
        opens 200000 1558206587
        head -c 200000 /dev/zero
        closes
        for i in $(seq 1 400); do head -c 20000 /dev/zero | tr '\0' 'x' >&2; done
        leave
        echo >&2
        echo 'completed OK!' >&2
        """;

    internal const string TellsItsArguments = Positions + """
        printf '%s\n' "$@" >&2
        cat "$defaults" >&2
        stat -c %a "$defaults" >&2
        echo 'no more' >&2
        exit 7
        """;
}
