#!/usr/bin/env bash
# taplight explain: which flows it takes, what it prints, and that docs/EXPLAIN.md has its findings.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

late=$SOURCE/samples/tcp/history-T-orig.pcap
run explain -r "$late"
rc_is 0
quiet_is
out_has '^9 packets, 1 flows, 1 of them with trouble, 0.200 s lost in all$'
out_has '^  verdict: 1 segment of the client was lost after the tap'
out_has '^      packets 5; 0.200 s lost$'
uid=$(sed -n 's/^flow \(C[0-9A-Za-z]*\) .*/\1/p' out)
cp out all

# A flow is named by its uid, its Community ID, an end, or a filter on records.
community=$("$TAPLIGHT" -q -r "$late" --json --no-meta | sed -n 's/.*"community_id":"\([^"]*\)".*/\1/p' | head -1)
for flow in "$uid" "$community" 10.1.0.2 10.1.0.2:9000 :9000 'conn.orig_retrans > 0'; do
    run explain -r "$late" "$flow"
    rc_is 0
    out_has '^1 of 1 flows chosen, 1 of them with trouble'
    out_has '^  verdict: 1 segment'
done
for flow in 10.1.0.3 :9001 'conn.duration > 100'; do
    run explain -r "$late" "$flow"
    rc_is 0
    out_has '^0 of 1 flows chosen'
done
"$TAPLIGHT" explain -r - <"$late" >out
same out all 'explain of standard input'

# Records.
run explain --json -r "$late"
rc_is 0
out_has '"_path":"explain","ts":[0-9.]*,"uid":"'"$uid"'"'
out_has '"finding":"loss after the tap","confidence":"medium"'
out_has '"packets":\[5\]'
"$TAPLIGHT" --schema >schema
grep -q '"title": "explain"' schema || fail 'the schema has no explain records'

# A flow without trouble is explained when it is asked for.
run explain -r "$SOURCE/samples/tcp/close-by-b.pcap"
out_has '^11 packets, 1 flows, 0 of them with trouble$'
run explain -r "$SOURCE/samples/tcp/close-by-b.pcap" :9000
out_has '^  verdict: Nothing is wrong with this flow'

# Captures of the laboratory, in the middle of the path, cut after the TCP header (tests/explain/lab.py).
verdicts=$SOURCE/tests/explain/captures
run explain -r "$verdicts/rate_limit.pcap"
out_has '^  verdict: What the server sends passes at about 1[0-9][0-9] kB/s, and [0-9]* segments above that are dropped in'
run explain -r "$verdicts/pause.pcap"
out_has '^  verdict: [0-9] times* the server begins with a small window after a pause'
run explain -r "$verdicts/in_line.pcap"
out_has '^  verdict: 1 time the server.s program answers late'
out_has '^  warning, HTTP requests wait in line: 2 HTTP requests on this connection wait'

run explain -r "$verdicts/shaper.pcap"
out_has '^  verdict: What the server sends passes at a level 235 kB/s, after up to 44888 bytes that passed at'
run explain -r "$verdicts/congestion.pcap"
out_has '^  verdict: What the server sends is limited by its congestion window, to 490 kB/s'
run explain -r "$verdicts/restarted_server.pcap"
out_has '^  verdict: The server was silent for 2.837 s, and then answers with a reset that does not know'
out_has '^      packets 8, 14, 15$'
run explain -r "$verdicts/restarted_client.pcap"
out_has '^  verdict: The server answers the SYN with an acknowledgment of other numbers: it still has an old'
out_has '^      packets 10, 11, 12$'
run explain -r "$verdicts/jumbo.pcap"
out_has '^  problem, jumbo frames do not pass: Segments of 8948 bytes of the client are never acknowledged'

# ARP stands before the flows, and has records of its own. VLANs, and IPv4 after IPv6.
run explain -r "$verdicts/two_hosts.pcap"
out_has '^ARP:$'
out_has '^  problem, two hosts answer ARP: Two hosts have the address 10.77.0.2: '
out_has '^  verdict: Two hosts answer ARP for the address of the server, and the connection may have reached'
run explain --json -r "$verdicts/arp_vlan.pcap"
out_has '^{"_path":"explain_arp",.*"address":"10.77.0.2","finding":"ARP answered in another VLAN","level":"problem"'
grep -q '"title": "explain_arp"' schema || fail 'the schema has no explain_arp records'
run explain -r "$verdicts/vlan.pcap"
out_has '^  verdict: Packets of the client have VLAN 10, those of the server have VLAN 20, and the client does$'
run explain -r "$verdicts/fallback.pcap" 10.77.0.2:8000
out_has '^  note, IPv4 after IPv6 failed: An attempt to reach www.example.test over IPv6 had no answer, and$'

# Segments of 2 GB, by a length of IP that is 0: sums of bytes do not wrap.
timeout -s KILL 20 "$TAPLIGHT" explain -r "$verdicts/long_segments.pcap" >out || fail 'explain of segments of 2 GB'
out_has '^15 packets, 1 flows'

# Errors.
run explain
rc_is 2
error_is 'give a file with -r'
run explain -r "$late" 'nonsense.key > 1'
rc_is 2
run explain -r "$late" 'tcp.port == 80'
rc_is 2
grep -q 'a filter on records' err || fail "$ran: $(cat err)"
run explain -r /nonexistent
rc_is 1

# The document has the table.
"$TAPLIGHT" explain --findings >findings
awk -v table=findings '
    BEGIN { while ((getline line < table) > 0) want = want line "\n" }
    { page = page $0 "\n" }
    END { exit index(page, want) == 0 || want == "" }' "$SOURCE/docs/EXPLAIN.md" ||
    fail 'docs/EXPLAIN.md is out of date: insert the output of taplight explain --findings'
done_testing
