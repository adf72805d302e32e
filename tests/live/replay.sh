#!/usr/bin/env bash
# taplight replay onto a veth pair: what is captured on the other side is the same packets, in order and in time; what
# is rewritten has right checksums.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs tcpdump python3

cat >make.py <<'END'
import struct
def write(name, packets):
    with open(name, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 65535, 1))
        for ns, frame in packets:
            f.write(struct.pack("<IIII", ns // 10**9, ns % 10**9, len(frame), len(frame)) + frame)
def read(name):
    data = open(name, "rb").read()
    scale, at, packets = 1 if data[:4] == b"\x4d\x3c\xb2\xa1" else 1000, 24, []
    while at + 16 <= len(data):
        s, n, captured, _ = struct.unpack("<IIII", data[at:at + 16])
        packets.append((s * 10**9 + n * scale, data[at + 16:at + 16 + captured]))
        at += 16 + captured
    return packets
END
cat >timed.py <<'END'
from make import write
write("timed.pcap", [(1700000000 * 10**9 + i * 2500000 + i % 7 * 100000,
    bytes([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5]) + i.to_bytes(4, "big") + bytes(i % 1400 + 42)) for i in range(400)])
END
cat >compare.py <<'END'
import sys
from make import read
sent, got = read(sys.argv[1]), read(sys.argv[2])
if [f for _, f in sent] != [f for _, f in got]:
    sys.exit(f"{len(sent)} sent, {len(got)} captured: not the same packets")
gaps = sorted(abs(got[i][0] - got[i - 1][0] - sent[i][0] + sent[i - 1][0]) for i in range(1, len(sent)))
print(gaps[len(gaps) // 2] // 1000)
END
python3 timed.py || fail 'no capture to replay'

replay() {
    ran="taplight replay $*" rc=0
    in_a "$TAPLIGHT" replay "$@" >out 2>err </dev/null || rc=$?
}
# watch NAME INTERFACE...: captures on the other side.
watch() {
    rm -f "$1.err" "$1.pcap"
    start "$1" ip netns exec $b tcpdump -i "$2" -s 2000 -B 8192 -U -n --immediate-mode --time-stamp-precision=nano -w "$1.pcap"
    until_true 20 grep -q 'listening on' "$1.err" || fail "tcpdump does not start: $(cat "$1.err")"
}
# watched NAME COUNT: so many packets have come.
watched() {
    until_true 20 holds "$1.pcap" "$2" || fail "$ran: $(packets_of "$1.pcap") packets of $2 came"
    local pid=${1}_pid
    kill "${!pid}"
    wait "${!pid}" 2>/dev/null
}

# The same packets, in order, in time. On a machine with other work the gaps are those of its scheduler: three tries.
for try in 1 2 3; do
    watch got vb
    replay -r timed.pcap -i va --realtime
    rc_is 0
    watched got 400
    median=$(python3 compare.py timed.pcap got.pcap) || fail "$ran: $median"
    ((median < 100)) && break
done
((median < 100)) || fail "$ran: the median of time errors is $median us"
grep -q '^taplight: 400 packets sent, 96400 bytes in 0\.99\|^taplight: 400 packets sent, [0-9]* bytes in [01]\.' err || fail "$ran: $(cat err)"
"$TAPLIGHT" -q -r timed.pcap --json --no-meta | sed 's/"ts":[0-9.]*//' >before
"$TAPLIGHT" -q -r got.pcap --json --no-meta | sed 's/"ts":[0-9.]*//' >after
cmp -s before after || fail "$ran: the records differ"
# Frames that are changed, or made out of cooked ones, are all sent, once, in order: at once and at times that differ.
"$TAPLIGHT" send -q -w ports.pcap 'eth(dst=02:00:00:00:00:02,src=02:00:00:00:00:01)/ip(10.9.0.2,src=10.9.0.1)/udp(dport=1001..1300)/payload(size=20)'
cat >cooked.py <<'END'
import struct
from make import read
with open("cooked.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 65535, 113))
    for i, (_, frame) in enumerate(read("ports.pcap")):
        ns = 1700000000 * 10**9 + i * 300000
        packet = struct.pack(">HHH8sH", 0, 1, 6, frame[6:12], 0x800) + frame[14:]
        f.write(struct.pack("<IIII", ns // 10**9, ns % 10**9, len(packet), len(packet)) + packet)
END
python3 cooked.py
for way in 'ports.pcap --top-speed --ttl 9' 'ports.pcap --pps 20000 --ttl 9' 'cooked.pcap --top-speed' 'cooked.pcap'; do
    watch got vb
    # shellcheck disable=SC2086
    replay -i va -r $way
    rc_is 0
    until_true 20 eval '(( $("$TAPLIGHT" -q -r got.pcap --count -Y "udp and not icmp" 2>/dev/null) >= 300 ))' # no errors of closed ports
    watched got 300
    cmp -s <(seq 1001 1300) <("$TAPLIGHT" -q -r got.pcap -T fields -e udp.dstport -Y 'udp and not icmp') || fail "$ran: not the same packets in order"
done

# Twice as fast, at a rate, as fast as it goes, in loops.
took() { sed -n 's/.* bytes in \([0-9.]*\) s: .*/\1/p' err; }
about() { awk -v took="$(took)" -v least="$1" -v most="$2" 'BEGIN { exit !(took >= least && took <= most) }' || fail "$ran: $(cat err)"; }
replay -r timed.pcap -i va --speed 4
about 0.24 1
replay -r timed.pcap -i va --pps 2000 -c 200
grep -q '^taplight: 200 packets sent' err || fail "$ran: $(cat err)"
about 0.099 0.8
replay -r timed.pcap -i va --mbps 4
about 0.2 1
replay -r timed.pcap -i va --max-gap 0.0001
about 0.03 0.5
watch got vb
replay -r timed.pcap -i va --top-speed --loop 3
grep -q '^taplight: 1200 packets sent' err || fail "$ran: $(cat err)"
watched got 1200
python3 -c 'from make import *; write("three.pcap", read("timed.pcap") * 3)'
python3 compare.py three.pcap got.pcap >/dev/null || fail "$ran: three loops"
replay -r - -i va --top-speed <timed.pcap -q
cat timed.pcap | in_a "$TAPLIGHT" replay -r - -i va --top-speed 2>err
grep -q '^taplight: 400 packets sent' err || fail "replay from a pipe: $(cat err)"
begin=$(date +%s%N)
replay -r timed.pcap -i va --top-speed --sync 1 -c 1
(($(date +%s%N) / 1000000000 > begin / 1000000000)) || fail "$ran: did not wait for the second"

# Filters, and rewriting: checksums stay right, of quoted packets too.
v4='eth(dst=02:00:00:00:00:02,src=02:00:00:00:00:01)/ip(10.1.2.3,src=10.1.9.9)'
v6='eth(dst=02:00:00:00:00:02,src=02:00:00:00:00:01)/ip6(2001:db8:1::3,src=2001:db8:1::9)'
: >parts
for description in "$v4/tcp(dport=80)/payload(hello)" "$v4/udp(dport=53,sport=80)/payload(abc)" "$v4/udp(dport=9,checksum=0)/payload(abc)" \
    "$v4/icmp/payload(size=9)" "$v4/icmp(type=unreachable,code=3)/ip(10.1.9.9,src=10.1.2.3)/udp(dport=80)/payload(xyz)" \
    "$v6/tcp(dport=80)/payload(hello)" "$v6/udp(dport=80)/payload(abc)" "$v6/icmp6/payload(size=9)" \
    "$v6/icmp6(type=exceeded)/ip6(2001:db8:1::9,src=2001:db8:1::3)/tcp(dport=80)" "$v6/icmp6(type=ns,target=2001:db8:1::3)" \
    "$v4/udp(dport=80,checksum=bad)/payload(wrong)" "eth/arp(tpa=10.1.2.3,spa=10.1.9.9)" "$v4/hello" \
    "${v6/2001:db8:1::3/2001:db8:1::99}/routing(last=2001:db8:1::3,left=1)/udp(dport=80)/payload(way)" \
    "${v4/ip/vlan(5)/ip}/udp/payload(tagged)"; do
    "$TAPLIGHT" send -q -w part.pcap "$description" 2>/dev/null || continue
    [[ -s all.pcap ]] && tail -c +25 part.pcap >>all.pcap || cp part.pcap all.pcap
done
[[ $("$TAPLIGHT" -q -r all.pcap --count) == 14 ]] || fail "the capture has $("$TAPLIGHT" -q -r all.pcap --count) packets"
ip -n $a link set va mtu 1600
watch got vb
replay -r all.pcap -i va --top-speed --map 10.1.0.0/16=192.0.2.0/24,2001:db8:1::/48=2001:db8:77::/48 --ports 80=8080 --mac dst=02:00:00:00:00:aa,02:00:00:00:00:01=02:00:00:00:00:bb --vlan 7 --ttl -3
rc_is 0
watched got 14
fields() { "$TAPLIGHT" -q -r got.pcap -T fields "$@" | sort -u | tr '\t\n' ' ,'; }
[[ $(fields -e vlan.id) == '7,' ]] || fail "$ran: VLANs: $(fields -e vlan.id)"
[[ $(fields -e eth.dst -Y 'not arp') == '02:00:00:00:00:aa,' ]] || fail "$ran: $(fields -e eth.dst)"
[[ $(fields -e eth.src -Y 'not arp') == '02:00:00:00:00:bb,' ]] || fail "$ran: $(fields -e eth.src)"
"$TAPLIGHT" -q -r got.pcap -T fields -e ip.dst -e ipv6.dst -e arp.dst.proto_ipv4 -e icmpv6.nd.ns.target_address -e ip.ttl >values
grep -q '10\.1\.\|2001:db8:1:' values && fail "$ran: old addresses: $(cat values)"
grep -q '192\.0\.2\.3,192\.0\.2\.9' values || fail "$ran: no quoted address: $(cat values)"
[[ $("$TAPLIGHT" -q -r got.pcap --count -Y 'tcp.port == 80 or udp.port == 80') == 0 ]] || fail "$ran: old ports"
[[ $("$TAPLIGHT" -q -r got.pcap --count -Y 'tcp.port == 8080 or udp.port == 8080') == 8 ]] || fail "$ran: new ports"
if type -P tshark >/dev/null; then
    bad='ip.checksum.status==0 or udp.checksum.status==0 or tcp.checksum.status==0 or icmp.checksum.status==0 or icmpv6.checksum.status==0'
    wrong() { tshark -r got.pcap -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE -Y "$bad" 2>/dev/null; }
    [[ $(wrong | wc -l) == 1 ]] || fail "$ran: only one checksum was wrong: $(wrong)"
    watch got vb
    replay -r all.pcap -i va --top-speed --map 10.1.0.0/16=192.0.2.0/24 --vlan none --fix-checksums
    watched got 14
    [[ $(wrong | wc -l) == 0 ]] || fail "$ran: $(wrong)"
fi
replay -r all.pcap -i va --top-speed -f arp
grep -q '^taplight: 1 packet sent' err || fail "$ran: $(cat err)"
replay -r all.pcap -i va --top-speed -Y 'tcp.dstport == 80'
grep -q '^taplight: 3 packets sent' err || fail "$ran: $(cat err)"

# Two interfaces: clients on one, servers on the other.
ip link add vc netns $a type veth peer name vd netns $b
in_a sh -c 'echo 1 >/proc/sys/net/ipv6/conf/vc/disable_ipv6'
in_b sh -c 'echo 1 >/proc/sys/net/ipv6/conf/vd/disable_ipv6'
ip -n $a link set vc up
ip -n $b link set vd up
watch clients vb
watch servers vd
replay -r "$SOURCE/samples/dns/pairing.pcap" -i va --server-if vc --top-speed
rc_is 0
total=$("$TAPLIGHT" -q -r "$SOURCE/samples/dns/pairing.pcap" --count)
asked=$("$TAPLIGHT" -q -r "$SOURCE/samples/dns/pairing.pcap" --count dst port 53)
grep -q "^taplight: $asked packets of clients sent on va, $((total - asked)) of servers on vc" err || fail "$ran: $(cat err)"
watched clients "$asked"
watched servers $((total - asked))
[[ $("$TAPLIGHT" -q -r clients.pcap --count src port 53) == 0 && $("$TAPLIGHT" -q -r servers.pcap --count dst port 53) == 0 ]] ||
    fail "$ran: the sides are mixed"

# Errors: one line each.
python3 -c 'import struct; from make import write; write("long.pcap", [(0, bytes(3000))])
open("other.pcap", "wb").write(struct.pack("<IHHiIIIIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 127, 1, 0, 30, 30) + bytes(30))'
while IFS='|' read -r code message arguments; do
    # shellcheck disable=SC2086
    replay $arguments
    rc_is "$code"
    error_is "$message"
done <<END
2|give a capture with -r and an interface with -i|-r all.pcap
1|no interface vaa: did you mean va|-r all.pcap -i vaa
1|absent|-r absent.pcap -i va
2|give one of them|-r all.pcap -i va --pps 1 --top-speed
2|--map: give at most 32 pairs|-r all.pcap -i va --map 10.0.0.0/8
2|--map: give at most 32 pairs|-r all.pcap -i va --map 10.0.0.0/8=2001:db8::/32
2|--mac: give at most 32 pairs|-r all.pcap -i va --mac all=02:00:00:00:00:01
2|--ports: give at most 32 pairs|-r all.pcap -i va --ports 80=65536
2|--vlan '4096'|-r all.pcap -i va --vlan 4096
2|--vlan '010': give none or a number from 0 to 4095, without a 0 before it|-r all.pcap -i va --vlan 010
2|--ttl '-03'|-r all.pcap -i va --ttl -03
2|--ports: give at most 32 pairs|-r all.pcap -i va --ports 080=81
2|--map: give at most 32 pairs|-r all.pcap -i va --map 10.0.0.0/08=192.0.2.0/24
2|--ttl '256'|-r all.pcap -i va --ttl 256
1|no packet was sent: the filter selects none|-r all.pcap -i va -f sctp --top-speed
1|no packet was sent: 1 packet is of link types that have no place in Ethernet|-r other.pcap -i va
1|no packet was sent: 1 packet is longer than the MTU|-r long.pcap -i va
END
replay -r all.pcap -i va -Y nosuch.field
rc_is 2
grep -q '^taplight: -Y: there is no field' err || fail "$ran: $(cat err)"
ip -n $a link set vc down
replay -r all.pcap -i vc
rc_is 1
error_is 'vc is down: ip link set vc up'
cp "$TAPLIGHT" program
chmod 644 all.pcap
rc=0 ran='taplight replay as an ordinary user'
in_a setpriv --reuid=65534 --regid=65534 --clear-groups "$work/program" replay -r all.pcap -i va >out 2>err || rc=$?
rc_is 3
error_is 'no permission to send on va'
rm program
# Root is given up; an interrupt ends it with its statistics.
start forever ip netns exec $a env --default-signal=INT setsid "$TAPLIGHT" replay -r timed.pcap -i va --pps 100
until_true 10 eval '[[ $(sed -n "s/^Uid:\t//p" "/proc/$forever_pid/status") == "$(id -u nobody)"* ]]' || fail 'replay: still root'
sleep 0.2
kill -INT "$forever_pid"
until_true 10 gone "$forever_pid" || fail 'replay: does not end after SIGINT'
grep -q 'packets sent' forever.err || fail "replay: no statistics: $(cat forever.err)"
done_testing
