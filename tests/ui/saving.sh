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
done_testing
