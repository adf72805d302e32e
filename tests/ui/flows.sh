#!/usr/bin/env bash
# Flows: as many as there are conn records, sorted by any column both ways; Enter shows only the packets of one.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=$SOURCE/samples/showcase.pcap
"$TAPLIGHT" --json -r "$file" | grep '"_path":"conn"' >conns
count=$(wc -l <conns)

# The numbers on the screen in the column of the heading $1.
column() {
    screen | sed 's/▼/-/; s/▲/+/' | awk -v title="$1" '
        /^Originator/ { end = index($0, title) + length(title) - 1; start = end; while (substr($0, start, 1) != " ") start-- }
        end && /^[0-9a-f\[]/ { print substr($0, start, end - start + 1) + 0 }'
}

for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    open $size -r "$file"
    shows '^ +1 '
    page Flows
    shows "^[━─]+ Flows .* 1/$count .$"
    shows 'Originator +Responder +Proto +Bytes▼ +Packets'
    shows '^10\.77\.0\.1:51056 +10\.77\.0\.2:9005 +tcp +11994 +23 '
    chooses '^10\.77\.0\.1:51056 '
    column Bytes- >seen
    sort -rnc seen || fail "$size: not sorted by bytes: $(cat seen)"
    (($(wc -l <seen) > 15)) || fail "$size: too few lines"

    # By packets, then in reverse order.
    keys Right
    shows 'Packets▼'
    shows '^10\.77\.0\.1 +10\.78\.0\.2 +icmp +[0-9]+ +33 '
    keys r
    shows 'Packets▲'
    shows ':[0-9]+ +[^ ]+ +(tcp|udp) +[0-9]+ +1( |$)'
    column 'Packets+' >seen
    sort -nc seen || fail "$size: not sorted by packets: $(cat seen)"

    # By round-trip time: on a narrow screen the columns before it make room.
    keys r Right Right Right Right Right
    shows ' RTT▼'
    shows ' http +SF +[0-9.]+ m?s +[0-9.]+ m?u?s'
    hides ' open '

    # Enter: the packets of that flow, and no others; back to all.
    keys r Left Left Left Left Left Left r r
    shows 'Bytes▲'
    keys r
    shows 'Bytes▼'
    keys g Enter
    shows '^[━─]+ Packets .* flow [0-9]+ only: 1/23 .$'
    shows ' TCP +74 51056 > 9'
    hides ' (icmp|udp|DNS|ARP) '
    keys G
    shows ' only: 23/23 '
    keys ,
    shows ' only: 22/23 '
    keys a
    shows '^[━─]+ Packets .* [0-9]+/609 .$'
    keys a
    shows ' only: 22/23 '

    # Only the lines of this flow with a text; Esc: back to the flows.
    keys '&' 'ack' Enter
    shows '^[━─]+ Packets .* flow [0-9]+ only, lines with "ack": [0-9]+/[0-9]+ .$'
    screen | sed -nE 's/.*: [0-9]+\/([0-9]+) .$/\1/p' | head -n 1 >seen
    "$TAPLIGHT" --text -r "$file" -f 'tcp port 51056 and tcp port 9005' | grep -ic ack >due
    same seen due "$size: lines of the flow with a text"
    keys / 'syn' Enter
    shows 'found, continued from the beginning'
    shows ' only, lines with "ack": 1/'
    keys Escape
    shows '^[━─]+ Packets .* [0-9]+/609 .$'
    page Flows
    keys g Enter
    shows '^[━─]+ Packets .* only: 1/23 .$'
    keys ':' 1 Enter
    shows 'all packets are shown again'
    shows '^[━─]+ Packets .* 1/609 .$'
    page Flows
    keys g Enter
    shows ' only: 1/23 '
    keys Escape
    shows '^[━─]+ Flows '
    keys q
    ended 0
done

# A click on a heading sorts by it.
open 80 24 -r "$file"
shows '^ +1 '
page Flows
shows 'Bytes▼'
keys -H 1b 5b 4d 20 62 23 # button 1 at column 66 of row 3
shows 'Packets▼'
keys -H 1b 5b 4d 23 62 23
keys -H 1b 5b 4d 20 62 23
shows 'Packets▲'
keys q
ended 0
done_testing
