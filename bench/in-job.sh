#!/bin/sh
# Starts a program where a Job's Pod has its files: FOLDER takes the place of /run, FOLDER/dev that of /dev, for this process alone.
# usage: in-job.sh FOLDER PROGRAM [ARGUMENTS]
set -eu
if [ "${IN_JOB:-}" != 1 ]; then IN_JOB=1 exec unshare --mount --propagation private "$0" "$@"; fi
folder=$1; shift
mkdir -p "$folder/dev"
[ -c "$folder/dev/null" ] || { mknod -m 666 "$folder/dev/null" c 1 3; mknod -m 666 "$folder/dev/urandom" c 1 9; }
mount --bind "$folder/dev" /dev
mount --bind "$folder" /run
exec "$@"
