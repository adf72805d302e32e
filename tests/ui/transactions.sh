#!/usr/bin/env bash
# Transactions: as many as there are records, the newest first; only one kind; by latency; Enter shows their packets.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=$SOURCE/samples/showcase.pcap
"$TAPLIGHT" --json -r "$file" >records
all=$(grep -cvE '"_path":"(meta|stats|conn|login)"' records) # those with a line of their own
smtp=$(grep -c '"_path":"smtp"' records)
dns=$(grep -c '"_path":"dns"' records)

for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    open $size -r "$file"
    shows '^ +1 '
    page Transactions
    shows "^[━─]+ Transactions .* 1/$all .$"
    shows '^07:13:38\.503911 http +124 us GET 10\.77\.0\.2 /data\.json 200 OK'
    shows '^07:13:38\.460170 dns +62 us www\.example\.test A NOERROR 10\.77\.0\.2,10\.77\.0\.'
    screen | grep -oE '^07:13[0-9:.]+' >seen
    sort -rc seen || fail "$size: the newest is not the first"

    # Only one kind.
    kind dns
    shows "^[━─]+ Transactions .* dns only: 1/$dns .$"
    hides ' http '
    kind smtp
    shows "^[━─]+ Transactions .* smtp only: 1/$smtp .$"
    shows ' smtp .*sender@example\.test'
    hides ' dns '
    for ((i = 0; i < 9; i++)); do # only kinds that there are; after the last one come all
        screen | grep -q ' only: ' || break
        keys o
        sleep 0.3
    done
    shows "^[━─]+ Transactions .* 1/$all .$"

    # By latency, the longest first, then the shortest.
    keys Right Right
    shows 'Latency▼'
    shows ' (http|dns) +[0-9.]+ m?s '
    keys r
    shows 'Latency▲'

    # Enter: its record; Enter again: the packets of its flow.
    keys r Left Left
    shows 'Time▼'
    keys g Enter
    shows '^━━ Record .* line 1 of '
    keys Enter
    shows '^[━─]+ Packets .* flow [0-9]+ only: '
    shows ' (TCP|HTTP) +[0-9]+ '
    keys q
    ended 0
done

# A record of a flow's first packet has the flow, too.
open 120 60 -r "$SOURCE/samples/ntp/exchange.pcap"
shows '^ +2 '
page Transactions
shows '^22:13:20\.010000 ntp +mode=4 stratum=2 10\.1\.0\.2 +10\.1\.0\.1:40123 +10\.1\.0\.2:123'
shows '^22:13:20\.000000 ntp .* 10\.1\.0\.1:40123 +10\.1\.0\.2:123'
keys G Enter
shows '^ uid +[^ ]+'
keys Enter
shows '^[━─]+ Packets .* flow [0-9]+ only: 1/2 .$'
keys q
ended 0

# In the order of their times, not as they completed.
open 120 24 -r "$SOURCE/samples/dns/pairing.pcap"
shows '^ +1 '
page Transactions
shows '^[━─]+ Transactions .* 1/7 .$'
shows '^22:13:20\.000000 dns '
screen | grep -oE '^22:13[0-9:.]+' >seen
(($(wc -l <seen) == 7)) || fail 'not all transactions are shown'
sort -rc seen || fail 'the transactions are not in the order of their times'
keys q
ended 0

# Kinds with long names are shown whole; counts in a summary have their names.
open 80 24 -r "$SOURCE/samples/syslog/loss.pcap"
shows '^ +1 '
page Transactions
shows '^[0-9:.]+ syslog +[^ ]'
keys q
ended 0
open 120 24 -r "$SOURCE/samples/snmp/gets.pcap"
shows '^ +1 '
page Transactions
shows ' snmp +2c get_requests=1 get_responses=1 '
hides ' snmp .*=0'
keys q
ended 0

# A file without transactions gives a message.
open 80 24 -r "$SOURCE/samples/icmp/$(ls "$SOURCE/samples/icmp" | grep -m 1 pcap)"
shows '^ +1 '
page Transactions
shows '^no transactions$'
keys Enter q
ended 0
done_testing
