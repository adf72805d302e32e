#!/usr/bin/env bash
# capture_rdp.sh [OUTDIR] - a sample of RDP with its own security, in two network namespaces that a veth pair connects.
# Needs root and (Debian 12): xrdp, freerdp2-x11, xvfb, tcpdump.
set -uo pipefail
out=${1:-samples}
tmp=$(mktemp -d)
pids=()
clean() {
    ((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null
    ip netns del tlrd-a 2>/dev/null
    ip netns del tlrd-b 2>/dev/null
    rm -rf "$tmp"
}
trap clean EXIT
ip netns add tlrd-a && ip netns add tlrd-b || exit 1
ip link add ta netns tlrd-a address 02:00:00:00:0a:01 type veth peer name tb netns tlrd-b address 02:00:00:00:0b:02
for n in a b; do
    ip netns exec tlrd-$n ip link set lo up
    ip netns exec tlrd-$n ip link set t$n up
    ip netns exec tlrd-$n ethtool -K t$n tx off tso off gso off gro off >/dev/null 2>&1
done
ip netns exec tlrd-a ip addr add 10.84.0.1/24 dev ta
ip netns exec tlrd-b ip addr add 10.84.0.2/24 dev tb
sleep 2

mkdir -p "$out/rdp"
sed 's/^security_layer=.*/security_layer=rdp/; s/^crypt_level=.*/crypt_level=high/; s/^LogFile=.*/LogFile='"${tmp//\//\\/}"'\/xrdp.log/' \
    /etc/xrdp/xrdp.ini >"$tmp/xrdp.ini"
ip netns exec tlrd-b xrdp --nodaemon --config "$tmp/xrdp.ini" >"$tmp/server" 2>&1 &
pids+=($!)
ip netns exec tlrd-a Xvfb :77 -screen 0 1024x768x24 -nolisten tcp >"$tmp/x" 2>&1 &
pids+=($!)
sleep 2
ip netns exec tlrd-b tcpdump -Z root -q -U -i tb -c 24 -w "$out/rdp/xrdp.pcap" 'tcp port 3389' 2>/dev/null &
dump=$!
sleep 1
# The first packets have the settings of both ends; the rest is encrypted.
HOME=$tmp DISPLAY=:77 timeout 20 ip netns exec tlrd-a xfreerdp /v:10.84.0.2 /sec:rdp /u:alice /p:secret /client-hostname:desk-7 \
    /w:800 /h:600 /bpp:16 /kbd:0x00000407 /cert-ignore >"$tmp/client" 2>&1
sleep 1
kill "$dump" 2>/dev/null
wait "$dump" 2>/dev/null
echo "rdp/xrdp.pcap: $(tcpdump -r "$out/rdp/xrdp.pcap" 2>/dev/null | wc -l) packets"
