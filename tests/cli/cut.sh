#!/usr/bin/env bash
# A file that shrinks while it is read: what was there is given, and the exit code says that it was cut.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

mkfifo pipe
for workers in 0 2; do
    long_capture 18 >big.pcap # 23 MB: far more than the pipe and all buffers hold as text
    "$TAPLIGHT" -r big.pcap --workers $workers --json=packets -o pipe 2>err &
    program=$!
    exec 3< <(timeout 60 cat pipe) # not for ever, should nobody write
    head -c 100000 <&3 >first
    truncate -s 64K big.pcap
    cat <&3 >rest
    exec 3<&-
    rc=0 ran="taplight --workers $workers on a file that is cut"
    wait $program || rc=$?
    rc_is 4
    error_is 'big\.pcap'
    grep -q 'example\.com' first || fail "$ran: nothing of what was read"
done
done_testing
