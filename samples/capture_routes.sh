#!/usr/bin/env bash
# Makes the samples of routing protocols: FRR's daemons in two network namespaces that one link joins, tcpdump between
# them. usage, as root: samples/capture_routes.sh OUTDIR. Needs: frr tcpdump iproute2
set -euo pipefail
out=${1:?usage: capture_routes.sh OUTDIR}
daemons=/usr/lib/frr
tmp=$(mktemp -d)
pids=()
cleanup() {
    cat "$tmp/log" >&2 2>/dev/null || true
    kill "${pids[@]}" 2>/dev/null || true
    for f in "$tmp"/*/*.pid; do [[ -f $f ]] && kill "$(<"$f")" 2>/dev/null || true; done
    sleep 1
    ip netns del tlr-a 2>/dev/null || true
    ip netns del tlr-b 2>/dev/null || true
    rm -rf "$tmp"
}
trap cleanup EXIT
mkdir -p "$out" "$tmp/a" "$tmp/b"

ip netns add tlr-a
ip netns add tlr-b
ip link add e0 netns tlr-a address 02:00:00:00:77:01 type veth peer name e0 netns tlr-b address 02:00:00:00:77:02
n=1
for ns in a b; do
    ip -n tlr-$ns link set lo up
    ip -n tlr-$ns addr add 10.77.9.$n/32 dev lo
    ip -n tlr-$ns addr add fd77:9::$n/128 dev lo
    ip -n tlr-$ns addr add 10.77.1.$n/24 dev e0
    ip -n tlr-$ns addr add fd77:1::$n/64 dev e0 nodad
    ip -n tlr-$ns link set e0 up
    ip netns exec tlr-$ns sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    n=$((n + 1))
done
ip -n tlr-a link add v0 link e0 address 00:00:5e:00:01:05 type macvlan mode bridge
ip -n tlr-a addr add 10.77.1.5/24 dev v0
ip -n tlr-a link set v0 up

# Writes the configuration of router $1 (a, b), which is number $2, with peer $3.
configure() {
    local dir=$tmp/$1 me=$2 peer=$3
    echo "hostname router-$1" | tee "$dir"/{zebra,bgpd,ospfd,ospf6d,ripd,ripngd,isisd,bfdd,ldpd,pimd,eigrpd,vrrpd,staticd}.conf >/dev/null
    printf 'ip route 10.77.2%s.0/24 blackhole\nipv6 route fd77:2%s::/64 blackhole\n' "$me" "$me" >>"$dir/staticd.conf"
    cat >>"$dir/bgpd.conf" <<CONF
router bgp 6500$me
 bgp router-id 10.77.9.$me
 no bgp ebgp-requires-policy
 neighbor 10.77.1.$peer remote-as 6500$peer
 neighbor 10.77.1.$peer timers 3 9
 neighbor 10.77.1.$peer timers connect 1
 address-family ipv4 unicast
  redistribute static route-map OUT
  neighbor 10.77.1.$peer addpath-tx-all-paths
 address-family ipv6 unicast
  redistribute static
  neighbor 10.77.1.$peer activate
 exit-address-family
bgp large-community-list standard x permit 1:1:1
route-map OUT permit 10
 set community 6500$me:100 no-export
 set large-community 6500$me:1:2
 set extcommunity rt 6500$me:7
 set metric 50
CONF
    cat >>"$dir/ospfd.conf" <<CONF
interface e0
 ip ospf hello-interval 1
 ip ospf dead-interval 4
 ip ospf authentication
 ip ospf authentication-key sample
 ip ospf bfd
router ospf
 ospf router-id 10.77.9.$me
 redistribute static
 network 10.77.0.0/16 area 0
CONF
    cat >>"$dir/ospf6d.conf" <<CONF
interface e0
 ipv6 ospf6 area 0.0.0.0
 ipv6 ospf6 hello-interval 1
 ipv6 ospf6 dead-interval 4
interface lo
 ipv6 ospf6 area 0.0.0.0
router ospf6
 ospf6 router-id 10.77.9.$me
 redistribute static
CONF
    cat >>"$dir/ripd.conf" <<CONF
interface e0
 ip rip authentication mode text
 ip rip authentication string sample
router rip
 timers basic 5 30 20
 redistribute static
 network e0
CONF
    printf 'router ripng\n timers basic 5 30 20\n redistribute static\n network e0\n' >>"$dir/ripngd.conf"
    cat >>"$dir/isisd.conf" <<CONF
interface e0
 ip router isis one
 ipv6 router isis one
 isis hello-interval 1
 isis password clear sample
interface lo
 ip router isis one
 ipv6 router isis one
router isis one
 net 49.0001.0000.0000.000$me.00
 is-type level-1-2
 redistribute ipv4 static level-2
CONF
    printf 'bfd\n peer 10.77.1.%s\n  receive-interval 300\n  transmit-interval 300\n' "$peer" >>"$dir/bfdd.conf"
    cat >>"$dir/ldpd.conf" <<CONF
mpls ldp
 router-id 10.77.9.$me
 neighbor 10.77.9.$peer password sample
 address-family ipv4
  discovery transport-address 10.77.1.$me
  discovery hello interval 2
  interface e0
CONF
    sed -i '/password/d' "$dir/ldpd.conf"
    cat >>"$dir/pimd.conf" <<CONF
ip pim rp 10.77.9.1 224.0.0.0/4
interface e0
 ip pim
 ip pim hello 2
 ip igmp
 ip igmp join 239.7.7.7
interface lo
 ip pim
CONF
    printf 'router eigrp 77\n network 10.77.0.0/16\n redistribute static\n' >>"$dir/eigrpd.conf"
    [[ $1 == a ]] && printf 'interface e0\n vrrp 5 version 3\n vrrp 5 ip 10.77.1.5\n vrrp 5 advertisement-interval 500\n' >>"$dir/vrrpd.conf"
    return 0
}
configure a 1 2
configure b 2 1
chown -R frr:frr "$tmp"
chmod 755 "$tmp"

start() { # ROUTER DAEMON...
    local ns=$1 daemon
    shift
    for daemon; do
        ip netns exec tlr-"$ns" "$daemons/$daemon" -d -P 0 --vty_socket "$tmp/$ns" -z "$tmp/$ns/zserv.api" \
            -i "$tmp/$ns/$daemon.pid" -f "$tmp/$ns/$daemon.conf" >>"$tmp/log" 2>&1 || echo "capture_routes.sh: $daemon did not start" >&2
    done
}
ip netns exec tlr-b tcpdump -q -i e0 -U -w "$tmp/all.pcap" 2>/dev/null &
pids+=($!)
start a zebra staticd
start b zebra staticd
sleep 1
for ns in a b; do start $ns bfdd ospfd ospf6d bgpd ripd ripngd isisd ldpd pimd eigrpd; done
start a vrrpd
sleep "${SECONDS_OF_TRAFFIC:-24}"
kill "$(<"$tmp/b/bgpd.pid")" "$(<"$tmp/b/ldpd.pid")" "$(<"$tmp/b/ospfd.pid")" 2>/dev/null || true
sleep 2
kill "${pids[@]}"
sleep 1
while read -r name count filter; do
    tcpdump -q -r "$tmp/all.pcap" -c "$count" -w "$out/$name.pcap" "$filter" 2>/dev/null
done <<'LIST'
bgp 60 tcp port 179
ospf2 40 ip proto 89
ospf3 40 ip6 proto 89
rip 8 udp port 520
ripng 8 udp port 521
isis 26 iso
bfd 12 udp port 3784 or udp port 3785
ldp 40 port 646
pim 20 ip proto 103
eigrp 20 ip proto 88
vrrp 6 ip proto 112
LIST

