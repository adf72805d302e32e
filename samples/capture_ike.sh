#!/usr/bin/env bash
# Makes the samples of IKEv2, IKEv1 and ESP in UDP: strongSwan in two network namespaces. usage, as root:
# samples/capture_ike.sh OUTDIR. Needs: charon-systemd strongswan-swanctl tcpdump iproute2
set -euo pipefail
out=${1:?usage: capture_ike.sh OUTDIR}
tmp=$(mktemp -d)
pids=()
cleanup() {
    kill "${pids[@]}" 2>/dev/null || true
    sleep 1
    ip netns del tli-a 2>/dev/null || true
    ip netns del tli-b 2>/dev/null || true
    rm -rf "$tmp"
}
trap cleanup EXIT
mkdir -p "$out"
ip netns add tli-a
ip netns add tli-b
ip link add e0 netns tli-a address 02:00:00:00:88:01 type veth peer name e0 netns tli-b address 02:00:00:00:88:02
n=1
for ns in a b; do
    ip -n tli-$ns link set lo up
    ip -n tli-$ns addr add 10.88.0.$n/24 dev e0
    ip -n tli-$ns link set e0 up
    mkdir -p "$tmp/$ns/conf.d" "$tmp/$ns/run"
    peer=$((3 - n))
    cat >"$tmp/$ns/swanctl.conf" <<CONF
connections {
    two { version = 2
        local_addrs = 10.88.0.$n
        remote_addrs = 10.88.0.$peer
        encap = yes
        local { auth = psk
            id = router-$n }
        remote { auth = psk
            id = router-$peer }
        children { net { local_ts = 10.88.0.$n/32
            remote_ts = 10.88.0.$peer/32 } } }
    one { version = 1
        local_addrs = 10.88.0.$n
        remote_addrs = 10.88.0.$peer
        proposals = aes128-sha1-modp2048
        local { auth = psk
            id = 10.88.0.$n }
        remote { auth = psk
            id = 10.88.0.$peer }
        children { old { } } }
}
secrets { ike { secret = sample } }
CONF
    n=$((n + 1))
done
inside() { # ROUTER COMMAND...: in its network namespace, with its own /run and /etc/swanctl
    local ns=$1
    shift
    ip netns exec "tli-$ns" unshare -m bash -c 'mount --bind "$1/run" /run && mount --bind "$1" /etc/swanctl && shift && exec "$@"' - "$tmp/$ns" "$@"
}
for ns in a b; do
    inside $ns charon-systemd >"$tmp/$ns.log" 2>&1 &
    pids+=($!)
done
sleep 3
for ns in a b; do inside $ns swanctl --load-all >>"$tmp/load.log" 2>&1 || cat "$tmp/load.log" "$tmp/$ns.log" >&2; done
record() { # NAME CONNECTION CHILD
    ip netns exec tli-b tcpdump -q -i e0 -U -w "$out/$1.pcap" udp 2>/dev/null &
    local pid=$!
    sleep 1
    timeout 8 ip netns exec tli-a unshare -m bash -c 'mount --bind "$1/run" /run && mount --bind "$1" /etc/swanctl && exec swanctl --initiate --ike "$2" --child "$3"' - "$tmp/a" "$2" "$3" >>"$tmp/load.log" 2>&1 || true
    ip netns exec tli-a ping -q -c 2 -i 0.3 -W 1 10.88.0.2 >/dev/null 2>&1 || true
    sleep 1
    kill $pid
    wait $pid || true
}
record ikev2 two net
record ikev1 one old
tail -5 "$tmp/load.log" >&2
