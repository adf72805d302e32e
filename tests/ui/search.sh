#!/usr/bin/env bash
# Search in the list, the fields and the bytes: forwards, backwards, around the ends, and stopped.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=$SOURCE/samples/http/session.pcap

for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    open $size -r "$file"
    shows '135 packets'

    # The list: its lines, as in the text output.
    mapfile -t hits < <("$TAPLIGHT" --text -r "$file" | grep -in 'GET /' | cut -d: -f1)
    keys / 'get /' Enter
    chooses "^ +${hits[0]} "
    keys n
    chooses "^ +${hits[1]} "
    keys N
    chooses "^ +${hits[0]} "
    keys N
    shows 'found, continued from the end'
    chooses "^ +${hits[-1]} "
    keys n
    shows 'found, continued from the beginning'
    chooses "^ +${hits[0]} "
    keys / 'GeT /' Enter
    shows 'not found: GeT /'
    chooses "^ +${hits[0]} "

    # The fields of this packet and of later ones.
    keys g Tab / 'user-agent' Enter
    chooses 'User-Agent: curl'
    shows "Fields .* packet ${hits[0]} "
    keys n
    shows "Fields .* packet ${hits[1]} "
    chooses 'User-Agent: curl'
    keys N
    shows "Fields .* packet ${hits[0]} "

    # The bytes, as text and as digits.
    keys Tab /
    keys -l '0x 0d0a 0d0a'
    keys Enter
    shows "Bytes .* byte 135 of 139 "
    keys n
    shows "Bytes .* byte 298 of 349 "
    keys N
    shows "Bytes .* byte 135 of 139 "
    keys / 'curl/7' Enter
    shows "packet ${hits[1]} "
    keys q
    ended 0
done

# Lists: the text of their rows, in whichever column; the record follows.
for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    open $size -r "$SOURCE/samples/showcase.pcap"
    shows '^ +1 '
    page Transactions
    shows '^[━─]+ Transactions .* 1/84 .$'
    keys / 'signed3' Enter
    chooses ' x\.sub\.signed3\.test A '
    keys n
    chooses ' www\.signed3\.test AAAA '
    keys N
    chooses ' x\.sub\.signed3\.test A '
    keys N
    shows 'found, continued from the end'
    keys n
    shows 'found, continued from the beginning'
    chooses ' x\.sub\.signed3\.test A '
    keys Enter
    shows '^ query +x\.sub\.signed3\.test$'
    keys BTab n
    shows '^ query +www\.signed3\.test$'
    keys Tab Escape / 'nowhere at all' Enter
    shows 'not found: nowhere at all'
    keys 2
    shows '^[━─]+ Flows .* 1/'
    keys / '10.77.0.1:51056' Enter
    shows 'found, continued from the beginning'
    chooses '^10\.77\.0\.1:51056 '
    keys '\' '[.]2:53 .* dns ' Enter
    chooses '^[^ ]+ +10\.77\.0\.2:53 '
    page Talkers
    shows '^10\.77\.0\.1 '
    keys / 10.77.0.2 Enter
    chooses '^10\.77\.0\.2 '
    page Protocols
    shows '^ +DNS '
    keys / dns Enter
    chooses '^ +DNS '
    keys '\' 'x*U.P' Enter
    chooses '^ +UDP '
    page Files
    shows '^[━─]+ Files .* 1/'
    keys / 'application/json' Enter
    chooses ' application/json '

    # Only packets with a text are a list of packets: elsewhere nothing changes.
    keys '&'
    shows '& shows only packets with a text: 1 turns to the packets'
    keys 1
    shows '^[━─]+ Packets .* 1/609 .$'
    keys q
    ended 0
done

# A long search runs in the background, and is stopped.
"$TAPLIGHT" -r "$file" -w one.pcap -q
tail -c +25 one.pcap >packets
for ((i = 0; i < 9; i++)); do # 512 times the packets
    cat packets packets >twice
    mv twice packets
done
cat <(head -c 24 one.pcap) packets >long.pcap
rm packets
open 80 24 -r long.pcap
shows ' 69120 packets'
keys Tab / 'nowhere at all' Enter
shows 'searching for nowhere at all: [0-9]+ %, Esc stops it'
keys BTab j j j
shows 'searching'
keys Escape
shows 'search stopped'
chooses '^ +4 '
keys q
ended 0

# Packets whose bytes are gone are counted, not taken for packets without the text.
"$TAPLIGHT" -q -r "$file" -w cut.pcap
for scope in lines fields bytes; do
    cp cut.pcap in.pcap
    open 120 40 -r in.pcap
    shows '135 packets'
    keys End Up Up
    chooses '^ +133 '
    truncate -s 24 in.pcap
    [[ $scope == lines ]] || keys Tab
    [[ $scope != bytes ]] || keys Tab
    keys / 'nowhere at all' Enter
    shows 'not found: nowhere at all; the bytes of 135 packets are gone'
    keys N
    shows 'not found: nowhere at all; the bytes of 135 packets are gone'
    keys '&' 'GET /' Enter
    shows 'lines with "GET /", maybe 135 more without their bytes: 0/0'
    keys q
    ended '[0-9]'
done
done_testing
