#!/usr/bin/env bash
# Each signal has its effect, and no captured packet is lost.
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

# timeout(1) signals the process and then its group; so the signal may come twice.
for signal in INT TERM; do
    for file in timed.pcap timed.pcapng; do
        rm -f $file
        ran="timeout -s $signal taplight -w $file"
        ip netns exec $a timeout -s $signal 2 "$TAPLIGHT" -i va --json -o timed.json -w $file >out 2>err </dev/null &
        timed=$!
        until_true 20 grep -q 'capturing on' err || fail "$ran: does not start"
        ping_b 20
        wait $timed
        grep -q '40 packets captured' err || fail "$ran: no counts: $(cat err)"
        [[ $(packets_of $file) == 40 ]] || fail "$ran: $(packets_of $file) packets in the file, not 40"
        tail -n 1 timed.json | grep -q '"_path":"stats"' || fail "$ran: no stats"
    done
done

# A job that a script started in the background, for which the shell ignores SIGINT.
ran='a background job'
: >err
cat >job.sh <<'END'
setsid "$TAPLIGHT" -i va -w job.pcap 2>err </dev/null &
echo $! >job.pid
wait $!
echo $? >job.rc
END
ip netns exec $a bash job.sh &
script=$!
until_true 20 grep -q 'capturing on' err || fail "$ran: does not start: $(cat err)"
ping_b 20
kill -INT "$(cat job.pid)"
until_true 20 test -s job.rc || { fail "$ran: SIGINT does not end it"; kill "$(cat job.pid)"; }
wait $script
[[ $(cat job.rc) == 0 && $(packets_of job.pcap) == 40 ]] ||
    fail "$ran: exit code $(cat job.rc), $(packets_of job.pcap) packets"

# SIGUSR1 prints the counters each time.
live -i va --json -o usr.json
ping_b 5
for count in 1 2; do
    kill -USR1 "$live_pid"
    # shellcheck disable=SC2016
    until_true 10 bash -c '(($(grep -c "10 packets captured" err) >= '$count'))' ||
        fail "SIGUSR1 is not answered: $(cat err)"
done

# SIGHUP without a terminal: moved files are created again, others are continued.
kill -HUP "$live_pid"
mv usr.json usr.old
kill -HUP "$live_pid"
until_true 10 test -e usr.json || fail 'SIGHUP: -o is not created again'
live_ends INT
rc_is 0
grep -q '"_path":"meta"' usr.old || fail 'SIGHUP: what was written before is lost'
grep -q '"_path":"stats"' usr.json || fail 'SIGHUP: the end is not in the new file'

live -i va -w hup.pcap
ping_b 5
until_true 10 holds hup.pcap 10 || fail 'packets are not flushed during the run'
kill -HUP "$live_pid"
sleep 0.3
mv hup.pcap hup.old
kill -HUP "$live_pid"
until_true 10 test -s hup.pcap || fail 'SIGHUP: -w is not created again'
ping_b 3
live_ends TERM
[[ $(packets_of hup.old) == 10 && $(packets_of hup.pcap) == 6 ]] ||
    fail "SIGHUP: $(packets_of hup.old) and $(packets_of hup.pcap) packets, not 10 and 6"

# SIGKILL: flushed data is readable and ends with a whole packet.
for options in '' -U; do
    # shellcheck disable=SC2086
    live -i va -w kill.pcapng $options
    ping_b 50
    until_true 10 holds kill.pcapng 100 || fail "$ran: $(packets_of kill.pcapng) of 100 packets flushed"
    live_ends KILL
    run -r kill.pcapng --count
    rc_is 0
done

# During traffic: no partial packet, and only the last tenths of a second are missing.
for file in busy.pcap busy.pcapng; do
    live -i va -w $file
    in_b "$SENDER" vb 20000 3000 500 >/dev/null &
    sender=$!
    until_true 20 holds $file 20000 || fail "$ran: $(packets_of $file) packets flushed during traffic"
    live_ends KILL
    run -r $file --count
    rc_is 0
    (($(cat out) >= 20000)) || fail "$ran: $(cat out) packets are left"
    wait $sender
done

# The reader of the records leaves: the run ends without a message.
ran='taplight --json | head -n 1' rc=0
ip netns exec $a "$TAPLIGHT" -q -i va --json 2>err | head -n 1 >out &
reader=$!
started+=("$reader")
until_true 20 test -s out || fail "$ran: no record"
ends() { ping_b 1; gone "$reader"; }
until_true 20 ends || fail "$ran: does not end"
quiet_is
done_testing
