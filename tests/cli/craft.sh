#!/usr/bin/env bash
# taplight send -w: packets from a description. tshark takes each builder's packet as valid, with all checksums.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

eth='eth(src=02:00:00:00:00:01,dst=02:00:00:00:00:02)'
v4='ip(192.0.2.1,src=192.0.2.2)'
v6='ip6(2001:db8::1,src=2001:db8::2)'
send() { run send -q -w made.pcap "$1"; }

# Layers and what tshark prints of the packets.
cat >cases <<END2
$eth/arp(tpa=192.0.2.1,spa=192.0.2.2)|Who has 192.0.2.1. Tell 192.0.2.2
$eth/vlan(7,priority=3)/vlan(8)/$v4/icmp/payload(size=56)|Echo .ping. request  id=0x0001, seq=1/256, ttl=64
$eth/mpls(100)/mpls(200,ttl=9)/$v4/icmp|Echo .ping. request
$eth/ip(192.0.2.1,src=192.0.2.2,record=3,alert=1,flags=df,tos=0xb8)/icmp(reply)|Echo .ping. reply
$eth/$v4/icmp(type=unreachable,code=4,mtu=1400)/ip(192.0.2.9,src=192.0.2.1)/udp|Fragmentation needed
$eth/$v4/icmp(type=redirect,code=1,gateway=192.0.2.3)/ip(192.0.2.9,src=192.0.2.1)/udp|Redirect for host
$eth/$v4/icmp(type=exceeded)/ip(192.0.2.9,src=192.0.2.1)/udp|Time to live exceeded in transit
$eth/$v4/icmp(type=0..255)|Timestamp request
$eth/ip6(2001:db8::1,src=2001:db8::2)/icmp6(type=0..255,target=2001:db8::1)|Router Advertisement
eth(src=02:00:00:00:00:01)/ip6(src=fe80::2)/icmp6(type=ra,prefix=2001:db8::,mtu=1400)|ff02::1 .*Router Advertisement
$eth/$v4/udp(dport=162)/snmp(pdu={trap,trap2},version=1)|trap iso
$eth/$v4/udp/tftp(op=oack)|Option Acknowledgement, blksize=512
$eth/$v6/icmp6/payload(hello)|Echo .ping. request id=0x0001, seq=1, hop limit=64
$eth/$v6/icmp6(type=toobig,mtu=1300)/ip6(2001:db8::2,src=2001:db8::1)/udp|Packet Too Big
$eth/$v6/icmp6(type=exceeded)/ip6(2001:db8::2,src=2001:db8::1)/udp|hop limit exceeded in transit
eth(src=02:00:00:00:00:01)/ip6(src=2001:db8::2)/icmp6(type=ns,target=2001:db8::1,link=02:00:00:00:00:01)|ff02::1:ff00:1 ICMPv6 86 Neighbor Solicitation for 2001:db8::1 from 02:00:00:00:00:01
eth(src=02:00:00:00:00:01)/ip6(src=fe80::2)/icmp6(type=rs)|ff02::2 .*Router Solicitation
$eth/$v6/icmp6(type=na,target=2001:db8::1,flags=solicited+override,link=02:00:00:00:00:01)|.sol, ovr. is at 02:00:00:00:00:01
$eth/ip6(2001:db8::1,src=2001:db8::2,tclass=0x20,flow=0x12345)/hopopts(alert=0)/dstopts/routing(2001:db8::9,type=2)/udp/payload(x)|50000 . 9 Len=1
$eth/ip6(2001:db8::1,src=2001:db8::2,frag=64)/udp/payload(size=300)|UDP 114 50000 . 9 Len=300
$eth/ip(192.0.2.1,src=192.0.2.2,frag=64)/udp/payload(size=300)|UDP 86 50000 . 9 Len=300
$eth/$v4/tcp(mss=1460,wscale=7,sack=1,tsval=5,tsecr=0)|.SYN. Seq=0 Win=64240 Len=0 MSS=1460 SACK_PERM TSval=5 TSecr=0 WS=128
$eth/$v4/tcp(dport=8080,flags=psh+ack,seq=5,ack=9)/payload("GET / HTTP/1.0")|50000 . 8080 .PSH, ACK. Seq=1 Ack=1 Win=64240 Len=14
$eth/$v4/gre(key=5,seq=6,checksum=1)/ip(10.0.0.1,src=10.0.0.2)/udp/dns(example.test)|Standard query 0x0001 A example.test
$eth/$v4/gre/$eth/ip(10.0.0.1,src=10.0.0.2)/icmp|10.0.0.2 . 10.0.0.1 .*request
$eth/$v4/gre/$v6/tcp|2001:db8::2 . 2001:db8::1 .*SYN
$eth/$v4/udp/vxlan(42)/$eth/ip(10.0.0.1,src=10.0.0.2)/tcp|10.0.0.2 . 10.0.0.1 .*SYN
$eth/$v4/ip(10.0.0.1,src=10.0.0.2)/$v6/udp|2001:db8::2 . 2001:db8::1 .*Len=0
$eth/$v4/udp/dns(example.test,qtype={A,MX,TXT},edns=1232,do=1)|MX example.test OPT
$eth/$v4/tcp(flags=psh+ack)/dns(example.test)|Standard query 0x0001 A example.test
$eth/ip/udp/dhcp(type=discover,host=probe,chaddr=02:00:00:00:00:01)|0.0.0.0 . 255.255.255.255 DHCP 342 DHCP Discover
$eth/$v4/udp/ntp|NTP Version 4, client
$eth/$v4/udp/snmp(version={1,2c},oid=1.3.6.1.2.1.1.5.0)|get-request 1.3.6.1.2.1.1.5.0
$eth/$v4/udp/snmp(community="$(printf '%0150d' 0)",pdu=getnext,id=70000)|get-next-request 1.3.6.1.2.1.1.1.0
$eth/$v4/udp/tftp(boot.img)|Read Request, File: boot.img, Transfer type: octet
$eth/$v4/udp(sport=69)/tftp("File not found",op=error,block=1)|Error Code, Code: File not found, Message: File not found
$eth/$v4/raw(00ff)|Unknown .253.
raw(ffffffffffff02000000000188b50102)|0x88b5
END2
: >all.pcap
while IFS='|' read -r description due; do
    send "$description"
    rc_is 0
    quiet_is
    [[ -s all.pcap ]] && tail -c +25 made.pcap >>all.pcap || cp made.pcap all.pcap
    [[ ${have_tshark=$(type -P tshark)} ]] || continue
    echo "$due" >>dues
done <cases
if [[ $have_tshark ]]; then
    checks=(-o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE)
    tshark -r all.pcap "${checks[@]}" >lines 2>/dev/null
    while IFS= read -r due; do
        grep -qE "$due" lines || fail "tshark does not see '$due'"
    done <dues
    tshark -r all.pcap "${checks[@]}" -Y '_ws.malformed or ip.checksum.status==0 or udp.checksum.status==0 or tcp.checksum.status==0 or icmp.checksum.status==0 or icmpv6.checksum.status==0 or udp.length.bad' >bad 2>/dev/null
    [[ ! -s bad ]] || fail "tshark takes as wrong: $(cat bad)"
fi
# The program reads its own packets.
run -r all.pcap --count -Y 'dns or ntp or tftp or dhcp'
rc_is 0
[[ $(cat out) == 10 ]] || fail "$ran: $(cat out) packets"

# Ranges and lists: one packet for each combination, the last field changes first.
send "$eth/ip(192.0.2.1..192.0.2.2,src=192.0.2.9)/udp(dport={53,1000..1001},sport=5..6)"
run -r made.pcap -T fields -e ip.dst -e udp.dstport -e udp.srcport
lines_are 12
[[ $(sed -n '1p;2p;3p;12p' out | tr '\t\n' ' ,') == '192.0.2.1 53 5,192.0.2.1 53 6,192.0.2.1 1000 5,192.0.2.2 1001 6,' ]] ||
    fail "$ran: $(cat out)"
# Fields by the names of trees.
send "$eth/ip(ip.dst=192.0.2.1,src=192.0.2.9)/udp(udp.dstport=7,srcport=8)"
run -r made.pcap -T fields -e udp.dstport -e udp.srcport
[[ $(cat out) == $'7\t8' ]] || fail "$ran: $(cat out)"

# A checksum of UDP that comes to zero is written as ones, in the datagram that an error quotes as well.
for packet in "$eth/ip(10.0.0.1,src=10.0.40.132)/udp" "$eth/ip(10.0.0.1,src=10.0.40.132)/icmp(type=unreachable)"; do
    send "$packet"
    run -r made.pcap -T fields -e udp.checksum
    [[ $(cat out) == 0xffff ]] || fail "$ran: $(cat out)"
done

# What is wrong on purpose stays wrong.
send "$eth/ip(192.0.2.1,src=192.0.2.2,checksum=bad)/udp(checksum=0x1234,len=9)/payload(abc)"
run -r made.pcap -T fields -e ip.checksum -e udp.checksum -e udp.length
[[ $(cat out) == $'0xf6ca\t0x1234\t9' ]] || fail "$ran: $(cat out)"
send "$eth/ip(192.0.2.1,src=192.0.2.2,hlen=16,len=5,version=7)/udp"
[[ $(od -An -tx1 -j54 -N4 made.pcap) == ' 74 00 00 05' ]] || fail "$ran: $(od -An -tx1 -j54 -N4 made.pcap)"

# A file as payload; the same description gives the same bytes.
printf 'from a file' >part
send "$eth/$v4/udp/payload(@part)"
run -r made.pcap -T fields -e data.data
[[ $(cat out) == "$(od -An -tx1 part | tr -d ' \n')" ]] || fail "$ran: $(cat out)"
send "$eth/$v4/udp/payload(@part)" && tail -c +41 made.pcap >first
send "$eth/$v4/udp/payload(@part)" && tail -c +41 made.pcap >second
same first second 'two runs'
run send -q -w made.pcapng "$eth/$v4/udp"
[[ $(od -An -tx1 -N4 made.pcapng) == ' 0a 0d 0d 0a' ]] || fail 'no pcapng file'

made() {
    run send -q -w made.pcap "$@"
    rc_is 0
    quiet_is
}
# --fuzz: the edge values of a field, the same for the same seed.
made "$eth/$v4/udp(dport=1000)" --fuzz udp.dstport
run -r made.pcap -T fields -e udp.dstport
sort -n out >ports
for port in 0 1 2 255 256 257 999 1000 1001 32767 32768 65535; do
    grep -qx $port ports || fail "--fuzz: no port $port"
done
[[ $(uniq -d ports) == '' ]] || fail "--fuzz: twice: $(uniq -d ports)"
made "$eth/$v4/udp(dport=1000)" --fuzz udp.dport && tail -c +41 made.pcap >first
made "$eth/$v4/udp(dport=1000)" --fuzz udp.dport --seed 2 && run -r made.pcap -T fields -e udp.dstport
sort -n out | cmp -s - ports && fail '--seed changes nothing'
made "$eth/ip6(2001:db8::1,src=2001:db8::2)/udp(dport=5..6)" --fuzz ip6.hlim
run -r made.pcap -T fields -e udp.dstport -e ipv6.hlim
[[ $(cut -f 1 out | sort -u | tr '\n' ' ') == '5 6 ' && $(cut -f 2 out | sort -n | tail -1) == 255 ]] || fail "$ran: $(cat out)"
# --from: fields of a captured packet change, checksums are computed unless given.
made "$eth/vlan(5)/$v4/udp(sport=7,dport=8)/payload(kept)"
cp made.pcap origin.pcap
made --from 1 -r origin.pcap 'vlan(id=9)/ip(dst=198.51.100.7,ttl=1..3)/udp(dport=53)'
rc_is 0
run -r origin.pcap -T fields -e ip.src
source=$(cat out)
run -r made.pcap -T fields -e vlan.id -e ip.ttl -e ip.src -e ip.dst -e udp.srcport -e udp.dstport
[[ $(tr '\t\n' ' ,' <out) == "9 1 $source 198.51.100.7 7 53,9 2 $source 198.51.100.7 7 53,9 3 $source 198.51.100.7 7 53," ]] || fail "$ran: $(cat out)"
run -r made.pcap --text
grep -qi 'checksum' out && fail "--from: a checksum is wrong: $(cat out)"
tail -c 4 made.pcap | grep -q kept || fail '--from: the data changed'
made --from 1 -r origin.pcap
tail -c +41 made.pcap >first && tail -c +41 origin.pcap >second
same first second '--from without a description'
made --from 1 -r origin.pcap 'ip(checksum=0x1234)/udp(checksum=bad)'
run -r made.pcap -T fields -e ip.checksum
[[ $(cat out) == 0x1234 ]] || fail "$ran: $(cat out)"
run send -w made.pcap --json "$eth/$v4/udp(dport=1..2)"
rc_is 0
[[ $(grep -c '"_path":"probe".*"verb":"send".*"outcome":"sent"' out) == 2 ]] || fail "$ran: $(cat out)"

# Each field that --from can change: the same packet as built with the value. Layers around it are named, or not.
while IFS='|' read -r around layer base field; do
    made "$eth/$around$layer($base)"
    cp made.pcap base.pcap
    made --from 1 -r base.pcap "$layer($field)"
    cp made.pcap from.pcap
    name=${field%%=*}
    rest=$(sed -E "s/(^|,)$name=[^,]*//; s/^,//" <<<"$base")
    made "$eth/$around$layer(${rest:+$rest,}$field)"
    cmp -s <(tail -c +41 made.pcap) <(tail -c +41 from.pcap) || fail "--from $around$layer($field): not as built with it"
done <<END2
vlan/$v4/|udp|sport=9|dport=7
|ip|dst=192.0.2.1,src=192.0.2.2|tos=0xb8
|ip|dst=192.0.2.1,src=192.0.2.2|offset=800
|ip|dst=192.0.2.1,src=192.0.2.2|proto=99
|ip6|dst=2001:db8::1,src=2001:db8::2|tclass=0x2c
$v6/|icmp6|type=na,target=2001:db8::1,link=02:00:00:00:00:07|flags=router+override
$v6/|icmp6|type=na,target=2001:db8::1,link=02:00:00:00:00:07|target=2001:db8::9
$v4/|tcp|mss=1460,wscale=7|wscale=2
$v4/udp/vxlan/eth(dst=02:00:00:00:00:03)/ip(10.0.0.1,src=10.0.0.2)/|tcp|sport=5|dport=7
$v4/gre(checksum=1)/$v6/|udp|sport=5|dport=7
$v4/gre(checksum=1)/|ip6|dst=2001:db8::1,src=2001:db8::2|hlim=9
$v4/udp/|dns|qname=a.test,edns=1232|qname=www.example.test
$v6/tcp(flags=psh+ack)/|dns|qname=www.example.test|qname=.
$v4/udp/|tftp|file=boot.img|file=x
$v4/udp/|snmp|community=public|community=secret
$v4/udp/|snmp|pdu=get|oid=1.3.6.1.2.1.1.2.0
$v4/udp(dport=9)/|payload|data=abc|data=a longer text
END2
# Without segments left, the checksum covers the destination of the IPv6 header.
made "$eth/$v6/routing(last=2001:db8::9,left=1)/udp(dport=9)"
cp made.pcap base.pcap
made --from 1 -r base.pcap 'routing(left=0)'
cp made.pcap from.pcap
made "$eth/$v6/routing(last=2001:db8::9,left=0)/udp(dport=9)"
same <(tail -c +41 made.pcap) <(tail -c +41 from.pcap) '--from: routing(left=0)'
# What routers read is in every fragment, before the fragment header.
made "$eth/ip6(2001:db8::1,src=2001:db8::2,frag=64)/hopopts(alert=0)/dstopts/routing(2001:db8::9)/dstopts/udp(dport=9)/payload(size=200)"
run -r made.pcap -T fields -e ipv6.hopopts.nxt -e ipv6.routing.nxt -e ipv6.fraghdr.nxt -e ipv6.fraghdr.offset
[[ $(tr '\t\n' ' ,' <out) == '60 44 60 0,60 44 60 8,60 44 60 16,60 44 60 24,' ]] || fail "$ran: $(cat out)"
run -r made.pcap -T fields -e udp.length
grep -q '^208' out || fail "$ran: not put together: $(cat out)"
for option in '--rate 1e-12' '--rate 0'; do
    run send -w made.pcap "$eth/$v4/udp" $option
    rc_is 2
    error_is 'give a number from 0.00001'
done
made "$eth/$v4/udp/snmp(id=9)"
cp made.pcap snmp.pcap
# The length of PPPoE around it follows. Where another layer depends on the length, as AH, it stays.
pppoe() { # DATA: a frame of PPPoE with it
    made "$eth/$v4/udp(dport=9)/payload($1)"
    local inner
    inner=$(tail -c $((28 + ${#1})) made.pcap | od -An -v -tx1 | tr -d ' \n')
    made "eth(src=02:00:00:00:00:01,dst=02:00:00:00:00:02,type=0x8864)/raw($(printf '11000001%04x0021%s' $((30 + ${#1})) "$inner"))"
}
pppoe 'a longer text'
cp made.pcap due.pcap
pppoe abc
cp made.pcap base.pcap
made --from 1 -r base.pcap 'payload(a longer text)'
same <(tail -c +41 made.pcap) <(tail -c +41 due.pcap) '--from: PPPoE'
ah=110400000000000100000001000000000000000000000000
made "$eth/ip(192.0.2.1,src=192.0.2.2,proto=51)/raw(${ah}c0000009000c000061626364)"
cp made.pcap ah.pcap
# The checksum of the transport layer stays where another protocol is announced.
made "$eth/$v4/tcp(checksum=0x1234,seq=0x01020304)"
cp made.pcap base.pcap
made --from 1 -r base.pcap 'ip(proto=17)'
[[ $(tail -c 20 made.pcap | od -An -tx1) == "$(tail -c 20 base.pcap | od -An -tx1)" ]] || fail '--from: a byte of TCP changed'
# --fuzz of text and bytes, and of the second layer of a kind.
made "$eth/$v4/udp/tftp(boot.img)" --fuzz tftp.file
(($("$TAPLIGHT" -q -r made.pcap --count) >= 80)) && grep -qa 'boot.imgboot.img.octet' made.pcap && grep -qa 'boot.im.octet' made.pcap ||
    fail "$ran: not the edge values of a text"
run send -q -w made.pcap "$eth/$v4/tcp(options=0101)" --fuzz tcp.options
rc_is 0
grep -q 'values of --fuzz make no packet' err || fail "$ran: $(cat err)"
made "$eth/ip(192.0.2.1,src=192.0.2.2,ttl=7)/ip(10.0.0.1,src=10.0.0.2)/udp" --fuzz 'ip.ttl#2'
run -r made.pcap -T fields -e ip.ttl
grep -qx '7,0' out && grep -qx '7,255' out || fail "$ran: $(cat out)"
# Fields of layers have the names that trees have.
"$TAPLIGHT" --fields | grep -oE '^ *[a-z0-9_]+(\.[a-z0-9_]+)+' | tr -d ' ' | sort -u >keys
"$TAPLIGHT" send --layers | grep -oE '^  [a-z]+ +[a-z0-9]+(\.[a-z0-9_]+)+' | awk '{ print $2 }' | sort -u | comm -23 - keys >strange
[[ ! -s strange ]] || fail "trees have no $(tr '\n' ' ' <strange)"
# One line for each error.
refused() { # CODE MESSAGE ARGUMENTS...
    local code=$1 message=$2
    shift 2
    run "$@"
    rc_is "$code"
    error_is "$message"
    [[ ! -s out ]] || fail "$ran: wrote to standard output"
}
capture 2 >two.pcap
w='send -w x.pcap'
# shellcheck disable=SC2086
{
    refused 2 "ip has no field 'dts': did you mean 'dst'\?" $w 'ip(dts=192.0.2.1)'
    refused 2 "no layer 'upd': did you mean 'udp'\?" $w "$v4/upd"
    refused 2 "no layer 'xyzzyzzy': taplight send --layers" $w "$v4/xyzzyzzy"
    refused 2 'ip.ttl=256: at most 255' $w 'ip(192.0.2.1,ttl=256)'
    refused 2 'ip.ttl=1\.\.300: at most 255' $w 'ip(192.0.2.1,ttl=1..300)'
    refused 2 'ip.ttl=9\.\.3: the range ends before it begins' $w 'ip(192.0.2.1,ttl=9..3)'
    refused 2 'ip.dst=192.0.2: give an IPv4 address' $w 'ip(192.0.2)'
    refused 2 'udp.checksum=no: give a number or .bad.' $w "$v4/udp(checksum=no)"
    refused 2 'ip.dst is given twice' $w 'ip(192.0.2.1,dst=192.0.2.2)'
    refused 2 'ip\( is not closed' $w 'ip(192.0.2.1'
    refused 2 'a list is not closed' $w 'ip(dst={192.0.2.1)'
    refused 2 'a layer is missing at the end' $w 'ip(192.0.2.1)/'
    refused 2 'udp cannot be the first layer' $w 'udp'
    refused 2 'ip: give dst' $w 'ip/udp'
    refused 2 'more than 2\^40 packets' $w 'ip(0.0.0.0..255.255.255.255)/udp(dport=0..65535)'
    refused 2 'qname=.*: give a name of labels' $w "$eth/$v4/udp/dns($(printf '%070d' 0))"
    refused 2 'longer than 65599 bytes|more than a packet holds|more than a datagram holds' $w "$eth/$v4/udp/payload(size=65535)"
    refused 2 'ip: the options are longer than 40 bytes' $w "ip(192.0.2.1,src=192.0.2.2,options=$(printf '%082d' 0))/udp"
    refused 2 'ip: the options are longer than 40 bytes' $w "ip(192.0.2.1,src=192.0.2.2,record=9,alert=1)/udp"
    refused 2 'no layer of the description has a field' $w "$v4/udp" --fuzz tcp.seq
    refused 2 '--from N is a packet of the capture -r FILE' $w --from 1
    refused 1 'has no packet 9' $w --from 9 -r two.pcap
    refused 2 'the packet has no tcp.seq' $w --from 1 -r origin.pcap 'ip/tcp(seq=1)'
    refused 2 'the packet has no tcp.seq' $w --from 1 -r origin.pcap 'ip/tcp' --fuzz tcp.seq
    refused 2 'the packet has no tcp.seq' $w --from 1 -r origin.pcap 'ip/tcp(seq=1..3)'
    refused 2 'payload.size cannot be changed' $w --from 1 -r origin.pcap 'payload(size=9)'
    refused 2 'the packet has no dns.qname' $w --from 1 -r origin.pcap 'dns(a.test)'
    refused 2 'snmp.community: give 6 bytes' $w --from 1 -r snmp.pcap 'snmp(community=another)'
    refused 2 'payload.data: give 4 bytes, as many as the packet has: a layer around it' $w --from 1 -r ah.pcap 'payload(a longer text)'
    refused 2 'snmp.version=200 is out of range: in this packet at most 127' $w --from 1 -r snmp.pcap 'snmp(version=200)'
    refused 2 'ip.ttl=010: a number begins with no 0: give 10' $w 'ip(192.0.2.1,ttl=010)'
    refused 2 'ip.flags=: give a number, or names' $w 'ip(192.0.2.1,flags=)'
    refused 2 "ip.checksum=bad..5: 'bad' is no end of a range" $w 'ip(192.0.2.1,checksum=bad..5)'
    refused 2 'ip.offset=12: give a multiple of 8' $w 'ip(192.0.2.1,offset=12)'
    refused 2 'tcp.hlen=20\.\.22: give a multiple of 4' $w "$v4/tcp(hlen=20..22)"
    refused 2 'ip.frag=20: give a multiple of 8' $w 'ip(192.0.2.1,frag=20)'
    refused 2 'after a comma comes a field' $w 'ip(192.0.2.1,)'
    refused 2 'text with a comma is in quotes' $w "$v4/udp/payload(a,b)"
    refused 2 'the fragments end after 65535 bytes' $w 'ip(192.0.2.1,src=192.0.2.2,frag=8,offset=65528)/raw(00112233445566778899)'
    refused 2 '--expect waits for an answer' $w "$v4" --expect icmp
    refused 2 '--timeout is of --expect' $w "$v4" --timeout 1
    refused 1 'cannot read absent: No such file' $w "$v4/udp/payload(@absent)"
    refused 2 '.rate and .*interval: give one' $w "$v4" --rate 1 --interval 1
    refused 2 "send has no option '--intervall': did you mean '--interval'\?" $w "$v4" --intervall 1
    refused 2 "'0': give a number from 1" $w "$v4" -n 0
    refused 2 "more words.*a filter that begins with 'send' is written after -f or --" send port 53
    refused 2 'give a description' send
    refused 1 'no interface nosuch0: list interfaces' send -i nosuch0 "$v4"
}
# A filter that begins with a verb's name is still possible.
capture 2 >two.pcap
run -r two.pcap --count -- send
rc_is 2
error_is 'send'
run send --layers ip6
rc_is 0
out_has 'hlim +ipv6.hlim +hop limit; default: 64'
done_testing
