#!/usr/bin/env bash
# Subsets, marks, places by time, and saving the packets that are marked, shown, or all.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=$SOURCE/samples/http/session.pcap
text() { "$TAPLIGHT" --text -r "$1" 2>/dev/null; }

for size in '80 24' '200 60'; do
    rm -f ./*.pcap ./*.pcapng ./*.json
    # shellcheck disable=SC2086
    open $size -r "$file"
    shows '135 packets'

    # Lines with a text: as many as the text output has with these words, in the same order.
    text "$file" | grep -n 'GET /' | cut -d: -f1 >due
    keys '&' 'GET /' Enter
    shows "lines with \"GET /\": [0-9]+/$(wc -l <due) "
    chooses "^ +$(head -n 1 due) "
    keys G
    chooses "^ +$(tail -n 1 due) "
    keys ','
    chooses "^ +$(tail -n 2 due | head -n 1) "
    keys g z
    shows 'lines with'
    screen | awk '$1 ~ /^[0-9]+$/ { print $1 }' | grep -vx 135 >seen
    head -n "$(wc -l <seen)" due >first
    same seen first 'the numbers of what is shown'
    keys z / 'GET /old' Enter
    chooses 'GET /o'
    keys w s Enter
    shows '^File \(\.pcap'
    keys shown.pcap Enter
    shows "$(wc -l <due) packets saved: shown\.pcap"
    text shown.pcap | cut -d' ' -f2- >seen
    text "$file" | grep 'GET /' | cut -d' ' -f2- >due
    [[ $(wc -l <seen) -eq $(wc -l <due) ]] || fail 'shown.pcap has other packets'
    keys '&' 'no such words' Enter
    shows 'no line has that text'
    keys j k G g
    keys '&' C-u Enter
    shows '/135 '
    hides "lines with"

    # Marks.
    keys g '"'
    shows 'no packet is marked'
    keys j m j j m j
    shows '^ +\*2 '
    shows '2 marked, 5/135'
    keys "'"
    chooses '^ +\*2 '
    keys "'"
    chooses '^ +\*4 '
    keys "'"
    chooses '^ +\*2 '
    keys '"'
    chooses '^ +\*4 '
    keys w m Enter marked.pcapng Enter
    shows '2 packets saved: marked\.pcapng'
    text marked.pcapng >seen
    text "$file" | sed -n '2p;4p' | awk '{ print $1, $2, $4 }' >due
    same <(awk '{ print $1, $2, $4 }' seen) due 'the packets that were marked'
    keys m
    shows '1 marked, 4/135'

    # By time.
    keys : '+0.007' Enter
    chooses "^ *\*?$("$TAPLIGHT" --text -r "$file" | awk '$1 >= "07:12:34.286599" { print NR; exit }') "
    keys : '07:12:34.2849' Enter
    chooses '^ +8 '
    keys : '23:59' Enter
    chooses '^ +135 '
    keys : '7:99' Enter
    shows 'no packet .7:99.: give 1 to 135, a time, or \+seconds'

    # All packets: the same file, and the records that the command line gives.
    keys w a Enter all.pcapng Enter
    shows '135 packets saved: all\.pcapng'
    same <(text all.pcapng) <(text "$file") 'all packets'
    keys w a Enter all.json Enter
    shows '135 packets saved: all\.json'
    "$TAPLIGHT" --json --no-meta -r all.pcapng >due
    same all.json due 'the records of all packets'
    keys w a Enter "$work" Enter
    shows 'is not a regular file: name another'
    keys w a Enter /nowhere/at/all.pcap Enter
    shows 'cannot write /nowhere/at/all\.pcap: No such file'
    keys q
    ended 0
done
done_testing
