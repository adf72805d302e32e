#!/usr/bin/env bash
# The first page: list, fields and bytes, at two sizes; they agree with each other and with the text output.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=$SOURCE/samples/dns/pairing.pcap

for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    open $size -r "$file"
    shows '^ +1 22:13:20\.000000 10\.1\.0\.1 +10\.1\.0\.2 +DNS +70 query'
    shows '^[━─]+ Packets .* 1/11 .$'
    shows '^- Domain Name System \(dns\), bytes 42-69' # the tree opens at the protocol
    shows 'Bytes .* byte 42 of 70 '
    shows '^0000  02 00 00 00 00 02 02 00  00 00 00 01 08 00 45 00 '
    shows '^ pairing\.pcap  11 packets'

    # Down, to the last, beyond it, and back; the other panes follow.
    keys j
    chooses '^ +2 22:13:20\.010000'
    shows 'Fields .* packet 2 '
    keys G
    chooses '^ +11 22:13:20\.100000'
    keys Down Down
    chooses '^ +11 22:13:20\.100000'
    shows 'Fields .* packet 11 '
    keys g
    chooses '^ +1 22:13:20\.000000'
    shows 'Fields .* packet 1 '

    # The tree begins with the link layer. A field highlights its bytes: the name of the query.
    keys Tab g
    chooses '^- Ethernet \(eth\), bytes 0-13'
    keys G Up Up
    chooses 'Name: first\.test'
    shows 'Bytes .* byte 54 of 70 '
    # A byte chooses its field: one further up is the number of questions, two bytes at 46.
    keys Tab Up
    shows 'Bytes .* byte 38 of 70 '
    keys Right Right Right Right
    shows 'Bytes .* byte 42 of 70 '
    shows '^ +Transaction ID: 0x0007'
    keys q
    ended 0
done

# The list is the same as the text output, line by line.
"$TAPLIGHT" --text -r "$SOURCE/samples/http/session.pcap" -c 60 | awk '{ print $1 }' >times
open 200 70 -r "$SOURCE/samples/http/session.pcap" -c 60
shows '60 packets'
keys z
shows '^ +60 '
screen | awk '$1 ~ /^[0-9]+$/ { print $2 }' >seen
same seen times 'the times in the list'
"$TAPLIGHT" --text -r "$SOURCE/samples/http/session.pcap" -c 60 | awk '{ print $5, $6 }' >words
shows '^ +60 .* (HTTP|TCP) +[0-9]+ [^ ]'
screen | awk '$1 ~ /^[0-9]+$/ { print $5, $6 }' >seen
same seen words 'protocols and lengths in the list'
keys q
ended 0
done_testing
