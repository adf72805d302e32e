#!/usr/bin/env bash
# taplight resolve beside dig, against dnsmasq.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs dnsmasq dig python3

long=$(for i in 1 2 3 4 5 6 7 8; do printf ',%0200d' $i; done)
zone=(--address=/example.test/192.0.2.7 --address=/example.test/2001:db8::7 "--txt-record=big.example.test$long"
    --mx-host=example.test,mail.example.test,10 --mx-host=example.test,second.example.test,20
    --srv-host=_sip._udp.example.test,sip.example.test,5060,1,2 '--txt-record=t.example.test,hello world,second'
    --ptr-record=7.2.0.192.in-addr.arpa,host.example.test --cname=alias.example.test,example.test
    --caa-record=example.test,0,issue,ca.example '--naptr-record=n.example.test,10,20,u,E2U+sip,!^.*$!sip:x@example.test!'
    --ptr-record=8.b.d.0.1.0.0.2.ip6.arpa,short.example.test)
start server ip netns exec $b dnsmasq -k -u root -C /dev/null --no-resolv --no-hosts --edns-packet-max=4096 -i vb "${zone[@]}" --pid-file=
until_true 20 eval 'ip netns exec $b ss -lun | grep -q ":53 "' || skip 'dnsmasq does not start'

ask() {
    ran="taplight resolve $*" rc=0
    in_a "$TAPLIGHT" resolve "$@" >out 2>err </dev/null || rc=$?
}
while read -r name type; do
    ask $name @10.9.0.2 -t $type
    rc_is 0
    quiet_is
    grep -v '^;' out | sort >ours
    in_a dig @10.9.0.2 $name $type +noall +answer | tr -s '\t ' ' ' | sort >theirs
    [[ -s theirs ]] || fail "dig has no answer for $name $type"
    cmp -s ours theirs || fail "$ran: $(diff ours theirs)"
    ask $name @10.9.0.2 -t $type -q
    in_a dig @10.9.0.2 $name $type +short | sort >theirs
    sort out | cmp -s - theirs || fail "$ran: $(diff out theirs)"
done <<'END'
example.test A
example.test AAAA
example.test MX
example.test CAA
_sip._udp.example.test SRV
t.example.test TXT
n.example.test NAPTR
alias.example.test CNAME
big.example.test TXT
END
# A truncated answer is asked for again over TCP, unless that is not wanted.
ask big.example.test @10.9.0.2 -t TXT
out_has 'over TCP, 16[0-9][0-9] bytes'
ask big.example.test @10.9.0.2 -t TXT --no-tcp
out_has 'NOERROR, id [0-9]+, flags qr aa tc rd ra'
out_has 'over UDP'
ask big.example.test @10.9.0.2 -t TXT --edns 4096
out_has 'over UDP, 16[0-9][0-9] bytes'
ask example.test @10.9.0.2 --tcp
out_has 'over TCP'
# The record is that of a capture; DO, EDNS, no EDNS.
ask -x 192.0.2.7 @10.9.0.2 --json --dnssec
rc_is 0
for part in '"_path":"dns"' '"query":"7.2.0.192.in-addr.arpa"' '"qtype_name":"PTR"' '"answers":\["host.example.test"\]' \
    '"rcode_name":"NOERROR"' '"dnssec_ok":true' '"id.resp_h":"10.9.0.2"' '"rtt":0'; do
    out_has "$part"
done
lines_are 1
ask example.test @10.9.0.2 --no-edns
[[ $(grep -c EDNS out) == 0 ]] || fail "$ran: $(cat out)"
ask example.test @10.9.0.2 -v
out_has 'Address: 192.0.2.7'
[[ $(grep -c '^Domain Name System' out) == 2 ]] || fail "$ran: no two trees"
# No name is an answer; no server is none.
ask nosuch.invalid @10.9.0.2
rc_is 0
out_has '^; (REFUSED|NXDOMAIN), id'
ask example.test @10.9.0.2 -p 54 -W 1 --tries 1
rc_is 1
error_is '10.9.0.2 port 54 over UDP: nothing listens there'
ask example.test @10.9.0.77 -W 0.2 --tries 2
rc_is 1
error_is 'no answer from 10.9.0.77|No route to host'
ask example.test @10.9.0.2 -t NOTYPE
rc_is 2
error_is "'NOTYPE': give a type such as MX"
for odd in '-t TYPEx' '-t TYPE65536' '-t 1..3' '-c IN,id=5'; do
    # shellcheck disable=SC2086
    ask example.test @10.9.0.2 $odd
    rc_is 2
    error_is "${odd#* }': give "
done
ask example.test @fe80::1
rc_is 1
error_is 'an address of a link needs its interface: fe80::1%eth0|Network is unreachable'
ask example.test @fe80::1%nosuch
rc_is 1
error_is 'no interface nosuch'
ask x..y @10.9.0.2
rc_is 2
error_is 'give a name of labels'
ask @10.9.0.2
rc_is 2
error_is 'resolve: give a name'
ask one.test two.test
rc_is 2
error_is "give one name: 'two.test' is another"
# An ordinary user needs no more.
cp "$TAPLIGHT" program
ran='taplight resolve as an ordinary user'
in_a setpriv --reuid=65534 --regid=65534 --clear-groups "$work/program" resolve example.test @10.9.0.2 -q >out 2>err || fail "$ran: $(cat err)"
[[ $(cat out) == 192.0.2.7 ]] || fail "$ran: $(cat out)"
rm program
kill "$server_pid"
# Data of types that are not known (RFC 3597), as dig has them; messages that are no answer; a server on a link.
in_a sh -c 'echo 0 >/proc/sys/net/ipv6/conf/va/disable_ipv6; echo 0 >/proc/sys/net/ipv6/conf/va/accept_dad'
in_b sh -c 'echo 0 >/proc/sys/net/ipv6/conf/vb/disable_ipv6; echo 0 >/proc/sys/net/ipv6/conf/vb/accept_dad'
ip -n $a addr add fe80::a/64 dev va nodad
ip -n $b addr add fe80::b/64 dev vb nodad
cat >odd.py <<'END'
import socket, struct
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
s.bind(("::", 5309))
print("ready", flush=True)
while True:
    q, a = s.recvfrom(4096)
    end = 12
    while q[end]:
        end += q[end] + 1
    name, body, count, rcode, questions = q[13:13 + q[12]], q[12:end + 5], 0, 0, 1
    if name == b"two":
        body, questions = body * 2, 2
    elif name in (b"zero", b"error"):
        body, questions, rcode = b"", 0, 1 if name == b"error" else 0
    else:
        if name == b"text":
            body += b"\xc0\x0c" + struct.pack(">HHIH", 16, 1, 60, 8) + b"\x07a\"\\\0\x1b;\xff"
            count = 1
        elif name == b"loop":
            body += bytes([0xc0, 12 + len(body)]) + struct.pack(">HHIH", 1, 1, 60, 4) + b"\1\2\3\4"
            count = 1
        elif name == b"count":
            count = 500
        for data in (b"\x0a\0\0\1", b"") if name == b"odd" else ():
            body += b"\xc0\x0c" + struct.pack(">HHIH", 65280, 1, 60, len(data)) + data
            count += 1
    s.sendto(q[:2] + struct.pack(">HHHHH", 0x8400 | rcode, questions, count, 0, 0) + body, a)
END
start odd ip netns exec $b python3 odd.py
until_true 10 grep -q ready odd.out
ask odd.test @fe80::b%va -p 5309 -t TYPE65280
rc_is 0
grep -v '^;' out | sort >ours
in_a dig @10.9.0.2 -p 5309 odd.test TYPE65280 +noall +answer | tr -s '\t ' ' ' | sort >theirs
cmp -s ours theirs && [[ -s ours ]] || fail "$ran: $(diff ours theirs)"
ask error.test @10.9.0.2 -p 5309 -v
out_has 'Domain Name System'
ask text.test @10.9.0.2 -p 5309 -t TXT -q
[[ $(cat out) == '"a\"\\\000\027;\255"' ]] || fail "$ran: $(cat out)"
for name in loop count; do
    ask $name.test @10.9.0.2 -p 5309
    rc_is 1
    error_is 'the answer from 10.9.0.2 is malformed'
done
for name in zero two; do
    ask $name.test @10.9.0.2 -p 5309 -W 0.3 --tries 1
    rc_is 1
    error_is 'no answer from 10.9.0.2: messages with another number or question came, 1'
done
kill "$odd_pid"
# A zone whose end does not come is printed as far as it came, and is an error.
cat >zone.py <<'END'
import socket, struct
s = socket.create_server(("10.9.0.2", 5308))
print("ready", flush=True)
while True:
    c, _ = s.accept()
    q = c.recv(4096)[2:]
    end = 12
    while q[end]:
        end += q[end] + 1
    question = q[12:end + 5]
    soa = b"\xc0\x0c" + struct.pack(">HHIH", 6, 1, 60, 24) + b"\0\0" + b"\0" * 2 + struct.pack(">IIIII", 1, 2, 3, 4, 5)
    body = q[:2] + struct.pack(">HHHHH", 0x8400, 1, 1, 0, 0) + question + soa[:10] + struct.pack(">H", 22) + b"\0\0" + struct.pack(">IIIII", 1, 2, 3, 4, 5)
    c.sendall(struct.pack(">H", len(body)) + body)
    c.close()
END
start zone ip netns exec $b python3 zone.py
until_true 10 grep -q ready zone.out
ask x.example @10.9.0.2 -p 5308 -t AXFR
rc_is 1
error_is 'the transfer of the zone ended before its last record'
grep -q 'SOA' out || fail "$ran: what came is not printed: $(cat out)"
kill "$zone_pid"
done_testing
