#!/usr/bin/env bash
# Another capture filter while the view is open, and the command line of the view.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=showcase.pcap # a short name, for the command that is shown
cp "$SOURCE/samples/$file" .
count() { "$TAPLIGHT" --count -q -r "$file" "$@"; }

for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    open $size -r "$file"
    shows "^ showcase\.pcap  $(count) packets"
    keys j j m
    keys B
    shows '^Capture filter'
    keys 'udp port 53' Enter
    shows "showcase\.pcap  filter: udp port 53  $(count -f 'udp port 53') packets"
    hides 'marked'
    chooses '^ +1 .*DNS'
    keys G
    chooses "^ +$(count -f 'udp port 53') .*DNS"
    shows "Fields .* packet $(count -f 'udp port 53') "
    keys c
    shows "^ taplight -r .*showcase\.pcap -f 'udp port 53' *$"
    screen | sed -n 's/^ taplight \(.*\)$/\1/p' >command
    [[ $(eval "\"\$TAPLIGHT\" --count -q $(cat command)") == $(count -f 'udp port 53') ]] || fail 'the command gives something else'
    keys Escape

    # A filter that does not compile gives a message and changes nothing.
    keys B C-u 'udp prot 53' Enter
    shows 'udp prot 53'
    keys j
    shows "filter: udp port 53  $(count -f 'udp port 53') packets"

    # Other pages show the filtered packets; the filter can be edited; an empty one shows all.
    keys B BSpace BSpace '123' Enter
    shows "filter: udp port 123  $(count -f 'udp port 123') packets"
    keys B C-u Enter
    hides '  filter:'
    shows "showcase\.pcap  $(count) packets"
    keys / 'GET /' Enter
    chooses 'GET /'
    keys s
    shows '^> GET /'
    keys B 'udp port 53' Enter
    shows 'filter: udp port 53'
    keys Escape
    chooses '^ +1 .*DNS'
    keys q
    ended 0
done

# An input that cannot be read twice keeps its filter.
feed="cat $file | " open 80 24 -r -
shows "$(count) packets"
keys B 'udp port 53' Enter
shows 'only files can be read again'
keys q
ended 0
done_testing
