#!/usr/bin/env bash
# The graph in Braille and in ASCII: zoomed, moved, one protocol only.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=$SOURCE/samples/showcase.pcap

# The highest number of packets in one second, as in the title when a dot is a second.
"$TAPLIGHT" --text -r "$file" | cut -c 1-8 | sort | uniq -c | sort -rn | awk 'NR == 1 { print $1 }' >most

for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    open $size -r "$file"
    shows '^ +1 '
    page Graph
    shows '^[━─]+ Graph .* all protocols, [0-9]+ ms a dot, to the newest .$'
    shows 'packets/s, at most [0-9]+'
    shows 'bit/s, at most [0-9]+'
    shows '⣿|⢸|⡇|⡀|⢀'
    shows '^ +\|2026-11-21 07:1[12]:[0-9.]+ .*2026-11-21 07:13:[34][0-9.]+\|'
    scale() { screen | sed -nE 's/.*, ([0-9]+ m?s) a dot.*/\1/p'; }
    while [[ $(scale) != '1 s' ]]; do
        was=$(scale)
        keys -
        hides ", $was a dot"
        [[ $(scale) == [25]* && $(scale) == *' s' ]] && break
    done
    shows "packets/s, at most $(cat most)\$"

    # Zoomed in, moved to the left, and back to the newest; the whole time range again.
    keys +
    shows ', 500 ms a dot, to the newest'
    keys + Left
    shows ', 200 ms a dot .$'
    hides 'to the newest'
    keys + G
    shows ', 100 ms a dot, to the newest'
    keys g
    shows '^ +\|2026-11-21 07:12:36\.[0-9]+'
    keys 0
    shows 'to the newest'

    # Only one protocol, then the previous one: all.
    keys o
    shows '^[━─]+ Graph .* (data|ETH|ARP|IP), [0-9]+ ms a dot'
    keys Up
    shows '^[━─]+ Graph .* all protocols, '
    keys q
    ended 0
done

locale=C open 80 24 -r "$file"
shows '^ +1 '
page Graph
shows '^== Graph =.* all protocols, '
shows '[.:|#]{2}'
LC_ALL=C grep -q $'[\x80-\xff]' now && fail 'the ASCII graph has characters beyond ASCII'
keys q
ended 0

# A single packet, and none.
open 80 24 -r "$file" -c 1
shows '^ +1 '
page Graph
shows 'packets/s, at most 1000$'
keys q
ended 0
open 80 24 -r "$file" udp port 9
shows 'no packets'
page Graph
shows 'no packets yet'
keys + - Left G g o q
ended 0
done_testing
