#!/usr/bin/env bash
# Whoever reads the records stands still: all packets come to the file of -w meanwhile, what is not analysed for it is counted,
# the counts can be asked for; and an end waits for the reader, with the file complete.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
: "${SENDER:?the program that sends}"

mkfifo pipe
exec {pipe}<>pipe # open for reading: nobody reads
number() { sed -nE "s/.*[ :]([0-9]+) $1.*/\1/p" "${2-err}" | tail -n 1; }
# send [RATE]: a second of packets from b; adds to $sent.
send() {
    local count
    read -r count _ < <(in_b "$SENDER" vb "${1-30000}" 1000 200)
    sent=$((sent + count))
}
holds_all() { (($(packets_of "$@") == sent)); }
# reads: from now on somebody does, into the file lines.
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
    until_true 10 holds_all all* || fail "$ran: $(packets_of all*) packets of $sent while the reader stands still"
    sleep 3 # without packets: marks of time use nothing up
    send
    until_true 10 holds_all all* || fail "$ran, after a pause: $(packets_of all*) packets of $sent: $(cat err)"
    : >err
    kill -USR1 "$live_pid"
    until_true 5 grep -q 'packets captured' err || fail "$ran: SIGUSR1 is not answered"
    skipped=$(number 'not analysed') captured=$(number 'packets captured')
    ((${skipped:-0} > 0 && ${captured:-0} == sent)) || fail "$ran: of $sent packets this is said: $(cat err)"

    kill -INT "$live_pid"
    until_true 10 grep -q 'still being written' err || fail "$ran: it is not said what the end waits for: $(cat err)"
    holds_all all* || fail "$ran, at the end: $(packets_of all*) packets of $sent"
    reads
    live_ends
    rc_is 0
    until_true 10 has_lines $((sent - skipped)) || fail "$ran: $(wc -l <lines) analysed and $skipped not, of $sent"
    kill "$reader"
    [[ $(number 'dropped by kernel') == 0 && $(number 'packets captured') == "$sent" ]] || fail "$ran: $(tail -n 1 err)"
    echo "$ran: $sent sent, $skipped not analysed"
done

# The file of -w stands still: the records go on as far as there are packets, and none goes past the workers.
mkfifo disk
exec {disk}<>disk
sent=0
live -i va --workers 2 --json -o all.json -w disk --mem 32M
send 3000 # more than pipe, blocks and buffers hold, and little enough for the workers to keep up with behind them
cat <&"$disk" >late.pcap &
started+=($!)
late() { holds_all late.pcap; }
until_true 10 late || fail "$ran: $(packets_of late.pcap) packets of $sent"
live_ends INT
rc_is 0
[[ $(number 'dropped by kernel') == 0 && $(number 'not analysed') == 0 ]] || fail "$ran: $(tail -n 1 err)"
tail -n 1 all.json | grep -q "\"packets\":$sent," || fail "$ran: of $sent packets this is said: $(tail -n 1 all.json)"

# Longer than there is memory for it: the records go on to the last packet; what is left out of the file is counted and said.
mkfifo slow
exec {slow}<>slow
sent=0
live -i va --workers 2 --json -o all.json --stats-interval 1 -w slow --mem 32M
stats_have() { tail -n 1 all.json | grep -qE "\"_path\":\"stats\".*\"packets\":$sent,.*\"dropped_write\":$1"; }
for _ in 1 2; do
    send
    until_true 10 stats_have '[1-9]' || fail "$ran: of $sent packets the records say this: $(tail -n 1 all.json)"
done
grep -q 'packets are left out of -w' err || fail "$ran: it is not said that packets are left out: $(cat err)"
kill -USR1 "$live_pid"
until_true 5 grep -q 'packets captured' err || fail "$ran: SIGUSR1 is not answered"
cat <&"$slow" >slow.pcap &
started+=($!)
until_true 10 grep -q -- '-w is written again: [0-9]* packets were left out' err || fail "$ran: not written again: $(cat err)"
left_out=$(number 'packets were left out')
send 3000
in_time() { (($(packets_of slow.pcap) == sent - left_out)); }
until_true 10 in_time || fail "$ran: $(packets_of slow.pcap) packets of $sent, $left_out left out"
live_ends INT
rc_is 0
[[ $(number 'not written by -w') == "$left_out" && $(number 'dropped by kernel') == 0 && $(number 'not analysed') == 0 ]] ||
    fail "$ran: $(tail -n 1 err)"
stats_have "$left_out" || fail "$ran: at the end the records say this: $(tail -n 1 all.json)"
echo "$ran: $sent sent, $left_out left out of the file"

# The end waits for it too, and says so.
sent=0
mkfifo stopped
exec {stopped}<>stopped
live -i va --workers 1 --json -o all.json -w stopped
send
kill -INT "$live_pid"
until_true 10 grep -q 'the last packets are still being written' err || fail "$ran: it is not said what the end waits for: $(cat err)"
[[ $(tail -c 1 all.json | od -An -tx1) == ' 0a' && $(grep -c '"_path":"conn"' all.json) == 1024 ]] ||
    fail "$ran: the records stop at $(grep -c '"_path":"conn"' all.json) of 1024 flows: $(tail -n 1 all.json)"
kill -INT "$live_pid"
until_true 5 gone "$live_pid" || fail "$ran: a second SIGINT does not end it"

# So it does where one thread does it all; the counts can be asked for.
for options in '' '--workers 0 --json -o all.json'; do
    # shellcheck disable=SC2086
    live -i va -w stopped $options
    send
    kill -USR1 "$live_pid"
    until_true 5 grep -q 'packets captured' err || fail "$ran: SIGUSR1 is not answered"
    kill -INT "$live_pid"
    until_true 10 grep -q 'the last packets are still being written' err || fail "$ran: it is not said what the end waits for: $(cat err)"
    kill -INT "$live_pid"
    until_true 5 gone "$live_pid" || fail "$ran: a second SIGINT does not end it"
done

# Interrupted again it leaves: the file is whole.
sent=0
live -i va --workers 1 --json=packets -o pipe -w left.pcap
send
kill -INT "$live_pid"
until_true 10 grep -q 'still being written' err || fail "$ran: it is not said what the end waits for: $(cat err)"
kill -INT "$live_pid"
until_true 5 gone "$live_pid" || fail "$ran: a second SIGINT does not end it"
[[ $(packets_of left.pcap) == "$sent" ]] || fail "$ran: $(packets_of left.pcap) packets of $sent"
done_testing
