#!/usr/bin/env bash
# What is wrong with a flow: x in the list of flows, the evidence leads to its packets, also to those of other flows.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1

open 100 40 -r "$SOURCE/samples/tcp/history-T-orig.pcap"
shows '^ +1 '
page Flows
shows '^10\.1\.0\.1'
keys x
shows '^[━─]+ What is wrong '
shows '^ +verdict: 1 segment of the client was lost after the tap'
shows '^ Parts of its time'
shows '^ +problem, .*|^ +warning, '
keys /
keys 'packet 5' Enter
keys Enter
shows '^.1 Packets.2 Flows'
shows '^ +5 .*TCP'
keys Escape
page Flows
# The pane is closed, then opened again for the flow below.
keys Tab Escape
hides 'What is wrong'
keys x
shows '^ +verdict: 1 segment'
keys q
ended 0

# An answer of ICMP to the client, and a flow that cannot be explained.
icmp=$SOURCE/samples/tcp/real-refused.pcap
open 100 40 -r "$icmp"
shows '^ +1 '
page Flows
shows '^1[0-9.]+:[0-9]+ .* tcp '
keys x
shows '^ +verdict: '
keys q
ended 0
open 100 40 -r "$SOURCE/samples/icmp/ping.pcap"
shows '^ +1 '
page Flows
shows '^10\.77\.0\.1 .* icmp '
keys x
shows 'only flows of TCP and UDP can be explained'
keys q
ended 0

# An ICMP error that comes 20 s after the last packet of the flow, when most that tells about a flow is over.
head -c 232 "$SOURCE/samples/icmp/traceroute.pcap" >late.pcap
seconds=$(($(od -An -tu4 -j114 -N4 late.pcap) + 20))
for at in 0 1 2 3; do
    printf '%b' "\\x$(printf %02x $((seconds >> at * 8 & 255)))"
done | dd of=late.pcap bs=1 seek=114 conv=notrunc 2>/dev/null
open 100 40 -r late.pcap
shows '^ +2 '
page Flows
shows ' udp '
keys End
chooses ' udp '
keys x
shows '^ +verdict: 1 packet of this flow died on the way'
keys q
ended 0
done_testing
