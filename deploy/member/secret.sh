#!/bin/sh
# Prints the Secret and the MemberCluster by which the plane reaches a member, for kubectl apply where the plane runs.
#   deploy/member/secret.sh NAME [kubectl options that lead to the member, such as --context berlin] | kubectl apply -f -
# Needs: kubectl apply -k deploy/member, in the member. Run again after a rotation, it prints the new token.
set -eu
name=${1:?"usage: secret.sh NAME [kubectl options]"}
shift
space=controlplane-system
token=
for _ in 1 2 3 4 5 6 7 8 9 10; do
    token=$(kubectl "$@" -n "$space" get secret plane-token -o 'jsonpath={.data.token}')
    [ -n "$token" ] && break
    sleep 1
done
[ -n "$token" ] || { echo "The Secret $space/plane-token holds no token: is deploy/member applied, and does the member's controller-manager run?" >&2; exit 1; }
authority=$(kubectl "$@" -n "$space" get secret plane-token -o 'jsonpath={.data.ca\.crt}')
server=$(kubectl "$@" config view --minify --raw -o 'jsonpath={.clusters[0].cluster.server}')
cat <<END
apiVersion: v1
kind: Secret
metadata:
  name: member-$name
  namespace: $space
  labels: { backup.controlplane/credentials: member }
data:
  token: $token
  ca.crt: $authority
---
apiVersion: backup.controlplane/v1
kind: MemberCluster
metadata:
  name: $name
spec:
  secretName: member-$name
  server: $server
END
