#!/usr/bin/env bash
# Keys, mouse and size: help, command, zoom, hidden panes, time formats, prompt, follow, resize.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=pairing.pcap # a short name, for the command that is shown
cp "$SOURCE/samples/dns/$file" .

open 80 24 -r "$file" udp port 53
shows '^ +1 22:13:20\.000000'
shows 'filter: udp port 53'
keys '?'
shows '^[━─]+ Keys .*any key closes this'
shows '^ q +quit '
shows ' z +zoom the pane, or unzoom'
shows '^ \[ +previous packet of the same flow'
shows '^ Esc +return to where this subset was opened'
keys Escape
hides 'any key closes this'
keys c
shows "^ taplight -r .*pairing\.pcap -f 'udp port 53'"
keys x
hides "^ taplight -r"

# Time: with date, since the first, since the previous packet, and of day again.
keys j t
shows '^ +2 2023-11-14 22:13:20\.010000'
keys t
shows '^ +2 0\.010000 '
keys G t
shows '^ +11 0\.010000 '
keys t
shows '^ +11 22:13:20\.100000 '

# Go to a packet; a number that is too high gives a message.
keys ':'
shows '^Go to packet '
keys 7 Enter
chooses '^ +7 '
keys ':' 99 Enter
shows "no packet '99': give 1 to 11"
keys ':' 1 2 BSpace BSpace 4 Enter
chooses '^ +4 '
keys '['
chooses '^ +3 '
keys '.'
chooses '^ +4 '

# Panes.
keys z
hides 'Fields'
keys z
shows 'Fields'
keys Tab x
hides 'Fields'
shows 'Bytes'
keys X
shows 'Fields'
keys BTab g -
shows '^\+ Ethernet'
keys -
shows '^- Ethernet'

# Swapped with the next pane; the last one goes to the top. The configuration has the initial order.
titles() { screen | grep -oE '^[━─]+ (Packets|Fields|Bytes) ' | sed 's/^...//' | tr -d '\n'; }
stand() {
    local i
    for ((i = 0; i < patience; i++)); do
        [[ $(titles) == "$1 " ]] && return 0
        sleep 0.1
    done
    fail "the panes are $(titles), not $1"
}
open 80 24 -r "$file"
stand 'Packets Fields Bytes'
keys S
stand 'Fields Packets Bytes'
keys S
stand 'Fields Bytes Packets'
keys S
stand 'Packets Bytes Fields'
keys Tab Tab S
stand 'Fields Bytes Packets'
mkdir -p config/taplight
echo '{ "order": "hex packets detail", "copy": "say \"it\"" }' >config/taplight/config.json
open 80 24 -r "$file"
stand 'Bytes Packets Fields'
"$TAPLIGHT" --print-config >again.json
cp again.json config/taplight/config.json
"$TAPLIGHT" --print-config | cmp - again.json || fail 'the printed configuration cannot be read back'
echo '{ "order": "hex hex detail" }' >config/taplight/config.json
"$TAPLIGHT" --print-config 2>said
grep -qF '"order" must be all of, in any order: packets detail hex' said || fail 'an impossible order is not reported'
rm config/taplight/config.json

# Pages by their number.
open 80 24 -r "$file"
shows '^[━─]+ Packets '
keys 4
shows '^[━─]+ Talkers '
keys 2
shows '^[━─]+ Flows '
keys 7
shows '^[━─]+ Stream '
keys 1
shows '^[━─]+ Packets '

# Addresses take no more width than they need.
shows '^ +# Time +Source      Destination Protocol Length Info'

# The mouse: a click in the list chooses a packet, and turns to the pane; the wheel moves.
open 80 24 -r "$file"
shows '^ +5 22:13:20\.040000'
keys -H 1b 5b 4d 20 34 27 # button 1 at column 20 of row 7
chooses '^ +4 '
keys -H 1b 5b 4d 23 34 27
keys -H 1b 5b 4d 61 34 27 # the wheel, downwards
chooses '^ +7 '

# Resize: everything is redrawn for the new size, and back.
view_tmux resize-window -x 120 -y 40
shows '^[━─]+ Packets .{100,}$'
shows '^ +11 22:13:20\.100000'
view_tmux resize-window -x 40 -y 8
shows '^[━─]+ Packets'
keys '?'
shows '^ q +quit'
keys Down Down Down
hides '^ q +quit'
shows '^[━─]+ Keys '
keys Escape
shows '^[━─]+ Packets'
keys Enter
shows '^━━ Fields '
keys BTab m '&' query Enter
shows '^━━ Packets .*lines with "query": [0-9]+/[0-9]+ .$'
hides '1 marked' # a note that is too long loses its beginning
keys '&' C-u Enter m
view_tmux resize-window -x 80 -y 24
shows '^0000  02 00'
keys q
ended 0
# The command line has every option that was given, as a shell reads it.
mkdir "it's"
cp "$file" "it's/a.pcap"
open 120 24 -r "it's/a.pcap" --mem 64M --workers=1 -n --no-checksums --udp-timeout 7 -c 50 'udp or tcp'
shows '^ +1 22:13:20'
keys c
shows "^ taplight -r 'it'\\\\''s/a\\.pcap' --mem=64M --workers=1 -n --no-checksums --udp-timeout=7 -c 50 -f 'udp or tcp' *\$"
keys q q
ended 0
done_testing
