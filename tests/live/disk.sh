#!/usr/bin/env bash
# A full disk stops the writing, and is said, but not the capture; what was written can be read.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs ping mount

mkdir disk
mount -t tmpfs -o size=64k none disk || skip 'cannot mount a small disk'
for ending in pcap pcapng; do
    live -i va -w disk/full.$ending --json -o full.json
    for ((i = 0; i < 6; i++)); do ping_b 100; done
    until_true 10 grep -q "cannot write disk/full.$ending: No space left" err || fail "$ran: it is not said: $(cat err)"
    ping_b 100
    live_ends INT
    rc_is 1
    grep -q '1400 packets captured' err || fail "$ran: the capture stopped: $(cat err)"
    grep -q '"orig_pkts":700' full.json && tail -n 1 full.json | grep -q '"packets":1400' || fail "$ran: the records stopped"
    run -r disk/full.$ending --count
    rc_is 0
    (($(cat out) > 100 && $(cat out) < 600)) || fail "$ran: $(cat out) packets"
    rm disk/full.$ending
done

# The records' disk is full, the packets' is not.
dd if=/dev/zero of=disk/rest bs=1k count=60 2>/dev/null
live -i va -w whole.pcap --print -o disk/text
for ((i = 0; i < 5; i++)); do ping_b 100; done
until_true 10 grep -q 'cannot write disk/text: No space left' err || fail "$ran: it is not said: $(cat err)"
live_ends INT
rc_is 1
[[ $(packets_of whole.pcap) == 1000 ]] || fail "$ran: $(packets_of whole.pcap) packets of 1000 in the other file"
[[ -s disk/text && $(tail -c 1 disk/text | od -An -tx1) == ' 0a' ]] || fail "$ran: the text ends in the middle of a line: $(tail -n 1 disk/text)"
done_testing
