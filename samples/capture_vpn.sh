#!/usr/bin/env bash
# capture_vpn.sh [OUTDIR] - samples of OpenVPN over UDP and TCP, with plain and with encrypted control packets, and of Diameter
# between two peers, in two network namespaces that a veth pair connects.
# Needs root and (Debian 12): openvpn freediameterd openssl tcpdump iputils-ping, and /dev/net/tun.
out=$(realpath "${1:-samples}") ns=tlvp net=10.88.0
# shellcheck source=samples/pair.bash
source "$(dirname "$0")/pair.bash"

cd "$tmp" || exit 1
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 3650 -subj /CN=ca.example.test 2>/dev/null
for side in a b; do
    openssl req -newkey rsa:2048 -nodes -keyout "$side.key" -out "$side.csr" -subj "/CN=$side.example.test" 2>/dev/null
    openssl x509 -req -in "$side.csr" -CA ca.pem -CAkey ca.key -days 3650 -out "$side.pem" 2>/dev/null
done
openvpn --genkey secret wrap.key

# A tunnel: pings through it, then both ends stop.
tunnel() {
    local ends=()
    ip netns exec "$ns-b" openvpn --dev tun --tls-server --dh none --ca ca.pem --cert b.pem --key b.key --ifconfig 10.9.0.2 10.9.0.1 \
        --explicit-exit-notify "${notify:-1}" --remote "$net.1" "${server[@]}" >server.log 2>&1 &
    ends+=($!)
    sleep 1
    ip netns exec "$ns-a" openvpn --dev tun --tls-client --ca ca.pem --cert a.pem --key a.key --ifconfig 10.9.0.1 10.9.0.2 --remote "$net.2" \
        "${client[@]}" >client.log 2>&1 &
    ends+=($!)
    sleep 6
    in_a ping -c 2 -i 0.2 10.9.0.2
    kill "${ends[@]}"
    wait "${ends[@]}" 2>/dev/null
}
server=(--proto udp) client=(--proto udp) notify=1
cap openvpn/udp.pcap 'udp port 1194' 1 tunnel
server=(--proto udp --tls-crypt wrap.key) client=("${server[@]}")
cap openvpn/tls-crypt.pcap 'udp port 1194' 1 tunnel
server=(--proto udp --tls-auth wrap.key 0) client=(--proto udp --tls-auth wrap.key 1)
cap openvpn/tls-auth.pcap 'udp port 1194' 1 tunnel

# Two peers of Diameter; the watchdog of RFC 3539 after six seconds, the shortest time.
for side in a b; do
    other=b at=2 own=1
    [[ $side == a ]] || { other=a at=1 own=2; }
    cat >"$side.conf" <<CONF
Identity = "$side.example.test";
Realm = "example.test";
Port = 3868;
SecPort = 0;
No_SCTP;
No_IPv6;
ListenOn = "$net.$own";
TwTimer = 6;
TLS_Cred = "$tmp/$side.pem", "$tmp/$side.key";
TLS_CA = "$tmp/ca.pem";
ConnectPeer = "$other.example.test" { ConnectTo = "$net.$at"; No_TLS; No_SCTP; };
CONF
done
peers() {
    local ends=()
    for side in b a; do
        ip netns exec "$ns-$side" freeDiameterd -c "$tmp/$side.conf" >"$side.log" 2>&1 &
        ends+=($!)
        sleep 1
    done
    sleep 18
    kill "${ends[1]}"
    wait "${ends[1]}" 2>/dev/null
    kill "${ends[0]}"
    wait "${ends[0]}" 2>/dev/null
}
cap diameter/peers.pcap 'tcp port 3868' 1 peers
