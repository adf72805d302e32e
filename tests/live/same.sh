#!/usr/bin/env bash
# A filter passes the same packets live and from the file that was written without one, with and without VLAN tags; -i
# any keeps tags and has each packet of the loopback once; -i with a number; -Q; filters send no DNS query.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs ping python3
tagged_packets

# The packets of a file, as "53/0 53/1 ..".
seen() { strings -n 10 "$1" | sed -nE 's/.*port ([0-9]+) tags ([0-9]).*/\1\/\2/p' | sort | tr '\n' ' '; }

filters=('' 'udp port 53' 'udp and not port 53' 'not port 53' vlan 'vlan 7' 'not vlan' 'vlan and port 53' 'vlan 7 or port 53'
    'port 53 or vlan 7' 'vlan 5 and vlan 7 and port 53' 'ether proto 0x8100' 'ether proto 0x88a8' 'greater 66' 'less 62'
    'len>64 and port 53' 'port 53 and not vlan' 'ether[12:2]=0x8100' 'host 10.9.0.2 and port 53')
for words in '-i va' '-i va --exact-filter' '-i any' '-i any --exact-filter'; do
    i=0 processes=()
    rm -f live*.pcap
    for filter in "${filters[@]}"; do
        # shellcheck disable=SC2086
        start "live$i" ip netns exec $a env --default-signal=INT setsid "$TAPLIGHT" $words -w live$i.pcap "$filter"
        name="live${i}_pid"
        processes+=("${!name}")
        i=$((i + 1))
    done
    for ((i = 0; i < ${#filters[@]}; i++)); do
        until_true 20 grep -q 'capturing on' live$i.err || fail "$words '${filters[i]}': $(cat live$i.err)"
    done
    in_b python3 send.py
    sleep 0.3
    kill -INT "${processes[@]}"
    for process in "${processes[@]}"; do wait "$process" 2>/dev/null; done
    for ((i = 0; i < ${#filters[@]}; i++)); do
        # shellcheck disable=SC2046
        run -q -r live0.pcap $(grep -o -- --exact-filter <<<"$words") -w file.pcap "${filters[i]}"
        [[ $(seen live$i.pcap) == "$(seen file.pcap)" ]] ||
            fail "$words '${filters[i]}': live $(seen live$i.pcap), from the file $(seen file.pcap)"
    done
    [[ $(seen live0.pcap) == *53/1*53/2* ]] || fail "$words: $(seen live0.pcap)"
done

# Tags of -i any are shown; the loopback counts once.
live -i any -w any.pcap
in_b python3 send.py
in_a ping -q -c 3 -i 0.05 127.0.0.1 >/dev/null
live_ends INT
run -r any.pcap -e vlan 7 and udp dst port 53
lines_are 1
out_has 'VLAN 7 priority 0, 10\.9\.0\.2 > 10\.9\.0\.1 UDP'
run -r any.pcap --json=packets vlan 7 and port 99
out_has '"vlan\.id": ?7|"vlan_id"|vlan'
run -r any.pcap --count net 127.0.0.0/8
[[ $(cat out) == 6 ]] || fail "-i any: three echoes on the loopback are $(cat out) packets, not 6"

# -i with a number, and -Q.
number=$(in_a "$TAPLIGHT" -D | awk '$2 == "va" { print $1 }')
live -i "$number" -Q in -w in.pcap icmp
ping_b 5
live_ends INT
grep -q 'capturing on va,' err || fail "-i $number: $(cat err)"
run -r in.pcap --count 'icmp[icmptype] = icmp-echo'
[[ $(cat out) == 5 ]] || fail "-Q in: $(cat out) requests, not 5"
run -r in.pcap --count 'icmp[icmptype] = icmp-echoreply'
[[ $(cat out) == 0 ]] || fail "-Q in: $(cat out) replies, not 0"
live -i va -Q out -w out.pcap icmp
ping_b 5
live_ends INT
run -r out.pcap --count src host 10.9.0.1
[[ $(cat out) == 5 ]] || fail "-Q out: $(cat out) replies, not 5"
run -r out.pcap --count
[[ $(cat out) == 5 ]] || fail "-Q out: $(cat out) packets, not 5"

# A name server on side b counts the queries for names in filters.
cat >server.py <<'END'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.9.0.2", 53))
open("ready", "w").close()
while True:
    query, client = s.recvfrom(512)
    with open("queries", "ab") as f:
        f.write(query[12:] + b"\n")
    s.sendto(query[:2] + b"\x81\x83" + query[4:], client)
END
start server ip netns exec $b python3 server.py
until_true 20 test -e ready || fail 'the name server does not start'
echo 'nameserver 10.9.0.2' >resolv.conf
echo 'hosts: files dns' >nsswitch.conf
asks() {
    in_a unshare -m sh -c 'mount --bind resolv.conf /etc/resolv.conf && mount --bind nsswitch.conf /etc/nsswitch.conf &&
        exec "$@"' sh "$TAPLIGHT" "$@" >out 2>err
}
asks -r any.pcap --count host www.example.com
grep -q 'names are not looked up' err || fail "a name in a filter: $(cat err)"
[[ ! -e queries ]] || fail 'a name in a filter sends DNS queries'
asks -r any.pcap --count --resolve host www.example.com
grep -q "unknown host 'www.example.com'" err || fail "--resolve: $(cat err)"
grep -qa example queries || fail '--resolve sends no DNS query'
done_testing
