#!/usr/bin/env bash
# Outputs: text, tree, JSON, packets, counts. They do not depend on the number of workers or the kind of input.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

capture 40 >a.pcap
gzip -k a.pcap
zstd -q a.pcap
lz4 -q a.pcap a.pcap.lz4

run -r a.pcap --count
rc_is 0
[[ $(cat out) == 40 ]] || fail "$ran: $(cat out)"
quiet_is
run -r a.pcap --count tcp
[[ $(cat out) == 0 ]] || fail "$ran: $(cat out)"
run -r a.pcap -r a.pcap --count
[[ $(cat out) == 80 ]] || fail "$ran: $(cat out)"

for form in --text -v -x -vx --json --json=packets; do
    run -r a.pcap $form --workers 0
    rc_is 0
    quiet_is
    [[ -s out ]] || fail "$ran: wrote nothing"
    cp out expected
    for workers in 1 2 5; do
        run -r a.pcap $form --workers $workers
        same out expected "$ran"
    done
    run -r a.pcap $form -o file
    same file expected "$ran"
    [[ ! -s out ]] || fail "$ran: wrote to standard output as well"
    LC_ALL=C grep -q $'\e' expected && fail "$ran: an escape sequence in a pipe"
    [[ $form == --json* ]] && continue
    for packed in gz zst lz4; do
        run -r a.pcap.$packed $form
        same out expected "$ran"
    done
    "$TAPLIGHT" -r - $form <a.pcap >out 2>err
    same out expected "$form from a file at standard input"
    # shellcheck disable=SC2002
    cat a.pcap | "$TAPLIGHT" -r - $form >out 2>err
    same out expected "$form from a pipe"
done

run -r a.pcap -v
out_has 'example\.com'
run -r a.pcap -c 7
lines_are 7
run -r a.pcap --json
head -n 1 out | grep -q '"_path":"meta"' || fail 'the first record is not meta'
tail -n 1 out | grep -q '"_path":"stats"' || fail 'the last record is not stats'
out_has '"_path":"dns".*"query":"example\.com"'
out_has '"id\.orig_h":"192\.0\.2\.1"'
run -r a.pcap --json --no-meta
grep -qE '"_path":"(meta|stats)"' out && fail "$ran: meta or stats"
out_has '"_path":"conn"'
run -r a.pcap --json --json-sep _
out_has '"id_orig_h":"192\.0\.2\.1"'
grep -q '"id\.' out && fail "$ran: a dot in a key"
run -r a.pcap --json=packets
lines_are 40
run --schema
out_has '"id\.orig_h"'
cp out flows.schema
run --schema --json-sep _
out_has '"id_orig_h"'
run --schema --json=packets
out_has 'layers'
cmp -s out flows.schema && fail 'both kinds of JSON have the same schema'

# -w copies packets byte for byte; -w alone prints nothing.
run -r a.pcap -w b.pcap
rc_is 0
[[ ! -s out ]] || fail "$ran: wrote to standard output"
quiet_is
same a.pcap b.pcap "$ran"
"$TAPLIGHT" -r a.pcap -w - >out 2>err
same a.pcap out '-w -'
run -r a.pcap -w b.pcapng
head -c 4 b.pcapng | cmp -s - <(bytes 0a0d0d0a) || fail "$ran: not pcapng"
run -r b.pcapng
cp out from-pcapng
run -r a.pcap
same out from-pcapng 'text of a pcapng copy'
run -r a.pcap -w b.pcap --count -c 3
[[ $(cat out) == 3 ]] || fail "$ran: $(cat out)"
run -r b.pcap --count
[[ $(cat out) == 3 ]] || fail "$ran: $(cat out)"
run -r a.pcap -w b.pcap --text
lines_are 40
run -r a.pcap -w empty.pcap tcp
rc_is 0
run -r empty.pcap --count
rc_is 0

# On a terminal the text has no colors and no pager.
for environment in TERM=xterm-256color TERM=dumb NO_COLOR=1; do
    env "$environment" script -qec "'$TAPLIGHT' -r a.pcap -v" typescript >/dev/null </dev/null
    grep -q 'example\.com' typescript || fail "$environment: nothing on the terminal"
    sed 1d typescript | LC_ALL=C grep -q $'\e' && fail "$environment: an escape sequence on the terminal"
done
rc=0 ran='taplight -w - on a terminal'
script -qec "'$TAPLIGHT' -r a.pcap -w -" typescript >/dev/null </dev/null || rc=$?
grep -q 'cannot write packets to a terminal' typescript || fail "$ran: not refused"
TERM=xterm script -qec "'$TAPLIGHT' -r '$SOURCE/samples/dns/pairing.pcap' -w /dev/tty" typescript >/dev/null </dev/null
grep -q 'cannot write packets to a terminal' typescript || fail "-w /dev/tty: not refused"
TERM=xterm script -qec "'$TAPLIGHT' -i lo --view --json -o /dev/tty" typescript >/dev/null </dev/null
grep -q -- '-o /dev/tty is a terminal and the view needs it: give -o a file' typescript ||
    fail "--view -o /dev/tty: not refused"
# Lines of TCP packets: relative numbers, and what a segment is in its flow.
line_has() {
    run -q -r "$SOURCE/samples/$1" --text
    grep -qF -- "$2" out || fail "$ran: no line has '$2': $(cat out)"
}
line_has icmp/errors.pcap 'Destination unreachable (Port unreachable) for'
line_has tcp/options.pcap 'SACK_PERM'
line_has tcp/keep-alive.pcap '40001 > 9000 [SYN] Seq=0 Ack=0 Win=8192 Len=0'
line_has tcp/keep-alive.pcap '9000 > 40001 [FIN, ACK] Seq=1 Ack=22 Win=8192 Len=0'
line_has tcp/keep-alive.pcap 'Seq=20 Ack=1 Win=8192 Len=1 [keep-alive]'
line_has tcp/keep-alive.pcap 'Seq=20 Ack=1 Win=8192 Len=0 [keep-alive]'
line_has tcp/history-T-orig.pcap 'Seq=1 Ack=1 Win=8192 Len=20 [retransmission]'
line_has tcp/state-S0.pcap '[SYN] Seq=0 Ack=0 Win=8192 Len=0 [retransmission]'
line_has tcp/out-of-order.pcap 'Seq=21 Ack=1 Win=8192 Len=20 [out of order]'
line_has tcp/gap-never-acknowledged.pcap 'Seq=1 Ack=21 Win=8192 Len=0 [duplicate ACK]'
line_has tcp/gap-never-acknowledged.pcap 'Seq=71 Ack=1 Win=8192 Len=20 [previous segment not captured]'
line_has tcp/history-W-orig.pcap 'Seq=1 Ack=21 Win=0 Len=0 [zero window]'
line_has tcp/history-C-ten.pcap '[wrong checksum]'
line_has tcp/midstream.pcap 'Seq=1 Ack=1 '
# The stamp of OpenVPN has the time when its sender began to count: here the first packet comes half a year later.
vpn=$SOURCE/samples/openvpn/tls-auth.pcap later=$(od -An -tu1 -j 27 -N 1 "$SOURCE/samples/openvpn/tls-auth.pcap")
printf -v later '\\x%02x' $((later + 1))
{ head -c 27 "$vpn"; printf '%b' "$later"; tail -c +29 "$vpn"; } >old-tunnel.pcap
run -r old-tunnel.pcap -Y 'frame.number == 1 && openvpn.hmac' -T fields -e frame.number
out_has '^1$'
# Packets left out because of their checksums are reported.
run -r "$SOURCE/samples/ip/offloaded.pcap" --json
rc_is 0
grep -q '2 packets were captured before checksum offload filled the checksum in' err ||
    fail "$ran: offload is not reported: $(cat err)"
grep -q '1 packet has a wrong checksum and was analysed, because its side of the flow showed no right one' err ||
    fail "$ran: a wrong checksum is not reported: $(cat err)"
grep -q '"orig_pkts":3,.*"resp_pkts":1,' out || fail "$ran: the flow does not have four packets: $(cat out)"
run -r "$SOURCE/samples/ip/offloaded.pcap" --text
grep -q ' UDP 66 40001 > 9001 Len=24 \[wrong checksum\]$' out || fail "$ran: the packet has no mark: $(cat out)"
run -r "$SOURCE/samples/ip/offloaded.pcap" -v
grep -q '^ *\[Wrong checksum\]$' out || fail "$ran: the layer has no mark: $(cat out)"
run -r "$SOURCE/samples/ip/offloaded.pcap" --json --checksums=strict
grep -q '3 packets have wrong checksums and were left out of the analysis: add --checksums=off' err ||
    fail "$ran: wrong checksums are not reported: $(cat err)"
grep -q '"orig_pkts":1,.*"resp_pkts":0,' out || fail "$ran: not one packet: $(cat out)"
run -r "$SOURCE/samples/tcp/history-C-ten.pcap" --json
grep -q '10 packets have wrong checksums and were left out of the analysis: add --checksums=off' err ||
    fail "$ran: damage is not reported: $(cat err)"
for off in --no-checksums --checksums=off; do
    run -r "$SOURCE/samples/ip/offloaded.pcap" --json "$off"
    quiet_is
    grep -q '"orig_pkts":3,' out || fail "$ran: a packet is missing: $(cat out)"
done

# Packets that a pcap file cannot store are reported once.
{
    bytes 0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffffffffffff 1c000000
    bytes 01000000 14000000 01000000 00000000 14000000
    bytes 01000000 14000000 71000000 00000000 14000000
    for id in 00 01; do
        bytes 06000000 30000000 ${id}000000 00000000 00000000 10000000 10000000
        bytes 00112233445566778899aabb08004500 30000000
    done
} >links.pcapng
run -r links.pcapng -w links.pcap
rc_is 1
[[ $(grep -c 'link type' err) == 1 ]] && grep -q 'links.pcap lacks 1 packets of other link types' err ||
    fail "$ran: left-out packets are not reported once: $(cat err)"

# Drops recorded in a capture file are reported, in the message and in the counters.
{
    bytes 736e6f6f70000000 00000002 00000004
    bytes 00000010 00000010 00000028 00000007 00000001 00000000 00112233445566778899aabb08004500
} >dropped.snoop
run -r dropped.snoop --json
rc_is 0
grep -q 'the capture file reports 7 dropped packets: 7 by the kernel, 0 by the interface' err ||
    fail "$ran: drops are not reported: $(cat err)"
grep -q '"dropped_kernel":7,"dropped_interface":0,' out || fail "$ran: drops are not counted"

# The sections of DNS are in the record with --dns-sections only.
run -r "$SOURCE/samples/dns/dnssec.pcap" --json --no-meta --dns-sections
rc_is 0
out_has '"authority":\["ns\.example\.test"'
run -r "$SOURCE/samples/dns/dnssec.pcap" --json --no-meta
rc_is 0
! grep -q '"authority":' out || fail "$ran: sections without the option"
done_testing
