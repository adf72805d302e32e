#!/usr/bin/env bash
# The reader of the records stalls: -w still gets all packets, packets not analysed are counted, SIGUSR1 works; the end
# waits for the reader, with the file complete.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
: "${SENDER:?the program that sends}"

mkfifo pipe
exec {pipe}<>pipe # open for reading, but never read
number() { sed -nE "s/.*[ :]([0-9]+) $1.*/\1/p" "${2-err}" | tail -n 1; }
# send [RATE]: sends packets from b for a second; adds to $sent.
send() {
    local count
    read -r count _ < <(in_b "$SENDER" vb "${1-30000}" 1000 200)
    sent=$((sent + count))
}
holds_all() { (($(packets_of "$@") == sent)); }
# reads: starts a reader, into the file lines.
reads() {
    cat <&"$pipe" >lines &
    reader=$!
    started+=($!)
}
has_lines() { (($(wc -l <lines) == $1)); }

for options in '-w all.pcap' '-w all.pcapng -C 8M'; do
    rm -f all*
    sent=0
    # shellcheck disable=SC2086
    live -i va --workers 2 --json=packets -o pipe $options --mem 32M
    send
    until_true 10 holds_all all* || fail "$ran: $(packets_of all*) packets of $sent while the reader is stalled"
    sleep 3 # no packets: time marks must not use up memory
    send
    until_true 10 holds_all all* || fail "$ran, after a pause: $(packets_of all*) packets of $sent: $(cat err)"
    : >err
    kill -USR1 "$live_pid"
    until_true 5 grep -q 'packets captured' err || fail "$ran: SIGUSR1 is not answered"
    skipped=$(number 'not analysed') captured=$(number 'packets captured')
    ((${skipped:-0} > 0 && ${captured:-0} == sent)) || fail "$ran: counters for $sent packets: $(cat err)"

    kill -INT "$live_pid"
    until_true 10 grep -q 'still being written' err || fail "$ran: no message about pending output: $(cat err)"
    holds_all all* || fail "$ran, at the end: $(packets_of all*) packets of $sent"
    reads
    live_ends
    rc_is 0
    until_true 10 has_lines $((sent - skipped)) || fail "$ran: $(wc -l <lines) analysed and $skipped not, of $sent"
    kill "$reader"
    [[ $(number 'dropped by kernel') == 0 && $(number 'packets captured') == "$sent" ]] || fail "$ran: $(tail -n 1 err)"
    echo "$ran: $sent sent, $skipped not analysed"
done

# -w stalls: the records go on, and no packet bypasses the workers.
mkfifo disk
exec {disk}<>disk
sent=0
live -i va --workers 2 --json -o all.json -w disk --mem 32M
send 3000 # more than pipe, blocks and buffers hold, and few enough for the workers
cat <&"$disk" >late.pcap &
started+=($!)
late() { holds_all late.pcap; }
until_true 10 late || fail "$ran: $(packets_of late.pcap) packets of $sent"
live_ends INT
rc_is 0
[[ $(number 'dropped by kernel') == 0 && $(number 'not analysed') == 0 ]] || fail "$ran: $(tail -n 1 err)"
tail -n 1 all.json | grep -q "\"packets\":$sent," || fail "$ran: stats for $sent packets: $(tail -n 1 all.json)"

# -w stalls for longer than memory lasts: the records go on to the last packet; packets left out of the file are counted
# and reported.
mkfifo slow
exec {slow}<>slow
sent=0
live -i va --workers 2 --json -o all.json --stats-interval 1 -w slow --mem 32M
stats_have() { tail -n 1 all.json | grep -qE "\"_path\":\"stats\".*\"packets\":$sent,.*\"dropped_write\":$1"; }
for _ in 1 2; do
    send
    until_true 10 stats_have '[1-9]' || fail "$ran: stats for $sent packets: $(tail -n 1 all.json)"
done
grep -q 'packets are left out of -w' err || fail "$ran: left-out packets are not reported: $(cat err)"
kill -USR1 "$live_pid"
until_true 5 grep -q 'packets captured' err || fail "$ran: SIGUSR1 is not answered"
cat <&"$slow" >slow.pcap &
started+=($!)
until_true 10 grep -q -- '-w is written again: [0-9]* packets were left out' err ||
    fail "$ran: writing does not resume: $(cat err)"
left_out=$(number 'packets were left out')
send 3000
in_time() { (($(packets_of slow.pcap) == sent - left_out)); }
until_true 10 in_time || fail "$ran: $(packets_of slow.pcap) packets of $sent, $left_out left out"
live_ends INT
rc_is 0
[[ $(number 'not written by -w') == "$left_out" && $(number 'dropped by kernel') == 0 && $(number 'not analysed') == 0 ]] ||
    fail "$ran: $(tail -n 1 err)"
stats_have "$left_out" || fail "$ran: final stats: $(tail -n 1 all.json)"
echo "$ran: $sent sent, $left_out left out of the file"

# The end waits for -w too, and reports it.
sent=0
mkfifo stopped
exec {stopped}<>stopped
live -i va --workers 1 --json -o all.json -w stopped
send
kill -INT "$live_pid"
until_true 10 grep -q 'the last packets are still being written' err ||
    fail "$ran: no message about pending output: $(cat err)"
[[ $(tail -c 1 all.json | od -An -tx1) == ' 0a' && $(grep -c '"_path":"conn"' all.json) == 1024 ]] ||
    fail "$ran: the records stop at $(grep -c '"_path":"conn"' all.json) of 1024 flows: $(tail -n 1 all.json)"
kill -INT "$live_pid"
until_true 5 gone "$live_pid" || fail "$ran: a second SIGINT does not end it"

# The same with --workers 0; SIGUSR1 works.
for options in '' '--workers 0 --json -o all.json'; do
    # shellcheck disable=SC2086
    live -i va -w stopped $options
    send
    kill -USR1 "$live_pid"
    until_true 5 grep -q 'packets captured' err || fail "$ran: SIGUSR1 is not answered"
    kill -INT "$live_pid"
    until_true 10 grep -q 'the last packets are still being written' err ||
        fail "$ran: no message about pending output: $(cat err)"
    kill -INT "$live_pid"
    until_true 5 gone "$live_pid" || fail "$ran: a second SIGINT does not end it"
done

# A second interrupt ends the program: the file is complete.
sent=0
live -i va --workers 1 --json=packets -o pipe -w left.pcap
send
kill -INT "$live_pid"
until_true 10 grep -q 'still being written' err || fail "$ran: no message about pending output: $(cat err)"
kill -INT "$live_pid"
until_true 5 gone "$live_pid" || fail "$ran: a second SIGINT does not end it"
[[ $(packets_of left.pcap) == "$sent" ]] || fail "$ran: $(packets_of left.pcap) packets of $sent"
done_testing
