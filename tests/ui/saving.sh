#!/usr/bin/env bash
# Saving a large file: its progress, one file at a time, stopped, and its result on every page.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
long_capture 18 >long.pcap
payload=$((29 << 18))
mkdir open

open 100 24 -r long.pcap
shows '^ long\.pcap  262144 packets'
hides 'reading'
keys s
shows '^> .*example'

# A stream: no other stream, packets or filter while it is saved; the result shows on another page.
keys w open/a.bin Enter w
shows 'another file is being saved: Esc stops it'
shows '(saving open/a\.bin: [0-9]+ %, Esc stops it|bytes saved: open/a\.bin)'
shows "^ $payload bytes saved: open/a\.bin"
[[ $(stat -c %s open/a.bin) == "$payload" ]] || fail "a.bin has $(stat -c %s open/a.bin) bytes"
keys w open/b.bin Enter 1 w
shows 'another file is being saved: Esc stops it'
shows "^ $payload bytes saved: open/b\.bin"
shows '^[━─]+ Packets'
keys s w open/c.bin Enter B udp Enter
shows 'another file is being saved: Esc stops it'
shows "^ $payload bytes saved: open/c\.bin"
same open/c.bin open/a.bin 'what was saved while a filter was asked for'
keys w open/d.bin Enter Escape
shows 'saving was stopped'
shows '^[━─]+ Stream'
[[ $(ls open) == $'a.bin\nb.bin\nc.bin' ]] || fail "a stopped save leaves a file: $(ls open)"

# The same while packets are saved.
keys 1 w a Enter open/e.pcap Enter s w
shows 'another file is being saved: Esc stops it'
shows '^ 262144 packets saved: open/e\.pcap'
keys q
ended 0

# The view ends while a file is saved: that is reported.
open 100 24 -r long.pcap
shows '^ long\.pcap  262144 packets'
keys w a Enter open/f.json Enter q
ended 0
grep -q '^taplight: saving was stopped; nothing was saved' errors || fail "not reported: $(cat errors)"
[[ ! $(find open -name 'f.json*') ]] || fail "leaving the view leaves a file: $(ls open)"

# A file that cannot be written completely is removed, and an old file of that name stays as it was.
rm open/*
for name in packets.pcap packets.pcapng records.json stream.bin; do
    echo "old $name" >"open/$name"
done
chmod 640 open/stream.bin
cp -a open kept
feed="trap '' XFSZ; ulimit -f 500; " open 100 24 -r long.pcap
shows '^ long\.pcap  262144 packets'
hides 'reading'
for name in packets.pcap packets.pcapng; do
    keys w a Enter "open/$name" Enter y Enter
    shows "^ cannot write open/$name: File too large; nothing was saved"
done
keys s w open/stream.bin Enter y Enter
shows '^ cannot write open/stream\.bin: File too large; nothing was saved'
keys w open/new.bin Enter
shows '^ cannot write open/new\.bin: File too large; nothing was saved'
diff -r open kept || fail 'a file that could not be overwritten has changed'
keys q
ended 0
open 100 24 -r long.pcap
shows '^ long\.pcap  262144 packets'
hides 'reading'
keys s w open/stream.bin Enter y Enter
shows "^ $payload bytes saved: open/stream\.bin"
is=$(stat -c '%s %a' open/stream.bin)
[[ $is == "$payload 640" ]] || fail "stream.bin has size and mode $is"
[[ ! $(find open -name '*.part') ]] || fail "a save leaves a temporary file: $(ls open)"
keys q
ended 0

# Records, too.
rm open/*
feed="trap '' XFSZ; ulimit -f 4; " open 100 24 -r "$SOURCE/samples/http/session.pcap"
shows '^ session\.pcap  135 packets'
keys w a Enter open/records.json Enter
shows '^ cannot write open/records\.json: File too large; nothing was saved'
[[ ! $(ls open) ]] || fail "records that could not be written leave a file: $(ls open)"
keys q
ended 0

# A stopped save gives its memory back: there is room for the next one.
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

# Evicted packets are reported, in the pane and for the saved file, whether the list still has them or not.
for power in 18 20; do
    long_capture $power >long.pcap
    feed="cat long.pcap | " open 100 24 -r - --mem 16M
    shows " $((1 << power)) packets"
    hides 'reading'
    keys G s
    shows '^(The bytes of [0-9]+ packets are|The beginning is) gone; these are [0-9]+ KiB of the rest: w saves all of it\.'
    hides 'first .* KiB'
    keys w open/left.bin Enter
    shows '^ [0-9]+ bytes saved: open/left\.bin; the bytes of [0-9]+ packets were evicted from'
    saved=$(stat -c %s open/left.bin) gone=$(screen | sed -n 's/.*the bytes of \([0-9]*\) packets were evicted.*/\1/p')
    ((gone > 0 && saved > 0 && saved + 29 * gone == 29 << power)) || fail "$saved bytes saved, $gone packets evicted"
    rm open/left.bin
    keys q
    ended 0
done

# Packets of a file that changed are not reported as evicted.
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
