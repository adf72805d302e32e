#!/usr/bin/env bash
# --capture-threads: the packets of an interface are shared out among threads and come together in the order of their
# time, none missing and none twice, also while the capture begins; an interface is lost and found again.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs ss

times_rise() {
    "$TAPLIGHT" -q -r "$1" -T fields -e frame.time_epoch | LC_ALL=C sort -c 2>/dev/null || fail "$1: times go back"
}

live -i va --capture-threads 4 --workers 2 --json -o live.json -w live.pcapng udp
[[ $(in_a ss -0aH | wc -l) == 4 ]] || fail "not four sockets: $(in_a ss -0aH)"
in_b "$TAPLIGHT" send 'eth(dst=02:00:00:00:00:01)/ip(dst=10.9.0.1)/udp(sport=4000,dport={1..3000})/payload(hello)' -i vb \
    --rate 30000 -q >send.out 2>&1 || fail "send: $(cat send.out)"
live_ends INT # at once: what was on the wire before it is there, also what no thread has read yet
rc_is 0
[[ $(cat err) == *', 0 dropped by kernel'* ]] || fail "counters: $(cat err)"
run -r live.pcapng --count udp and src port 4000
[[ $(cat out) == 3000 ]] || fail "$(cat out) packets of 3000"
ports=$("$TAPLIGHT" -q -r live.pcapng -T fields -e udp.dstport 'src port 4000' | sort -nu | wc -l)
[[ $ports == 3000 ]] || fail "$ports ports of 3000"
times_rise live.pcapng
flows=$(grep -c '"_path":"conn".*"id.orig_p":4000' live.json)
[[ $flows == 3000 ]] || fail "$flows flows of 3000"
interfaces=$("$TAPLIGHT" -q -r live.pcapng -T fields -e frame.interface_id | sort -u | wc -l)
[[ $interfaces == 1 ]] || fail "$interfaces interfaces in the file"

# Packets that arrive while the sockets join: none is there twice.
start before in_b "$TAPLIGHT" send \
    'eth(dst=02:00:00:00:00:01)/ip(dst=10.9.0.1)/udp(sport=4002,dport={1..60000})/payload(hello)' -i vb --rate 20000 -q
sleep 0.2
live -i va --capture-threads 8 -w joined.pcap udp
sleep 0.3
live_ends INT
"$TAPLIGHT" -q -r joined.pcap -T fields -e udp.dstport 'src port 4002' | sort -n >ports
(($(wc -l <ports) > 100)) || fail "$(wc -l <ports) packets while they were sent"
[[ ! $(uniq -d ports) ]] || fail "$(uniq -d ports | wc -l) packets twice"

# A filter that the kernel cannot apply (VLAN tags of cooked packets) is asked in one thread.
live -i any --capture-threads 4 -w any.pcap udp and dst port 7
in_b "$TAPLIGHT" send 'eth(dst=02:00:00:00:00:01)/vlan(id=7)/ip(dst=10.9.0.1)/udp(sport={5000..6999},dport={7,8})/payload(hello)' -i vb \
    --rate 30000 -q >send.out 2>&1 || fail "send: $(cat send.out)"
sleep 0.3
live_ends INT
run -r any.pcap --count
[[ $(cat out) == 2000 ]] || fail "-i any: $(cat out) packets of 2000"

# Two interfaces with two threads each; one goes away and comes back.
ip -n $a link add vc type veth peer name vd
ip -n $a link set vc up
ip -n $a link set vd up
live -i va -i vc --capture-threads 2 --wait -w both.pcapng udp
ip -n $a link del vc
until_true 5 grep -q 'vc is gone: waiting' err || fail "vc is not missed: $(cat err)"
ip -n $a link add vc type veth peer name vd
ip -n $a link set vc up
ip -n $a link set vd up
until_true 5 grep -q 'vc is available' err || fail "vc is not found again: $(cat err)"
[[ $(grep -c 'vc is' err) == 2 ]] || fail "each thread speaks: $(cat err)"
in_b "$TAPLIGHT" send 'eth(dst=02:00:00:00:00:01)/ip(dst=10.9.0.1)/udp(sport=4000,dport={1..50})/payload(hello)' -i vb -q
in_a "$TAPLIGHT" send 'eth(dst=ff:ff:ff:ff:ff:ff)/ip(src=192.0.2.1,dst=192.0.2.2)/udp(sport=4001,dport={1..50})/payload(hello)' -i vd -q
live_ends INT
rc_is 0
run -r both.pcapng --count src port 4000
[[ $(cat out) == 50 ]] || fail "va: $(cat out) packets of 50"
run -r both.pcapng --count src port 4001
[[ $(cat out) == 50 ]] || fail "vc: $(cat out) packets of 50"

run -i lo --capture-threads 33
rc_is 2
error_is "--capture-threads: bad number '33': give 1 to 32"
run -r live.pcapng --capture-threads 2 --json
rc_is 2
error_is '--capture-threads applies to live capture: add -i'
done_testing
