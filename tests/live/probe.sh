#!/usr/bin/env bash
# taplight ping and trace over two routers, beside iputils ping, and traceroute where it is installed. A bridge of this
# test between the first host and the first router delays each packet by 5 ms and drops each fifth echo request.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs ping python3

r1=tl-$$-r1 r2=tl-$$-r2 m=tl-$$-m
tidy_two=$(declare -f tidy | sed 's/^tidy /tidy_two /')
eval "$tidy_two"
tidy() {
    for ns in $r1 $r2 $m; do ip netns del $ns 2>/dev/null; done
    tidy_two
}
link() { # NS1 IF1 NS2 IF2 MTU
    ip link add "$2" netns "$1" mtu "$5" type veth peer name "$4" netns "$3" mtu "$5"
    for side in "$1 $2" "$3 $4"; do
        set -- $side
        ip netns exec "$1" sh -c "echo 0 >/proc/sys/net/ipv6/conf/$2/accept_dad; echo 0 >/proc/sys/net/ipv6/conf/$2/router_solicitations"
        ip -n "$1" link set "$2" up
    done
}
for ns in $r1 $r2 $m; do
    ip netns add $ns
    ip -n $ns link set lo up
done
for ns in $r1 $r2; do
    ip netns exec $ns sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
        echo 0 >/proc/sys/net/ipv4/icmp_ratelimit; echo 0 >/proc/sys/net/ipv6/icmp/ratelimit'
done
in_b sh -c 'echo 0 >/proc/sys/net/ipv4/icmp_ratelimit; echo 0 >/proc/sys/net/ipv6/icmp/ratelimit'
ip netns exec $m sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6' 2>/dev/null
link $a a1 $m m1 1500
link $m m2 $r1 r1l 1500
link $r1 r1r $r2 r2l 1400
link $r2 r2r $b b1 1400
address() {
    ip -n $1 addr add 10.$3.0.$4/24 dev $2
    ip -n $1 addr add 2001:db8:$3::$4/64 dev $2 nodad
}
address $a a1 1 1
address $r1 r1l 1 2
address $r1 r1r 2 1
address $r2 r2l 2 2
address $r2 r2r 3 1
address $b b1 3 2
route() {
    ip -n $1 route add $2 via 10.$3
    ip -n $1 -6 route add $4 via 2001:db8:$5
}
route $a 10.3.0.0/24 1.0.2 2001:db8:3::/64 1::2
route $r1 10.3.0.0/24 2.0.2 2001:db8:3::/64 2::2
route $r2 10.1.0.0/24 2.0.1 2001:db8:1::/64 2::1
route $b 10.0.0.0/8 3.0.1 2001:db8::/32 3::1
cat >bridge.py <<'END'
import heapq, select, socket, struct, time
def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return struct.pack(">H", ~total & 0xffff)
# Of a veth pair, the checksum of TCP may be left to an interface that the packet never passes.
def summed(frame):
    v6, v4 = frame[12:14] == b"\x86\xdd", frame[12:14] == b"\x08\x00"
    if not (v6 and frame[20] == 6 or v4 and frame[23] == 6):
        return frame
    at = 54 if v6 else 34
    end = (54 if v6 else 14) + struct.unpack(">H", frame[18:20] if v6 else frame[16:18])[0]
    data = frame[at:at + 16] + b"\0\0" + frame[at + 18:end]
    pseudo = (frame[22:54] if v6 else frame[26:34]) + struct.pack(">HH", 6, len(data))
    return frame[:at + 16] + checksum(pseudo + data + b"\0" * (len(data) % 2)) + frame[at + 18:]
def icmp_summed(frame):
    head = frame[14:24] + b"\0\0" + frame[26:34]
    return frame[:24] + checksum(head) + frame[26:36] + checksum(frame[34:36] + b"\0\0" + frame[38:]) + frame[38:]
ports = []
for name in "m1", "m2":
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.bind((name, 0))
    ports.append(s)
queue, number, echoes, damaged = [], 0, 0, 0
print("ready", flush=True)
while True:
    now = time.monotonic()
    while queue and queue[0][0] <= now:
        _, _, port, frame = heapq.heappop(queue)
        try:
            port.send(frame)
        except OSError:
            pass
    for s in select.select(ports, [], [], max(0, queue[0][0] - now) if queue else 1)[0]:
        frame, address = s.recvfrom(65536)
        if address[2] == 4: # our own
            continue
        if frame[12:14] == b"\x08\x00" and frame[23] == 1 and frame[34] == 8 and frame[15] == 4:
            echoes += 1 # of the probes with TOS 4 only
            if echoes % 5 == 0:
                continue
        if frame[12:14] == b"\x08\x00" and frame[15] == 8 and frame[23] == 1 and frame[34] == 0: # damage these replies
            damaged += 1
            how = damaged % 4
            if how == 0:
                frame = frame[:60] + bytes([frame[60] ^ 1]) + frame[61:] # the checksum is wrong
            elif how == 1:
                frame = frame[:60] + bytes([frame[60] ^ 1]) + frame[61:]
                frame = icmp_summed(frame)
            elif how == 2:
                frame = frame[:16] + struct.pack(">H", 64) + frame[18:]
                frame = icmp_summed(frame[:14 + 64])
        number += 1
        heapq.heappush(queue, (time.monotonic() + 0.005, number, ports[1 - ports.index(s)], summed(frame)))
END
start bridge ip netns exec $m python3 bridge.py
until_true 60 grep -q ready bridge.out || fail 'the bridge does not start'

verb() {
    ran="taplight $*" rc=0
    in_a "$TAPLIGHT" "$@" >out 2>err </dev/null || rc=$?
}
value() { sed -n "s/.*\"$1\":\"\?\([^,\"}]*\).*/\1/p" out; }
near() { # A B MS: two times in ms
    awk -v a="$1" -v b="$2" -v most="$3" 'BEGIN { d = a - b; exit !(a != "" && b != "" && d < most && -d < most) }'
}

# ping: the same loss and times as iputils. A machine with other work may delay the bridge: three tries for the times.
for try in 1 2 3; do
    verb ping 10.3.0.2 -c 10 --interval 0.02 -Q 4 -W 0.5
    rc_is 0
    grep -q '10 sent, 8 received, 20% lost' out || fail "$ran: $(cat out)"
    ours=$(sed -n 's,^time min/avg/max/mdev \([^/]*\)/.*,\1,p' out)
    in_a ping -q -c 10 -i 0.02 -Q 4 -W 0.5 10.3.0.2 >theirs
    grep -q ' 20% packet loss' theirs || fail "iputils: $(cat theirs)"
    theirs=$(sed -n 's,^rtt [^=]*= \([^/]*\)/.*,\1,p' theirs)
    near "$ours" "$theirs" 4 && near "$ours" 11 4 && break
done
# Where the bridge itself needs more than 15 ms, the machine is too busy to compare.
near "$ours" "$theirs" 4 && near "$ours" 11 4 || awk -v t="$theirs" 'BEGIN { exit !(t > 15) }' ||
    fail "$ran: the shortest time: $ours ms, of iputils $theirs ms"
awk -v t="$ours" 'BEGIN { exit !(t >= 10) }' || fail "$ran: $ours ms are less than the delay"
grep -q '^84 bytes from 10.3.0.2: seq=1 ttl=62 time=[0-9]*\.[0-9]* ms$' out || fail "$ran: $(cat out)"
for way in '10.3.0.2' '2001:db8:3::2' '--tcp -p 7 10.3.0.2' '--tcp -p 7 2001:db8:3::2' '--udp 10.3.0.2' '--udp 2001:db8:3::2'; do
    verb ping $way -c 2 --interval 0.02
    rc_is 0
    grep -q '2 sent, 2 received, 0% lost' out || fail "$ran: $(cat out)"
done
# Damaged replies: data, length and checksum are wrong in turn; each fourth is right.
verb ping 10.3.0.2 -c 4 --interval 0.02 -Q 8 --json
[[ $(value damage | tr '\n' ' ') == 'data short checksum ' && $(value damaged) == 3 && $(value received) == 1 ]] || fail "$ran: $(cat out)"
verb ping 10.3.0.2 -c 4 --interval 0.02 -Q 8
for words in '(wrong data byte 18: 0x11, not 0x10)' '(truncated: 36 of 56 bytes of data)' '(wrong checksum)' '4 sent, 1 received, 75% lost, 3 damaged'; do
    grep -qF "$words" out || fail "$ran: no $words: $(cat out)"
done
verb ping --arp 10.9.0.2 -c 1
grep -q '^10.9.0.2 is at 02:00:00:00:00:02: seq=1' out || fail "$ran: $(cat out)"
verb ping 127.0.0.1 -c 2 --interval 0.01 -s 3000
grep -q '2 sent, 2 received' out || fail "$ran: $(cat out)"
verb ping 10.3.0.2 -c 1 -s 3000
grep -q '1 sent, 1 received' out || fail "$ran: fragments: $(cat out)"
# Records, against the schema; trees and a file of both directions.
verb ping 10.3.0.2 -c 2 --interval 0.02 --json -w both.pcap
rc_is 0
[[ $(value outcome | tr '\n' ' ') == 'reply reply ' ]] || fail "$ran: $(cat out)"
[[ $(value from_ttl | tr '\n' ' ') == '62 62 ' && $(value loss) == 0 ]] || fail "$ran: $(cat out)"
"$TAPLIGHT" --schema >schema
for key in $(tr ',{' '\n\n' <out | sed -n 's/^"\([a-z_]*\)":.*/\1/p' | sort -u); do
    grep -q "\"$key\"" schema || fail "the schema has no $key"
done
[[ $("$TAPLIGHT" -q -r both.pcap --count icmp) == 4 ]] || fail "$ran: -w: $("$TAPLIGHT" -r both.pcap)"
verb ping 10.3.0.2 -c 1 -v
[[ $(grep -c 'Internet Control Message Protocol' out) == 2 ]] || fail "$ran: no two trees: $(cat out)"
# The path MTU, told by the router.
for way in 10.3.0.2 2001:db8:3::2 '--udp 10.3.0.2'; do
    verb ping --mtu $way --json
    [[ $(value path_mtu) == 1400 && $(value outcome | head -1) == too_big ]] || fail "$ran: $(cat out)"
done
# A damaged reply shows that the probe got through.
verb ping --mtu 10.3.0.2 -Q 8 --json
[[ $(value path_mtu) == 1400 && $(value damaged) == 1 ]] || fail "$ran: $(cat out)"
# No answer, and errors.
verb ping 10.3.0.2 -c 1 -t 2 --json
rc_is 1
error_is 'no answer from 10.3.0.2'
[[ $(value outcome) == exceeded && $(value from | head -1) == 10.2.0.2 ]] || fail "$ran: $(cat out)"
verb ping 10.9.0.77 -c 1
rc_is 1
error_is 'no answer from 10.9.0.77 on va: the next hop is not there'
verb ping example.test
rc_is 2
error_is "'example.test' is no address: give --resolve"
verb ping --arp 2001:db8:3::2
rc_is 2
error_is 'ARP asks for IPv4'
verb ping --tcp --udp 10.3.0.2
rc_is 2
error_is 'give one of them'
verb ping -p 80 10.3.0.2
rc_is 2
error_is '--port is of --tcp and --udp'
verb ping 198.51.100.9
rc_is 1
error_is 'no route to 198.51.100.9'
verb ping -c 1 --df -s 1480 10.3.0.2
rc_is 1
error_is 'longer than the MTU: give a smaller --size, or leave out --df'
verb ping -c 1 -w - 10.3.0.2
rc_is 2
error_is 'goes too: give -w a file'

# trace: the same routers as there are, by all ways.
hops() { awk '/^ [0-9] / { print $2 }' "$1" | tr '\n' ' '; }
for way in '' --udp --tcp; do
    verb trace $way 10.3.0.2
    rc_is 0
    [[ $(hops out) == '10.1.0.2 10.2.0.2 10.3.0.2 ' ]] || fail "$ran: $(cat out)"
    verb trace $way 2001:db8:3::2 -n 1
    rc_is 0
    [[ $(hops out) == '2001:db8:1::2 2001:db8:2::2 2001:db8:3::2 ' ]] || fail "$ran: $(cat out)"
done
if type -P traceroute >/dev/null; then
    in_a traceroute -I -n 10.3.0.2 >theirs
    [[ $(hops theirs) == '10.1.0.2 10.2.0.2 10.3.0.2 ' ]] || fail "traceroute: $(cat theirs)"
fi
verb trace 10.3.0.2
awk '$1 == 3 { exit !($3 >= 10) }' out || fail "$ran: hop 3 is nearer than the delay: $(cat out)"
# One flow: routers see the same ports and the same ICMP checksum.
verb trace 10.3.0.2 -w flow.pcap
[[ $("$TAPLIGHT" -q -r flow.pcap -T fields -e icmp.checksum icmp[0] == 8 | sort -u | wc -l) == 1 ]] || fail "$ran: ICMP checksums differ"
verb trace --udp 10.3.0.2 -w flow.pcap
[[ $("$TAPLIGHT" -q -r flow.pcap -T fields -e udp.srcport -e udp.dstport src 10.1.0.1 and udp | sort -u | wc -l) == 1 ]] || fail "$ran: ports differ"
verb trace --mtu 10.3.0.2
grep -q '^ 2  10.2.0.2 .* mtu 1400$' out && grep -q '^path MTU 1400 bytes' out || fail "$ran: $(cat out)"
verb trace --live -c 5 --interval 0.1 10.3.0.2 --json -Q 4 -W 0.3
[[ $(value hop | tr '\n' ' ') == '1 2 3 ' && $(value sent | sort -u) == 5 ]] || fail "$ran: $(cat out)"
[[ $(value loss | awk '{ all += $1 } END { print all }') == 60 ]] || fail "$ran: each fifth of 15 probes is lost: $(value loss)"
verb trace --live -c 2 --interval 0.05 10.3.0.2
grep -qE '^  3  10.3.0.2 +0.0% +2 ' out || fail "$ran: $(cat out)"
verb trace 10.3.0.99 -m 4 -W 0.2 -n 1
rc_is 1
error_is 'no answer from 10.3.0.99'
# Hosts that do more than answer: what comes before the reply, or in place of it.
cat >odd.py <<'END'
import socket, struct, time
def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return struct.pack(">H", ~total & 0xffff)
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x800))
s.bind(("vb", 0))
print("ready", flush=True)
while True:
    frame, address = s.recvfrom(65536)
    if address[2] == 4 or frame[23] != 1 or frame[34] != 8 or frame[30:33] != b"\x0a\x09\0":
        continue
    host, size = frame[33], struct.unpack(">H", frame[16:18])[0]
    def put(icmp, source):
        icmp = icmp[:2] + checksum(icmp + b"\0" * (len(icmp) % 2)) + icmp[4:]
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(icmp), 1, 0, 60, 1, 0) + bytes([10, 9, 0, source]) + frame[26:30]
        s.send(frame[6:12] + frame[:6] + b"\x08\0" + ip[:10] + checksum(ip) + ip[12:] + icmp)
    def error(kind, code, rest):
        put(bytes([kind, code, 0, 0]) + struct.pack(">I", rest) + frame[14:42], 77)
    def reply(source=host):
        put(b"\0\0\0\0" + frame[38:14 + size], source)
    if host == 51:
        error(4, 0, 0)
    elif host == 52:
        error(3, 1, 0)
    elif host == 53:
        reply(54)
        continue
    elif host == 55:
        time.sleep(0.4)
    elif host == 56 and size > 576:
        error(3, 4, 20)
        continue
    elif host < 51 or host > 56:
        continue
    reply()
END
start odd ip netns exec $b python3 odd.py
until_true 20 grep -q ready odd.out || fail "odd.py: $(cat odd.err)"
for host in 51 52 53 55 56; do ip -n $a neigh add 10.9.0.$host lladdr 02:00:00:00:00:02 dev va nud permanent; done
for host in 51 52; do
    verb ping 10.9.0.$host -c 2 --interval 0.1 -W 1
    rc_is 0
    grep -q '2 sent, 2 received, 0% lost$' out || fail "$ran: $(cat out)"
    [[ $(grep -c '^from 10.9.0.77: ' out) == 2 ]] || fail "$ran: no errors: $(cat out)"
done
verb ping 10.9.0.53 -c 1 -W 0.2
rc_is 1
grep -q '^84 bytes from 10.9.0.54: .*(not from 10.9.0.53)' out || fail "$ran: $(cat out)"
verb trace 10.9.0.53 -n 1 -m 2 -W 0.2
rc_is 1
verb ping 10.9.0.55 -c 2 --interval 0.6 -W 0.2 --json
[[ $(value late) == 1 && $(value duplicates) == 0 ]] || fail "$ran: $(cat out)"
verb ping --mtu 10.9.0.56 -W 0.3
rc_is 0
grep -q '^path MTU 576 bytes' out || fail "$ran: $(cat out)"
kill "$odd_pid"
# Addresses of this host; the MTU of lo is longer than a packet of IPv4.
verb ping 2001:db8:1::1 -c 1
rc_is 0
for verb in ping trace; do
    verb $verb --mtu 127.0.0.1
    grep -q '^path MTU 65535 bytes' out || fail "$ran: $(cat out err)"
done
verb ping fe80::1%va -i a1
rc_is 2
error_is 'the target is on va, and -i is a1: give one of them'
# An ordinary user.
cp "$TAPLIGHT" program
rc=0 ran='taplight ping as an ordinary user'
in_a setpriv --reuid=65534 --regid=65534 --clear-groups "$work/program" ping -c 1 10.3.0.2 >out 2>err || rc=$?
rc_is 3
error_is 'no permission to send on a1'
rm program
done_testing
