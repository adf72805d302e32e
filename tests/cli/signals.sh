#!/usr/bin/env bash
# An interrupt ends a run in order: flows are written and the exit code is 0.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
set -m # else background jobs ignore SIGINT

mkfifo pipe
for signal in INT TERM HUP; do
    for workers in 0 2; do
        "$TAPLIGHT" -r pipe --json --workers $workers >out 2>err &
        program=$!
        exec 3<>pipe # does not wait for a reader
        capture 20 >&3
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
done_testing
