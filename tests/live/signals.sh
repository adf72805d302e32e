#!/usr/bin/env bash
# Each signal does what it should, and nothing that was captured is lost.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs ping
: "${SENDER:?the program that sends}"

for signal in INT TERM; do
    live -i va -w $signal.pcap --json -o $signal.json
    ping_b 20
    live_ends $signal
    rc_is 0
    grep -q '40 packets captured, 40 received by filter, 0 dropped by kernel, 0 dropped by interface' err ||
        fail "$ran, SIG$signal: no counts: $(cat err)"
    [[ $(packets_of $signal.pcap) == 40 ]] || fail "SIG$signal: $(packets_of $signal.pcap) packets in the file, not 40"
    tail -n 1 $signal.json | grep -q '"_path":"stats".*"dropped_kernel":0,"dropped_interface":0,"dropped_ring":0.*"mem_bytes":' ||
        fail "SIG$signal: no stats with drops and memory: $(tail -n 1 $signal.json)"
    grep -q '"orig_pkts":20' $signal.json || fail "SIG$signal: the flow was not written"
done

# SIGUSR1: the counts, as often as they are asked for.
live -i va --json -o usr.json
ping_b 5
for count in 1 2; do
    kill -USR1 "$live_pid"
    # shellcheck disable=SC2016
    until_true 10 bash -c '(($(grep -c "10 packets captured" err) >= '$count'))' || fail "SIGUSR1 is not answered: $(cat err)"
done

# SIGHUP without a terminal: files that were moved away are begun anew, others go on.
kill -HUP "$live_pid"
mv usr.json usr.old
kill -HUP "$live_pid"
until_true 10 test -e usr.json || fail 'SIGHUP: -o is not begun anew'
live_ends INT
rc_is 0
grep -q '"_path":"meta"' usr.old || fail 'SIGHUP: what was written before is lost'
grep -q '"_path":"stats"' usr.json || fail 'SIGHUP: the end is not in the new file'

live -i va -w hup.pcap
ping_b 5
until_true 10 holds hup.pcap 10 || fail 'written packets do not come out while it runs'
kill -HUP "$live_pid"
sleep 0.3
mv hup.pcap hup.old
kill -HUP "$live_pid"
until_true 10 test -s hup.pcap || fail 'SIGHUP: -w is not begun anew'
ping_b 3
live_ends TERM
[[ $(packets_of hup.old) == 10 && $(packets_of hup.pcap) == 6 ]] ||
    fail "SIGHUP: $(packets_of hup.old) and $(packets_of hup.pcap) packets, not 10 and 6"

# SIGKILL: what was flushed can be read, whole packets only.
for options in '' -U; do
    # shellcheck disable=SC2086
    live -i va -w kill.pcapng $options
    ping_b 50
    until_true 10 holds kill.pcapng 100 || fail "$ran: $(packets_of kill.pcapng) packets of 100 come out"
    live_ends KILL
    run -r kill.pcapng --count
    rc_is 0
done

# In the middle of traffic: nothing of a packet that was only half written, and all but the last tenths of a second.
for file in busy.pcap busy.pcapng; do
    live -i va -w $file
    in_b "$SENDER" vb 20000 3000 500 >/dev/null &
    sender=$!
    until_true 20 holds $file 20000 || fail "$ran: $(packets_of $file) packets come out in the middle of traffic"
    live_ends KILL
    run -r $file --count
    rc_is 0
    (($(cat out) >= 20000)) || fail "$ran: $(cat out) packets are left"
    wait $sender
done

# Whoever read the records has left: the run ends, quietly.
ran='taplight --json | head -n 1' rc=0
ip netns exec $a "$TAPLIGHT" -q -i va --json 2>err | head -n 1 >out &
reader=$!
started+=("$reader")
until_true 20 test -s out || fail "$ran: no record"
ends() { ping_b 1; gone "$reader"; }
until_true 20 ends || fail "$ran: does not end"
quiet_is
done_testing
