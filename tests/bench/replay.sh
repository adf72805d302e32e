#!/usr/bin/env bash
# replay.sh TAPLIGHT ROUNDS: replays a capture on a veth pair with taplight and tcpreplay by turns, as fast as they can and
# with the times of the capture. Prints rows of a Markdown table.
set -euo pipefail
export LC_ALL=C
taplight=$1 rounds=$2
a=tl-bench-$$-a b=tl-bench-$$-b
work=$(mktemp -d)
dump=''
tidy() {
    [[ -z $dump ]] || kill "$dump" 2>/dev/null || true
    ip netns del $a 2>/dev/null || true
    ip netns del $b 2>/dev/null || true
    rm -rf "$work"
}
trap tidy EXIT
cd "$work"

ip netns add $a
ip netns add $b
ip link add va netns $a address 02:00:00:00:00:01 type veth peer name vb netns $b address 02:00:00:00:00:02
for side in a b; do
    ip netns exec "${!side}" sh -c "echo 1 >/proc/sys/net/ipv6/conf/v$side/disable_ipv6"
    ip -n "${!side}" link set v$side up
done

# 4,096 frames of 60 bytes, and 2,000 frames at uneven times within a second.
"$taplight" send -q -w short.pcap 'eth(dst=02:00:00:00:00:02,src=02:00:00:00:00:01)/ip(192.0.2.1,src=192.0.2.2)/udp(dport=1..4096)/payload(size=18)'
python3 - <<'END'
import struct
with open("timed.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 65535, 1))
    ns = 1700000000 * 10**9
    for i in range(2000):
        ns += 100000 + i * 7919 % 800 * 1000
        f.write(struct.pack("<IIII", ns // 10**9, ns % 10**9, 60, 60) + bytes([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5]) + bytes(46))
END

# rate PROGRAM: prints packets a second at top speed.
rate() {
    case $1 in
    taplight) ip netns exec $a "$taplight" replay -r short.pcap -i va --top-speed --loop 100 2>&1 | sed -n 's/.* s: \([0-9]*\) packets.*/\1/p' ;;
    tcpreplay) ip netns exec $a tcpreplay -i va --topspeed --preload-pcap --loop 100 short.pcap 2>&1 | sed -n 's/^Rated: .* \([0-9.]*\) pps$/\1/p' ;;
    esac
}

# pace PROGRAM: prints the medians, in us, of how much a gap differs from that of the capture, and of how much the time
# since the first packet does.
pace() {
    rm -f got.pcap err
    ip netns exec $b tcpdump -i vb -s 100 -B 8192 -U -n --immediate-mode --time-stamp-precision=nano -w got.pcap 2>err &
    dump=$!
    until grep -q 'listening on' err 2>/dev/null; do sleep 0.05; done
    case $1 in
    taplight) ip netns exec $a "$taplight" replay -q -r timed.pcap -i va ;;
    'taplight --realtime') ip netns exec $a "$taplight" replay -q -r timed.pcap -i va --realtime ;;
    tcpreplay) ip netns exec $a tcpreplay -i va timed.pcap >/dev/null 2>&1 ;;
    esac
    sleep 0.5
    kill $dump
    wait $dump 2>/dev/null || true
    dump=''
    for file in timed got; do "$taplight" -q -r $file.pcap -T fields -e frame.time_delta >$file.gaps; done
    paste timed.gaps got.gaps | awk '{ d = ($2 - $1) * 1e6; all += d; print (d < 0 ? -d : d), (all < 0 ? -all : all) }' >errors
    paste <(cut -d ' ' -f 1 errors | sort -g) <(cut -d ' ' -f 2 errors | sort -g) |
        awk '{ gap[NR] = $1; all[NR] = $2 } END { print gap[int(NR / 2)], all[int(NR / 2)] }'
}
spread() { sort -g | awk -v form="$1" '{ v[NR] = $1 } END { printf form " | " form " to " form "\n", v[int((NR + 1) / 2)], v[1], v[NR] }'; }

for ((round = 0; round < rounds; round++)); do
    for program in taplight tcpreplay; do rate $program >>"rate.$program"; done
    for program in taplight 'taplight --realtime' tcpreplay; do pace "$program" >>"pace.$program"; done
done
for program in taplight tcpreplay; do echo "| $program, top speed | packets/s | $(spread %.0f <"rate.$program") |"; done
for program in taplight 'taplight --realtime' tcpreplay; do
    echo "| $program, times of the capture | us by which a gap is wrong | $(cut -d ' ' -f 1 "pace.$program" | spread %.1f) |"
    echo "| $program, times of the capture | us by which the time since the first packet is wrong | $(cut -d ' ' -f 2 "pace.$program" | spread %.1f) |"
done
