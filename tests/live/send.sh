#!/usr/bin/env bash
# taplight send onto a veth pair: the kernel and a DNS server answer what it sends. Reading sends nothing.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs tcpdump

ip -n $a neigh flush dev va 2>/dev/null
ip -n $a neigh del 10.9.0.2 dev va 2>/dev/null
in_b sh -c 'echo 0 >/proc/sys/net/ipv6/conf/vb/disable_ipv6; echo 0 >/proc/sys/net/ipv6/conf/vb/accept_dad'
in_a sh -c 'echo 0 >/proc/sys/net/ipv6/conf/va/disable_ipv6; echo 0 >/proc/sys/net/ipv6/conf/va/accept_dad'
ip -n $a addr add 2001:db8::1/64 dev va nodad
ip -n $b addr add 2001:db8::2/64 dev vb nodad
ip -n $a route add 203.0.113.0/24 via 10.9.0.2

send() {
    ran="taplight send $*" rc=0
    in_a "$TAPLIGHT" send "$@" >out 2>err </dev/null || rc=$?
}
start dump in_b tcpdump -i vb -U -n --immediate-mode -w seen.pcap
until_true 10 grep -q 'listening on' dump.err || fail 'tcpdump does not start'
saw() { until_true 5 eval "(( \$(\"$TAPLIGHT\" -q -r seen.pcap --count -Y '$2') >= $1 ))" || fail "$ran: $2: not seen $1 times"; }

# The next hop is asked for; addresses and checksums are filled in; the kernel answers.
send 'ip(10.9.0.2)/icmp(id=77,seq=1..3)/payload(size=56)'
rc_is 0
grep -q '^taplight: 3 packets sent on va, 294 bytes' err || fail "$ran: $(cat err)"
saw 1 'arp.opcode == 2'
saw 3 'icmp.type == 0 and icmp.ident == 77 and ip.dst == 10.9.0.1'
send 'ip6(2001:db8::2)/icmp6(id=78)/payload(hello)'
rc_is 0
saw 1 'icmpv6.type == 129 and ipv6.dst == 2001:db8::1'
send 'ip(10.9.0.2)/tcp(dport=4)'
saw 1 'tcp.flags.reset == 1 and tcp.srcport == 4'
send 'ip(10.9.0.2,frag=512)/icmp(id=79)/payload(size=2000)'
saw 1 'icmp.type == 0 and icmp.ident == 79'
send 'arp(tpa=10.9.0.2)'
saw 2 'arp.opcode == 2'
# A gateway is the next hop of another network.
send 'ip(203.0.113.5)/udp(dport=5353)'
rc_is 0
saw 1 'eth.dst == 02:00:00:00:00:02 and ip.dst == 203.0.113.5 and ip.src == 10.9.0.1'
# Servers answer: DNS, DHCP and TFTP of dnsmasq; NTP and SNMP where such servers are installed. -v shows what was sent.
server_of() { type -P "$1" >/dev/null || [[ -x /usr/sbin/$1 ]]; }
listens() { until_true 10 eval "ip netns exec $b ss -lun | grep -q ':$1 '" || fail "no server at UDP port $1: $(cat "$2.err")"; }
if server_of dnsmasq; then
    mkdir boot
    echo 'a boot file' >boot/pxe
    chmod -R a+rX . 2>/dev/null
    start server ip netns exec $b dnsmasq -k -u root -C /dev/null --no-resolv --no-hosts -i vb --address=/example.test/192.0.2.7 --pid-file= \
        --no-ping --dhcp-range=10.9.0.50,10.9.0.60,1h --dhcp-leasefile="$work/leases" --enable-tftp --tftp-root="$work/boot"
    listens 53 server
    send -v 'ip(10.9.0.2)/udp/dns(example.test,id=99)'
    grep -q 'Name: example.test' out || fail "$ran: no tree: $(head -3 out)"
    saw 1 'dns.flags.response == 1 and dns.id == 99 and dns.a == 192.0.2.7'
    send -i va 'ip/udp/dhcp(xid=4711,flags=0x8000,type=discover,chaddr=02:00:00:00:00:33)'
    rc_is 0
    saw 1 'dhcp.option.dhcp == 2 and dhcp.id == 4711 and ip.src == 10.9.0.2'
    send 'ip(10.9.0.2)/udp/tftp(file=pxe)' --expect tftp
    rc_is 0
    saw 1 'tftp.opcode == 3 and tftp.block == 1'
    kill "$server_pid"
fi
if server_of chronyd; then
    printf 'local stratum 5\nallow all\ncmdport 0\nbindaddress 10.9.0.2\npidfile %s/chrony.pid\n' "$work" >chrony.conf
    start clock ip netns exec $b chronyd -d -x -u root -f "$work/chrony.conf"
    listens 123 clock
    send 'ip(10.9.0.2)/udp(sport=4123)/ntp(mode=client)' --expect 'ntp.flags.mode == 4'
    rc_is 0
    kill "$clock_pid"
fi
# Others, where they are installed.
if server_of ntpd; then
    printf 'server 127.127.1.0\nfudge 127.127.1.0 stratum 5\nrestrict default\n' >ntp.conf
    start ntp ip netns exec $b ntpd -n -g -c "$work/ntp.conf" -I vb
    listens 123 ntp
    send 'ip(10.9.0.2)/udp(sport=4123)/ntp(mode=client)' --expect 'ntp.flags.mode == 4'
    rc_is 0
    kill "$ntp_pid"
fi
if server_of kea-dhcp4; then
    mkdir -p kea
    cat >kea.conf <<END
{ "Dhcp4": { "interfaces-config": { "interfaces": ["vb"] }, "lease-database": { "type": "memfile", "persist": false },
  "subnet4": [ { "id": 1, "subnet": "10.9.0.0/24", "pools": [ { "pool": "10.9.0.50 - 10.9.0.60" } ] } ] } }
END
    start kea ip netns exec $b env KEA_PIDFILE_DIR="$work/kea" KEA_LOCKFILE_DIR="$work/kea" KEA_DHCP_DATA_DIR="$work/kea" \
        kea-dhcp4 -c "$work/kea.conf"
    until_true 15 grep -qs DHCP4_STARTED kea.out kea.err || fail "kea: $(cat kea.out kea.err)"
    send -i va 'ip/udp/dhcp(xid=4712,flags=0x8000,type=discover,chaddr=02:00:00:00:00:34)' --expect 'dhcp.option.dhcp == 2' --timeout 5
    rc_is 0
    kill "$kea_pid"
fi
if server_of snmpd; then
    printf 'rocommunity public\nsysLocation rack 4\n' >snmpd.conf
    start agent ip netns exec $b snmpd -f -Lo -C -c "$work/snmpd.conf" -p "$work/snmpd.pid" udp:10.9.0.2:161
    listens 161 agent
    send 'ip(10.9.0.2)/udp/snmp(oid=1.3.6.1.2.1.1.6.0,community=public)' --expect 'snmp.data == 2'
    rc_is 0
    saw 1 'snmp.value.octets and udp.srcport == 161'
    kill "$agent_pid"
fi
# --expect: request and answer with all fields; without an answer the exit code says so.
send 'ip(10.9.0.2)/icmp(id=90,seq=1..2)' --expect 'icmp.type == 0 and icmp.ident == 90'
rc_is 0
[[ $(grep -c '^\[Answered in [0-9.]* ms\]' out) == 2 && $(grep -c '^Internet Control Message Protocol' out) == 4 ]] || fail "$ran: $(cat out)"
send 'ip(10.9.0.2)/tcp(dport=4,sport=4001)' --expect 'tcp.flags.reset == 1 and tcp.dstport == 4001' --json
rc_is 0
grep -q '"verb":"send".*"outcome":"reply","rtt":0' out || fail "$ran: $(cat out)"
send 'ip(10.9.0.2)/udp(dport=9)' --expect 'dns' --timeout 0.1
rc_is 1
grep -q 'taplight: no answer to 1 of 1 packets' err || fail "$ran: $(cat err)"
# An answer that comes late is paired with its own packet; of packets that are the same, with the oldest without one.
if type -P python3 >/dev/null; then
    cat >late.py <<'END'
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.9.0.2", 5353 - 300))
print("ready", flush=True)
waiting, count = [], 0
while True:
    s.settimeout(max(0.001, waiting[0][0] - time.monotonic()) if waiting else None)
    try:
        q, a = s.recvfrom(4096)
        count += 1
        waiting.append((time.monotonic() + (0.8 if count % 2 else 0.2), q[:2] + b"\x81\x80" + q[4:], a))
        waiting.sort()
    except TimeoutError:
        _, q, a = waiting.pop(0)
        s.sendto(q, a)
END
    start late in_b python3 late.py
    until_true 10 grep -q ready late.out || fail 'the late server does not start'
    for id in '1..2' 7; do
        send "ip(10.9.0.2)/udp(dport=5053)/dns(a.test,id=$id)" -n $([[ $id == 7 ]] && echo 2 || echo 1) --expect 'udp.srcport == 5053' --timeout 0.6 --json
        rc_is 1
        [[ $(sed -n 's/.*"seq":\([0-9]*\).*"outcome":"\([a-z]*\)".*/\1 \2/p' out | tr '\n' ,) == '1 timeout,1 late,2 reply,' ]] || fail "$ran: $(cat out)"
        grep -q 'no answer to 1 of 2 packets in time, 1 came late' err || fail "$ran: $(cat err)"
    done
    kill "$late_pid"
fi
# --interval and -n.
begin=$(date +%s%N)
send --interval 0.1 -n 4 'ip(10.9.0.2)/udp(dport=1)'
(($(date +%s%N) - begin >= 300000000)) || fail "$ran: too fast"
saw 4 'udp.dstport == 1 and ip.src == 10.9.0.1'
# Without Ethernet the kernel routes: lo.
send 'ip(127.0.0.1)/icmp(id=80)'
rc_is 0
grep -q '1 packet sent on lo' err || fail "$ran: $(cat err)"

# Errors: one line each.
for conflict in '--forever -n 2' '--json -w -' '-v -w -'; do
    # shellcheck disable=SC2086
    send 'ip(10.9.0.2)/icmp' $conflict
    rc_is 2
    error_is 'give one of them|goes too: give -w a file'
done
send 'ip(10.9.0.2)/udp/payload(size=1..2000)' --rate 5000
rc_is 1
grep -q 'frames are longer than the MTU, and were not sent: send less, or give frag' err || fail "$ran: $(cat err)"
send -i va 'raw(ffff)'
rc_is 1
error_is 'a frame of 2 bytes is too short for Ethernet'
send 'ip(198.51.100.1)/icmp'
rc_is 1
error_is 'no route to 198.51.100.1: Network is unreachable'
send 'ip(10.9.0.77)/icmp'
rc_is 1
error_is 'no answer from 10.9.0.77 on va'
send 'ip(10.9.0.2)/udp/payload(size=3000)'
rc_is 1
error_is 'longer than the MTU'
send -i vaa 'ip(10.9.0.2)/icmp'
rc_is 1
error_is 'no interface vaa: did you mean va\?'
in_a ip link set lo down
send -i lo 'ip(127.0.0.1)/icmp'
rc_is 1
error_is 'lo is down: ip link set lo up'
in_a ip link set lo up
cp "$TAPLIGHT" program
rc=0 ran='taplight send as an ordinary user'
in_a setpriv --reuid=65534 --regid=65534 --clear-groups "$work/program" send 'ip(10.9.0.2)/icmp' >out 2>err || rc=$?
rc_is 3
error_is 'no permission to send on va: run it with sudo, or allow it once'
rm program
# Root is given up after the interface is opened.
start forever ip netns exec $a env --default-signal=INT setsid "$TAPLIGHT" send --forever --interval 0.05 'ip(10.9.0.2)/udp(dport=2)'
saw 2 'udp.dstport == 2'
[[ $(sed -n 's/^Uid:\t//p' "/proc/$forever_pid/status") == "$(id -u nobody)"$'\t'* ]] || fail 'send: still root'
[[ $(sed -n 's/^CapEff:\t//p' "/proc/$forever_pid/status") == 0000000000000000 ]] || fail 'send: has capabilities'
kill -INT "$forever_pid"
until_true 10 gone "$forever_pid" || fail 'send: does not end after SIGINT'
grep -q 'packets sent on va' forever.err || fail "send: no summary: $(cat forever.err)"
kill "$dump_pid"

# No command that reads sends a packet: the counters of the interface do not move.
sent() { in_a cat /sys/class/net/va/statistics/tx_packets; }
in_a sh -c 'echo 1 >/proc/sys/net/ipv6/conf/va/disable_ipv6'
sleep 0.2
before=$(sent)
live -i va --json -c 1000
in_b ping -q -c 1 -W 1 10.9.0.99 >/dev/null
live_ends INT
for arguments in '--text' '--json' '-v' '-N' '-D'; do
    # shellcheck disable=SC2086
    in_a "$TAPLIGHT" -r seen.pcap $arguments >/dev/null 2>&1
done
[[ $(sent) == "$before" ]] || fail "reading sent $(($(sent) - before)) packets"
# After an interrupt, packets that were left out are told too.
ip netns exec $a env --default-signal=INT setsid "$TAPLIGHT" send 'ip(10.9.0.77..10.9.0.79)/icmp' >out 2>err </dev/null &
live_pid=$! ran='taplight send, interrupted'
started+=($!)
until_true 20 grep -q 'packet 1 of the series is left out' err || fail "$ran: $(cat err)"
live_ends INT
rc_is 1
grep -q 'of the series could not be built' err || fail "$ran: $(cat err)"
done_testing
