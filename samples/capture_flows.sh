#!/usr/bin/env bash
# Makes the samples of flow exports: softflowd reads a capture and sends NetFlow 5 and 9 and IPFIX on the loopback of a
# network namespace. usage, as root: samples/capture_flows.sh OUTDIR. Needs: softflowd tcpdump iproute2
set -euo pipefail
out=${1:?usage: capture_flows.sh OUTDIR}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out"
ip netns add tlf
trap 'ip netns del tlf' EXIT
ip -n tlf link set lo up
for version in 5 9 10; do
    ip netns exec tlf tcpdump -q -i lo -U -w "$out/netflow$version.pcap" udp dst port 2055 2>/dev/null &
    pid=$!
    sleep 1
    ip netns exec tlf softflowd -v $version -n 127.0.0.1:2055 -r "$here/showcase.pcap" >/dev/null 2>&1 || true
    sleep 1
    kill $pid
    wait $pid || true
done
