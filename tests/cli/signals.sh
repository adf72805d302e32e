#!/usr/bin/env bash
# An interrupt ends a run in order: flows are written and the exit code is 0.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
set -m # else background jobs ignore SIGINT

mkfifo pipe
capture 20 >twenty.pcap
for signal in INT TERM HUP; do
    for workers in 0 2; do
        "$TAPLIGHT" -r pipe --json --workers $workers >out 2>err &
        program=$!
        exec 3<>pipe # does not wait for a reader
        cat twenty.pcap >&3
        sleep 0.4 # until it has read everything and waits for more
        kill -$signal $program
        for ((i = 0; i < 100; i++)); do
            kill -0 $program 2>/dev/null || break
            sleep 0.05
        done
        ((i < 100)) || fail "SIG$signal, $workers workers: still waits for input"
        exec 3>&-
        rc=0 ran="taplight --workers $workers, SIG$signal"
        wait $program || rc=$?
        rc_is 0
        quiet_is
        tail -n 1 out | grep -q '"_path":"stats"' || fail "$ran: the records do not end with stats"
    done
done

# Before any input arrives.
"$TAPLIGHT" -r pipe --json >out 2>err &
program=$!
sleep 0.3
kill -TERM $program
rc=0 ran='taplight, SIGTERM before the input opens'
wait $program || rc=$?
rc_is 0

# waits_for_signal OPTIONS...: starts a run that has read 20 packets and waits for more.
waits_for_signal() {
    "$TAPLIGHT" -r pipe "$@" >out 2>err &
    program=$!
    exec 3<>pipe
    cat twenty.pcap >&3
    sleep 0.4
}
ended() {
    for ((i = 0; i < 100; i++)); do kill -0 $program 2>/dev/null || break; sleep 0.05; done
    ((i < 100)) || { fail "$ran: does not end"; kill -KILL $program; }
    exec 3>&-
    rc=0
    wait $program || rc=$?
}

# The same signal twice within a second is one signal: timeout(1) signals a process and then its group.
for signal in INT TERM HUP; do
    for gap in 0 0.001 0.02; do
        for options in --json --text '--json=packets --workers 0' '-w packets.pcap'; do
            rm -f packets.pcap
            # shellcheck disable=SC2086
            waits_for_signal $options
            kill -$signal $program
            sleep $gap
            kill -$signal $program 2>/dev/null
            ran="taplight $options, SIG$signal twice, $gap s apart"
            ended
            rc_is 0
            quiet_is
            case $options in
            --json) tail -n 1 out | grep -q '"_path":"stats"' || fail "$ran: the records do not end with stats" ;;
            -w*) [[ $("$TAPLIGHT" -q -r packets.pcap --count) == 20 ]] || fail "$ran: packets are lost" ;;
            *) (($(wc -l <out) == 20)) || fail "$ran: $(wc -l <out) lines, not 20" ;;
            esac
        done
    done
done

# A run whose reader stalls is ended by the same signal after a second, and by another one at once.
long_capture 13 >long.pcap
for signals in 'INT 1.2 INT' 'TERM 1.2 TERM' 'INT 0.1 TERM' 'TERM 0.1 INT'; do
    read -r one gap two <<<"$signals"
    mkfifo stalled
    exec 4<>stalled
    "$TAPLIGHT" -r long.pcap -r pipe --json=packets >stalled 2>err &
    program=$!
    exec 3<>pipe
    pcap_header >&3
    sleep 0.5
    kill -$one $program
    sleep 0.1
    kill -$one $program 2>/dev/null
    sleep 0.3
    kill -0 $program 2>/dev/null || fail "SIG$one twice at once: the run does not wait for its reader"
    sleep "$gap"
    kill -$two $program
    ran="a stalled run, SIG$one, then SIG$two"
    ended
    ((rc > 128)) || fail "$ran: exit code $rc"
    exec 4>&-
    rm stalled
done

# Waits until process $1 handles SIGINT: before that, the job below ignores it.
handles_sigint() {
    local i mask
    for ((i = 0; i < 200; i++)); do
        mask=$(awk '/^SigCgt/ { print $2 }' "/proc/$1/status" 2>/dev/null)
        ((16#${mask:-0} & 2)) && return
        sleep 0.05
    done
}

# A job that a script starts in the background ignores SIGINT: kill -INT ends it nevertheless, as it ends tcpdump.
for options in --json '--text --workers 0'; do
    cat >script.sh <<'END'
"$TAPLIGHT" -r pipe "$@" >out 2>err &
echo $! >pid
wait $!
echo $? >code
END
    # shellcheck disable=SC2086
    setsid bash script.sh $options &
    script=$!
    exec 3<>pipe
    cat twenty.pcap >&3
    for ((i = 0; i < 200; i++)); do [[ ! -s pid ]] || break; sleep 0.05; done
    handles_sigint "$(cat pid)"
    sleep 0.6
    kill -INT "$(cat pid)"
    for ((i = 0; i < 100; i++)); do [[ ! -s code ]] || break; sleep 0.05; done
    ran="a background job, $options, SIGINT"
    [[ $(cat code 2>/dev/null) == 0 ]] || fail "$ran: does not end with exit code 0"
    [[ -s code ]] || kill "$(cat pid)"
    (($(wc -l <out) > 1)) || fail "$ran: no output"
    exec 3>&-
    wait $script
    rm -f code pid
done

# nohup: SIGHUP stays ignored.
(trap '' HUP; exec "$TAPLIGHT" -r pipe --text >out 2>err) &
program=$!
exec 3<>pipe
cat twenty.pcap >&3
sleep 0.4
kill -HUP $program
sleep 0.4
kill -0 $program 2>/dev/null || fail 'SIGHUP that was ignored at the start ends the run'
kill -TERM $program
ran='a run without SIGHUP, SIGTERM'
ended
rc_is 0
done_testing
