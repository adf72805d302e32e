#!/usr/bin/env bash
# A full disk stops that output with a message, but not the capture. The written part is readable.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs ping mount jq

mkdir disk
mount -t tmpfs -o size=64k none disk || skip 'cannot mount a small disk'
for ending in pcap pcapng; do
    live -i va -w disk/full.$ending --json -o full.json
    for ((i = 0; i < 6; i++)); do ping_b 100; done
    until_true 10 grep -q "cannot write disk/full.$ending: No space left" err || fail "$ran: no message: $(cat err)"
    ping_b 100
    live_ends INT
    rc_is 1
    grep -q '1400 packets captured' err || fail "$ran: the capture stopped: $(cat err)"
    mv err err.live
    grep -q '"orig_pkts":700' full.json && tail -n 1 full.json | grep -q '"packets":1400' ||
        fail "$ran: the records stopped"
    run -r disk/full.$ending --count
    rc_is 0
    (($(cat out) > 100 && $(cat out) < 600)) || fail "$ran: $(cat out) packets"
    lost=$(sed -nE 's/.* ([0-9]+) not written by -w.*/\1/p' err.live)
    ((lost == 1400 - $(cat out))) ||
        fail "$ran: $(cat out) of 1400 packets written, but the message is: $(cat err.live)"
    tail -n 1 full.json | grep -q "\"dropped_write\":$lost," || fail "$ran: not in the records: $(tail -n 1 full.json)"
    rm disk/full.$ending
done

# Full soon after a file was started: the files have whole packets and the rest is counted.
for size in 228 236 300 332; do
    mount -o remount,size=${size}k disk
    live -i va -w disk/part.pcap -C 100K --json -o part.json
    in_b ping -q -c 300 -i 0.001 -s 1000 10.9.0.1 >/dev/null
    until_true 10 grep -q "cannot write disk/part" err || fail "$ran, $size KiB: no message: $(cat err)"
    live_ends INT
    rc_is 1
    lost=$(sed -nE 's/.* ([0-9]+) not written by -w.*/\1/p' err)
    find disk -name 'part-*' -empty -delete # files without room for a header
    kept=$(packets_of disk/part-*.pcap) || fail "$ran, $size KiB: not all files can be read"
    ((kept + lost == 600)) || fail "$ran, $size KiB: $kept packets written and $lost lost, of 600"
    rm disk/part*
done

# The disk is full only for the last packets.
mount -o remount,size=4k disk
for workers in 0 2; do
    rm -f disk/last.pcap
    live -i va -w disk/last.pcap -c 200 --json -o last.json --workers $workers
    ping_b 100
    live_ends
    rc_is 1
    lost=$(sed -nE 's/.* ([0-9]+) not written by -w.*/\1/p' err)
    ((lost > 0)) && tail -n 1 last.json | grep -q "\"dropped_write\":$lost," ||
        fail "$ran: '$lost' not written: $(tail -n 1 last.json)"
done
rm -f disk/last.pcap
mount -o remount,size=64k disk

# SIGHUP resumes writing after the last whole packet if there is room, and else reports the failure again.
for ending in pcap pcapng; do
    live -i va -w disk/again.$ending --json -o again.json
    for ((i = 0; i < 6; i++)); do ping_b 100; done
    until_true 10 grep -q "cannot write disk/again.$ending: No space left" err || fail "$ran: no message: $(cat err)"
    said() { (($(grep -ac "$1" err) >= $2)); }
    kill -HUP "$live_pid"
    until_true 10 said 'retrying an output that had failed' 1 || fail "$ran: no retry: $(cat err)"
    for ((i = 0; i < 3; i++)); do ping_b 100; done
    until_true 10 said 'No space left' 2 || fail "$ran: the second failure is not reported: $(cat err)"
    before=$(packets_of disk/again.$ending)
    mount -o remount,size=1m disk
    kill -HUP "$live_pid"
    until_true 10 said 'retrying an output that had failed' 2 || fail "$ran: writing does not resume: $(cat err)"
    ping_b 50
    live_ends INT
    rc_is 1
    (($(packets_of disk/again.$ending) >= before + 100)) ||
        fail "$ran: $(packets_of disk/again.$ending) packets, $before before there was room"
    tcpdump -nr disk/again.$ending >/dev/null 2>tcpdump.err || fail "$ran: tcpdump cannot read it: $(cat tcpdump.err)"
    rm disk/again.$ending
    mount -o remount,size=64k disk
done

# The same for standard output redirected to a file; its earlier contents stay.
mount -o remount,size=64k disk
for what in '-w - --json -o other' '--json=packets -w other.pcap'; do
    [[ $what == -w* ]] || echo '{"before":0}' >disk/std
    # shellcheck disable=SC2086
    ip netns exec $a env --default-signal=INT setsid "$TAPLIGHT" -i va $what icmp >>disk/std 2>err </dev/null &
    live_pid=$! ran="taplight $what >>disk/std"
    started+=($!)
    until_true 10 grep -q 'capturing on' err || fail "$ran: does not start: $(cat err)"
    for ((i = 0; i < 6; i++)); do ping_b 100; done
    until_true 10 grep -q 'cannot write standard output: No space left' err || fail "$ran: no message: $(cat err)"
    mount -o remount,size=1m disk
    kill -HUP "$live_pid"
    until_true 10 said 'retrying an output that had failed' 1 || fail "$ran: no retry: $(cat err)"
    ping_b 50
    live_ends INT
    rc_is 1
    if [[ $what == -w* ]]; then
        run -r disk/std --count
        rc_is 0
        (($(cat out) > 100)) || fail "$ran: $(cat out) packets"
    else
        jq -es 'length > 100 and .[0].before == 0 and .[-1].layers != null' disk/std >/dev/null ||
            fail "$ran: not JSON: $(tail -n 2 disk/std)"
    fi
    rm disk/std
    mount -o remount,size=64k disk
done

# The disk of the records is full, the disk of the packets is not.
dd if=/dev/zero of=disk/rest bs=1k count=60 2>/dev/null
live -i va -w whole.pcap --print -o disk/text
for ((i = 0; i < 5; i++)); do ping_b 100; done
until_true 10 grep -q 'cannot write disk/text: No space left' err || fail "$ran: no message: $(cat err)"
live_ends INT
rc_is 1
[[ $(packets_of whole.pcap) == 1000 ]] || fail "$ran: $(packets_of whole.pcap) packets of 1000 in the other file"
[[ -s disk/text && $(tail -c 1 disk/text | od -An -tx1) == ' 0a' ]] ||
    fail "$ran: the text ends in the middle of a line: $(tail -n 1 disk/text)"
done_testing
