# The programs of the cluster with their configuration, in the order of their start. Sourced by up.sh.
# shellcheck shell=bash

write_containerd_config() {
  mkdir -p "$RUN/cni"
  cat > "$RUN/containerd.toml" << TOML
version = 2
root = "$CACHE/containerd"
state = "$RUN/containerd"
[grpc]
  address = "$RUN/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  sandbox_image = "localhost/pause:1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$RUN/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
TOML
  cat > "$RUN/cni/10-bridge.conflist" << JSON
{"cniVersion":"0.4.0","name":"cpdev","plugins":[
 {"type":"bridge","bridge":"$BRIDGE","isGateway":true,"ipMasq":false,"hairpinMode":true,
  "ipam":{"type":"host-local","ranges":[[{"subnet":"$PODNET.0/24","rangeStart":"$PODNET.10"}]],"dataDir":"$RUN/ipam","routes":[{"dst":"0.0.0.0/0"}]}},
 {"type":"portmap","capabilities":{"portMappings":true}}]}
JSON
}

write_kubelet_config() {
  echo "nameserver $BRIDGE_IP" > "$RUN/resolv.conf"
  cat > "$RUN/kubelet.yaml" << YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
cgroupRoot: /$CGROUP
failSwapOn: false
address: $BRIDGE_IP
port: 36250
readOnlyPort: 0
healthzPort: 36248
tlsCertFile: $PKI/kubelet-server.crt
tlsPrivateKeyFile: $PKI/kubelet-server.key
authentication: {x509: {clientCAFile: $PKI/ca.crt}, webhook: {enabled: true}, anonymous: {enabled: false}}
authorization: {mode: Webhook}
clusterDomain: cluster.local
clusterDNS: [$BRIDGE_IP]
resolvConf: $RUN/resolv.conf
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
# Nothing can be pulled again, so images are never collected.
imageMinimumGCAge: 24h
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
maxPods: 200
nodeStatusUpdateFrequency: 2s
nodeStatusReportFrequency: 5m
# What is the default since 1.27: with the 5 requests a second of 1.20, what a kubelet says of its Pods was seen a minute late, once a few scenarios made Jobs at a time.
kubeAPIQPS: 50
kubeAPIBurst: 100
eventRecordQPS: 50
eventBurst: 100
volumePluginDir: $RUN/volplugins
YAML
}

start_containerd() { launch containerd containerd -c "$RUN/containerd.toml"; }

# Without fsync: a cluster to throw away, not one that must live through a power cut.
start_etcd() {
  local client=http://127.0.0.1:$ETCD_PORT peer=http://127.0.0.1:$((ETCD_PORT + 1))
  launch etcd etcd --name dev --data-dir "$CACHE/etcd" --unsafe-no-fsync --listen-client-urls "$client" --advertise-client-urls "$client" \
    --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "dev=$peer"
}

start_apiserver() {
  cp "$DEVC/audit.yaml" "$RUN/audit.yaml"
  launch kube-apiserver "$BIN/kube-apiserver" --etcd-servers="http://127.0.0.1:$ETCD_PORT" \
    --secure-port="$API_PORT" --bind-address="$BRIDGE_IP" --advertise-address="$BRIDGE_IP" \
    --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" --client-ca-file="$PKI/ca.crt" \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$PKI/sa.pub" --service-account-signing-key-file="$PKI/sa.key" \
    --kubelet-client-certificate="$PKI/tokubelet.crt" --kubelet-client-key="$PKI/tokubelet.key" --kubelet-preferred-address-types=InternalIP \
    --requestheader-client-ca-file="$PKI/fpca.crt" --requestheader-allowed-names=front-proxy-client --requestheader-username-headers=X-Remote-User \
    --requestheader-group-headers=X-Remote-Group --requestheader-extra-headers-prefix=X-Remote-Extra- \
    --proxy-client-cert-file="$PKI/front-proxy.crt" --proxy-client-key-file="$PKI/front-proxy.key" \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --service-cluster-ip-range="$SVCNET.0/24" --allow-privileged=true \
    --audit-policy-file="$RUN/audit.yaml" --audit-log-path="$LOGS/audit.log" --audit-log-maxsize=100 --audit-log-maxbackup=1 \
    --feature-gates=TTLAfterFinished=true
}

start_controllers() {
  local conf=$PKI/controller-manager.conf
  launch kube-controller-manager "$BIN/kube-controller-manager" --kubeconfig="$conf" --authentication-kubeconfig="$conf" --authorization-kubeconfig="$conf" \
    --bind-address=127.0.0.1 --secure-port=36257 --port=0 --leader-elect=false --use-service-account-credentials=true \
    --service-account-private-key-file="$PKI/sa.key" --root-ca-file="$PKI/ca.crt" --feature-gates=TTLAfterFinished=true \
    --controllers='*,-csrsigning,-csrapproving,-csrcleaner,-bootstrapsigner,-tokencleaner,-horizontalpodautoscaling,-nodeipam,-route,-service,-cloud-node-lifecycle'
  conf=$PKI/scheduler.conf
  launch kube-scheduler "$BIN/kube-scheduler" --kubeconfig="$conf" --authentication-kubeconfig="$conf" --authorization-kubeconfig="$conf" \
    --bind-address=127.0.0.1 --secure-port=36259 --port=0 --leader-elect=false
}

start_node() {
  local runtime=unix://$RUN/containerd.sock
  launch kubelet "$BIN/kubelet" --config="$RUN/kubelet.yaml" --kubeconfig="$PKI/node.conf" --hostname-override="$NODE" --node-ip="$BRIDGE_IP" \
    --root-dir="$CACHE/kubelet" --cert-dir="$RUN/kubelet-pki" \
    --container-runtime=remote --container-runtime-endpoint="$runtime" --image-service-endpoint="$runtime"
  # The three zeros leave the kernel's own connection tracking settings alone.
  launch kube-proxy "$BIN/kube-proxy" --kubeconfig="$PKI/proxy.conf" --hostname-override="$NODE" --proxy-mode=iptables --bind-address="$BRIDGE_IP" "$MASQUERADE" \
    --healthz-bind-address=127.0.0.1:36256 --metrics-bind-address=127.0.0.1:36255 \
    --conntrack-max-per-core=0 --conntrack-tcp-timeout-established=0 --conntrack-tcp-timeout-close-wait=0
  touch "$RUN/hosts"
  launch dnsmasq dnsmasq -k -C /dev/null --no-resolv --no-hosts --listen-address="$BRIDGE_IP" --bind-interfaces --port=53 --local=/cluster.local/ \
    --addn-hosts="$RUN/hosts" --local-ttl=1 --user=root --pid-file="$RUN/dnsmasq.pid"
  launch tend "$DEVC/tend.sh"
}
