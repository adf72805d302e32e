#!/usr/bin/env bash
# More packets than can be analysed: each is captured or counted as dropped by the kernel; each captured one is in the
# file of -w, and is analysed or counted as not analysed.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
: "${SENDER:?the program that sends}"

mkfifo pipe
wc -l <pipe >lines &
counter=$!
live -i va --workers 1 --json=packets -o pipe -w all.pcap --mem 32M
read -r sent _ < <(in_b "$SENDER" vb 250000 1000 60)
live_ends INT
rc_is 0
wait $counter
number() { sed -nE "s/.*[ :]([0-9]+) $1.*/\1/p" err; }
captured=$(number 'packets captured') kernel=$(number 'dropped by kernel') skipped=$(number 'not analysed')
((captured + kernel == sent)) || fail "$ran: $captured captured and $kernel dropped of $sent"
[[ $(packets_of all.pcap) == "$captured" ]] || fail "$ran: $(packets_of all.pcap) packets in the file, not $captured"
(($(cat lines) + skipped == captured)) || fail "$ran: $(cat lines) analysed and $skipped not, of $captured"
echo "$sent sent, $captured captured, $skipped not analysed"

# More packets than the kernel's buffer holds: reported once, with advice, and counted.
live -i va -B 1M -w drops.pcapng
sent=0
for round in 1 2; do
    kill -STOP "$live_pid"
    read -r count _ < <(in_b "$SENDER" vb 30000 500 1000)
    sent=$((sent + count))
    kill -CONT "$live_pid"
    until_true 10 grep -q '^taplight: the kernel dropped [0-9]* packets so far, its buffer of 1 MiB was full: enlarge it with -B 4M$' err ||
        fail "$ran, round $round: drops are not reported: $(cat err)"
    sleep 0.3
done
live_ends INT
rc_is 0
[[ $(grep -c 'its buffer' err) == 1 ]] || fail "$ran: drops are reported more than once: $(cat err)"
captured=$(number 'packets captured') kernel=$(number 'dropped by kernel')
((kernel > 0 && captured + kernel == sent)) || fail "$ran: $captured captured and $kernel dropped of $sent"
[[ $(packets_of drops.pcapng) == "$captured" ]] ||
    fail "$ran: $(packets_of drops.pcapng) packets in the file, not $captured"
# The file records the drops.
run -r drops.pcapng --json
grep -q "^taplight: the capture file reports $kernel dropped packets: $kernel by the kernel" err ||
    fail "$ran: $kernel drops are not reported: $(cat err)"
tail -n 1 out | grep -q "\"dropped_kernel\":$kernel," || fail "$ran: $kernel drops are not in stats: $(tail -n 1 out)"
done_testing
