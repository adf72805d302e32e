#!/usr/bin/env bash
# Saving takes a while: how far it is, one thing at a time, stopped, and its end told on every page.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
long_capture 18 >long.pcap
payload=$((29 << 18))
mkdir open

open 100 24 -r long.pcap
shows '^ long\.pcap  262144 packets'
hides 'reading'
keys s
shows '^> .*example'

# A stream: neither another stream, nor packets, nor another filter while it is on its way; told on another page.
keys w open/a.bin Enter w
shows 'something is being saved: Esc stops it'
shows '(saving open/a\.bin: [0-9]+ %, Esc stops it|bytes saved: open/a\.bin)'
shows "^ $payload bytes saved: open/a\.bin"
[[ $(stat -c %s open/a.bin) == "$payload" ]] || fail "a.bin has $(stat -c %s open/a.bin) bytes"
keys w open/b.bin Enter 1 w
shows 'something is being saved: Esc stops it'
shows "^ $payload bytes saved: open/b\.bin"
shows '^.. Packets'
keys s w open/c.bin Enter F udp Enter
shows 'something is being saved: Esc stops it'
shows "^ $payload bytes saved: open/c\.bin"
same open/c.bin open/a.bin 'what was saved while a filter was asked for'
keys w open/d.bin Enter Escape
shows 'saving was stopped'
shows '^.. Stream'
(($(stat -c %s open/d.bin 2>/dev/null || echo 0) < payload)) || fail 'd.bin is whole'

# Packets, and the other way round.
keys 1 w a Enter open/e.pcap Enter s w
shows 'something is being saved: Esc stops it'
shows '^ 262144 packets saved: open/e\.pcap'
keys q
ended 0

# What was taken of the memory for a save that was stopped is given back: there is room for the next.
long_capture 16 >long.pcap
open 100 24 -r long.pcap --mem 16M
shows '^ long\.pcap  65536 packets'
keys '&' example Enter
for ((i = 0; i < patience; i++)); do # it is being gathered
    keys G
    sleep 0.1
    chosen | grep -q '^ *65536 ' && break
done
chooses '^ +65536 '
keys w s Enter open/part.json Enter Escape
shows 'saving was stopped'
keys w s Enter open/last.pcap Enter
shows '^ 65536 packets saved: open/last\.pcap'
keys q
ended 0

# What left memory is said, in the pane and of what was saved, whether the list still has those packets or not.
for power in 18 20; do
    long_capture $power >long.pcap
    feed="cat long.pcap | " open 100 24 -r - --mem 16M
    shows " $((1 << power)) packets"
    hides 'reading'
    keys G s
    shows '^(The bytes of [0-9]+ packets are|The beginning is) gone; of the rest this is [0-9]+ KiB: w saves it\.'
    hides '(first .* KiB|saves all)'
    keys w open/left.bin Enter
    shows '^ [0-9]+ bytes saved: open/left\.bin; the bytes of [0-9]+ packets were evicted from'
    saved=$(stat -c %s open/left.bin) gone=$(screen | sed -n 's/.*the bytes of \([0-9]*\) packets were evicted.*/\1/p')
    ((gone > 0 && saved > 0 && saved + 29 * gone == 29 << power)) || fail "$saved bytes saved, $gone packets evicted"
    rm open/left.bin
    keys q
    ended 0
done

# A file that changed is no matter of memory.
long_capture 4 >cut.pcap
open 100 24 -r cut.pcap
shows '^ cut\.pcap  16 packets'
truncate -s $((24 + 10 * 87)) cut.pcap
keys w a Enter open/ten.pcap Enter
shows '^ 10 packets saved: open/ten\.pcap; the bytes of 6 more packets cannot be read from cut\.pcap any'
: >cut.pcap
keys w a Enter open/none.pcap Enter
shows '^ 0 packets saved: open/none\.pcap; the bytes of 16 packets cannot be read from cut\.pcap any more'
keys s w open/none.bin Enter
shows '^ 0 bytes saved: open/none\.bin; the bytes of 16 packets cannot be read from cut\.pcap any more'
keys q
ended 0
done_testing
