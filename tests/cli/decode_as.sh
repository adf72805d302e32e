#!/usr/bin/env bash
# -d: protocols at ports, types and numbers that a user chose; the content is not asked.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

# NTP is told by its port only: at another one it is data.
cat >move.py <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
at = 24
while at < len(data):
    size = int.from_bytes(data[at + 8:at + 12], "little")
    for place in (at + 16 + 34, at + 16 + 36):
        if data[place:place + 2] == b"\x00\x7b":
            data[place:place + 2] = b"\x27\x0f"
    at += 16 + size
open(sys.argv[2], "wb").write(data)
END
python3 move.py "$SOURCE/samples/ntp/exchange.pcap" moved.pcap || exit 1
count() {
    "$TAPLIGHT" -q -r "$1" --count -Y "$2" "${@:3}" 2>err || fail "$*: $(cat err)"
}
due=$(count "$SOURCE/samples/ntp/exchange.pcap" ntp)
((due > 0)) || fail 'no NTP in the sample'
[[ $(count moved.pcap ntp) == 0 ]] || fail 'NTP at port 9999 without -d'
for rule in udp.port==9999 udp.port==0x270f udp.port==9990-9999 udp.port==9998:2; do
    for workers in 0 2; do
        [[ $(count moved.pcap ntp -d $rule,ntp --workers $workers) == "$due" ]] || fail "-d $rule,ntp: not $due packets"
    done
done
[[ $(count moved.pcap ntp -d udp.port==9000-9998,ntp) == 0 ]] || fail 'a range that ends before the port'

# The content is not asked, and other layers can be chosen too. A later rule wins.
http=$SOURCE/samples/http/identity.pcap
run -r "$http" --json --no-meta -d tcp.port==80,smtp
! grep -q '"_path":"http"' out || fail "$ran: HTTP in spite of -d"
run -r "$http" --json --no-meta -d tcp.port==80,smtp -d tcp.port==80,http
grep -q '"_path":"http"' out || fail "$ran: the later rule does not win"
[[ $(count "$http" ip -d ethertype==0x0800,arp) == 0 && $(count "$http" arp -d ethertype==0x0800,arp) -gt 0 ]] ||
    fail 'IPv4 as ARP'
[[ $(count "$http" tcp -d ip.proto==6,udp) == 0 && $(count "$http" udp -d ip.proto==6,udp) -gt 0 ]] || fail 'TCP as UDP'
[[ $(count "$SOURCE/samples/lan/spanning-tree.pcap" stp) -gt 0 && $(count "$SOURCE/samples/lan/spanning-tree.pcap" stp -d llc.dsap==0x42,lldp) == 0 ]] ||
    fail 'llc.dsap'

# Other layers at the numbers of usual stacks: the hash of a flow is not taken from what would stand there.
for layer in ip vlan mpls icmp; do
    for workers in 0 2; do
        run -q -r "$SOURCE/samples/http/session.pcap" --json --no-meta -d ip.proto==6,$layer --workers $workers
        rc_is 0
        quiet_is
        [[ $workers == 0 ]] && cp out "$layer.due"
        same "$layer.due" out "$ran"
    done
done

while IFS='|' read -r rule message; do
    run -r "$http" -d "$rule"
    rc_is 2
    error_is "$message"
done <<'LIST'
tcp.port==8888|after tcp.port== give a number
tcp.port==70000,http|up to 65535
tcp.port==90-80,http|FROM-TO
tcp.port==65535:2,http|FROM:COUNT
ip.proto==256,tcp|up to 255
tcp.port==80,nothing|no protocol 'nothing'
tcp.port==80,ntp|ntp cannot be decoded at tcp.port
udp.port==80,ip|ip cannot be decoded at udp.port
ethertype==1,http|http cannot be decoded at ethertype
tcp.ports==80,http|did you mean 'tcp.port==80,http'
tcp.prot==80-90,http|did you mean 'tcp.port==80-90,http'
frame.len==80,http|is no rule: write tcp.port==8888,http
tcp.port==80,htpp|no protocol 'htpp': did you mean 'http'
tcp.port==80,zzzzzzzz|see docs/PROTOCOLS.md
ppp.protocol==0x21,http|http cannot be decoded at ppp.protocol
llc.dsap==256,stp|up to 255
udp|did you mean '--dump-bpf'
LIST
run -r "$http" -dd
rc_is 2
error_is "did you mean '--dump-bpf=c'"
done_testing
