#!/usr/bin/env bash
# More than can be analysed: each packet is captured or counted as dropped by the kernel, each captured one is in the file of
# -w, and each is analysed or counted as not analysed.
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
done_testing
