#!/usr/bin/env bash
# Kernel filters with no, one and two VLAN tags; several interfaces; -y and -s.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs ping python3 jq

tagged_packets

# seen_is EXPECTED ARGUMENTS...: checks which of the six packets match, as "53/0 53/1 ..".
seen_is() {
    local due=$1 seen
    shift
    rm -f seen.pcap
    live -w seen.pcap "$@"
    in_b python3 send.py
    live_ends INT
    rc_is 0
    seen=$(strings -n 10 seen.pcap | sed -nE 's/.*port ([0-9]+) tags ([0-9]).*/\1\/\2/p' | sort -u | tr '\n' ' ')
    [[ $seen == "${due:+$due }" ]] || fail "$ran: saw '$seen', not '$due'"
}
seen_is '53/0 53/1 53/2 99/0 99/1 99/2' -i va
seen_is '53/0 53/1 53/2' -i va udp port 53
seen_is '53/0 53/1 53/2' -i va host 10.9.0.2 and port 53
seen_is '99/0 99/1 99/2' -i va udp and not port 53
seen_is '53/1' -i va vlan 7 and port 53
# The kernel (6.10 and later) does not tell the type of an inner tag of a cooked packet: it is not skipped.
seen_is '53/0 53/1' -i any udp port 53 and inbound
seen_is '53/0' -i va --exact-filter udp port 53

# The meta record has the compiled filter. Only matching packets count as received.
live -i va --json -o out.json udp port 53
in_b python3 send.py
live_ends INT
head -n 1 out.json | jq -e '.filter == "udp port 53" and (.filter_compiled | contains("vlan and"))' >/dev/null ||
    fail "meta: $(head -n 1 out.json)"
grep -q '3 packets captured, 3 received by filter' err || fail "the filter does not run in the kernel: $(cat err)"
live -i va --json -o out.json --exact-filter udp port 53
live_ends INT
head -n 1 out.json | jq -e '.filter == "udp port 53" and (has("filter_compiled") | not)' >/dev/null ||
    fail "meta with --exact-filter: $(head -n 1 out.json)"
rc=0 ran='taplight -i va port and'
in_a "$TAPLIGHT" -i va port and >out 2>err || rc=$?
rc_is 2
error_is 'syntax error'

# `ip broadcast` is of the interface's netmask, here /24. "any" has none, nor has a file.
cat >broadcast.py <<'END'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"vb")
for to in "10.9.0.1", "10.9.0.255", "255.255.255.255":
    s.sendto(f"sent to {to} ".encode(), (to, 4000))
END
for filter in 'ip broadcast' 'udp and not ip broadcast'; do
    live -i va -w broadcast.pcap "$filter"
    in_b python3 broadcast.py
    live_ends INT
    rc_is 0
    due='10.9.0.255 255.255.255.255'
    [[ $filter == *not* ]] && due=10.9.0.1
    seen=$(strings -n 10 broadcast.pcap | sed -n 's/.*sent to \([0-9.]*\) .*/\1/p' | sort | paste -sd ' ')
    [[ $seen == "$due" ]] || fail "$ran: saw '$seen', not '$due'"
done
rc=0 ran='taplight -i any ip broadcast'
in_a "$TAPLIGHT" -i any ip broadcast >out 2>err || rc=$?
rc_is 2
error_is "\"any\" has no netmask that 'ip broadcast' needs: write 'ether broadcast'"
run -r broadcast.pcap ip broadcast
rc_is 2
error_is "a capture file has no netmask that 'ip broadcast' needs: write 'ether broadcast', or the addresses"

# A file with the tags in its packets, same filter.
live -i va -w tags.pcap
in_b python3 send.py
live_ends INT
for filter in 'udp port 53' 'udp and not port 53'; do
    run -r tags.pcap --count "$filter"
    [[ $(cat out) == 3 ]] || fail "$ran: $(cat out) packets, not 3"
done
run -r tags.pcap --count --exact-filter udp port 53
[[ $(cat out) == 1 ]] || fail "$ran: $(cat out) packets, not 1"

# -s, -c, several interfaces: packets are in time order, each with its interface name.
live -i va -s 60 -w cut.pcap -c 4
in_b python3 send.py
live_ends
rc_is 0
received=$(sed -nE 's/.* ([0-9]+) received by filter.*/\1/p' err)
((${received:-0} >= 4)) || fail "-c 4: $(tail -n 1 err)"
(($(stat -c %s cut.pcap) == 24 + 4 * (16 + 60))) || fail "-s 60: the file has $(stat -c %s cut.pcap) bytes"

live -i va -i lo -w two.pcapng --text -o two.text 'udp or icmp[icmptype] != icmp-unreach'
in_b python3 send.py
in_a ping -q -c 20 -i 0.01 127.0.0.1 >/dev/null
in_b python3 send.py
live_ends INT
rc_is 0
[[ $(packets_of two.pcapng) == 52 ]] || fail "-i va -i lo: $(packets_of two.pcapng) packets, not 52"
cut -d ' ' -f 1 two.text >times
sort -c times || fail '-i va -i lo: the packets are not in order of time'
[[ $(strings -n 2 two.pcapng | grep -cxE 'va|lo') == 2 ]] || fail 'the interfaces have no names in the file'

# -D and -L.
in_a "$TAPLIGHT" -D >list 2>err || fail "-D: $(cat err)"
grep -qE '^ *[0-9]+  va +up +[0-9.]+ [a-zA-Z]*bit/s +[0-9]+ packets/s  10\.9\.0\.1' list || fail "-D: $(cat list)"
in_a "$TAPLIGHT" -i va -L >list 2>err || fail "-L: $(cat err)"
[[ $(head -n 1 list) == 'EN10MB (Ethernet)' ]] || fail "-L: $(cat list)"
seen_is '53/0 53/1 53/2' -i va -y EN10MB port 53
rc=0 ran='taplight -i va -y PPP'
in_a "$TAPLIGHT" -i va -y PPP >out 2>err || rc=$?
rc_is 2
error_is 'va has no link type PPP: list its types with taplight -i va -L'
rc=0 ran='taplight -i v4'
in_a "$TAPLIGHT" -i v4 >out 2>err || rc=$?
rc_is 1
error_is 'no interface v4: did you mean va\?'
done_testing
