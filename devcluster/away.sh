#!/bin/bash
# A plane that is elsewhere: an API server without nodes of its own (home), one silo as a process, and this machine's cluster as its member "works". So whatever the plane does
# with real Pods in a member, it does with the account of deploy/member alone.
# usage: away.sh up SILO     SILO is the silo's program; no other plane may look after the cluster
#        away.sh down
#        away.sh test        set-up and cluster included: backups, restores and drills in a member (AwayTests, 10 minutes)
. "$(dirname "$0")/lib.sh"

HOME_CONF=$RUN/members/home.conf
FOLDER=$RUN/away
home() { "$BIN/kubectl" --kubeconfig "$HOME_CONF" "$@"; }

up() { # SILO
  [ -x "${1:-}" ] || die 'away.sh up SILO'
  "$DEVC/members.sh" up home
  # The CRDs carry rules that the client of 1.20 does not know and would refuse. The silo is no Pod.
  home apply --validate=false -k "$REPO/deploy/dev" > /dev/null
  home -n controlplane-system delete deployment silo > /dev/null
  kc apply --validate=false -k "$REPO/deploy/member" > /dev/null
  PATH=$BIN:$PATH "$REPO/deploy/member/secret.sh" works --kubeconfig "$KUBECONFIG_FILE" | home apply --validate=false -f -
  mkdir -p "$FOLDER"
  launch away-silo env "KUBECONFIG=$HOME_CONF" "$1" "--Silo:DataFolder=$FOLDER" "--Operator:KeysFolder=$FOLDER/keys" \
    --Silo:HealthAddress=127.0.0.1 --Silo:HealthPort=28650 --Silo:DashboardPort=28651 --Silo:SiloPort=28652
  wait_for 120 'the silo that is elsewhere' curl -sf http://127.0.0.1:28650/healthz/ready
  home wait --for=condition=Connected membercluster/works --timeout=90s
}

down() {
  end_processes 300 away-silo
  rm -f "$PROC/away-silo"
  "$DEVC/members.sh" down
  # What deploy/member has and deploy/base has not.
  kc -n controlplane-system delete serviceaccount/plane secret/plane-token --ignore-not-found
  kc delete clusterrolebinding/controlplane-plane clusterrole/controlplane-plane --ignore-not-found
  rm -rf "$FOLDER"
}

run_tests() {
  local brought_up='' code=0
  "$DEVC/setup.sh"
  cd "$REPO"
  dotnet build tests/EndToEnd.Tests -v q --nologo -maxcpucount:2 -p:UseSharedCompilation=false
  "$DEVC/images.sh" silo "$CACHE/silo"
  [ -f "$RUN/complete" ] || brought_up=1
  "$DEVC/up.sh"
  unset KUBECONFIG
  CONTROLPLANE_SILO=$CACHE/silo/app/ControlPlane.Silo dotnet tests/EndToEnd.Tests/bin/Debug/net10.0/ControlPlane.EndToEnd.Tests.dll -class ControlPlane.EndToEnd.Tests.AwayTests -explicit only -showliveoutput || code=$?
  [ -z "$brought_up" ] || "$DEVC/down.sh"
  return $code
}

need_root away
case ${1:-} in
  up) up "${2:-}" ;;
  down) down ;;
  test) run_tests ;;
  *) die 'usage: away.sh up SILO | down | test' ;;
esac
