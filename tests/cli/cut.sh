#!/usr/bin/env bash
# A file that shrinks while it is read: the packets before the cut are printed, and the exit code is 4.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

# Starts the program on big.pcap with a pipe as output. The pipe is read only in part until big.pcap is cut to $2 bytes.
cut_at() {
    long_capture 18 >big.pcap # 23 MB: far more text than the pipe and all buffers hold
    "$TAPLIGHT" -r big.pcap --workers "$1" --json=packets -o pipe 2>err &
    local program=$!
    exec 3< <(timeout 60 cat pipe) # with a timeout, in case nothing is written
    head -c 100000 <&3 >first
    truncate -s "$2" big.pcap
    lines=$(($(wc -l <first) + $(wc -l <&3)))
    exec 3<&-
    rc=0 ran="taplight --workers $1 on a file that is cut to $2 bytes"
    wait $program || rc=$?
    rc_is 4
    grep -q 'example\.com' first || fail "$ran: no packets before the cut"
}

mkfifo pipe
for workers in 0 2; do
    cut_at $workers 65536 # a place already read, or about to be read
    error_is 'big\.pcap: cut short in packet [0-9]+ at byte [0-9]+: '
    packet=$(sed -n 's/.*in packet \([0-9]*\) at byte .*/\1/p' err)
    ((packet > 65536 / 87)) || fail "$ran: the cut is reported in packet ${packet:-nowhere}"
    ((lines == packet - 1)) || fail "$ran: $lines packets, the cut is in packet $packet"

    size=$((24 + 70000 * 87)) # after what was read, and between two packets
    cut_at $workers $size
    error_is "big\.pcap: cut short after packet 70000 at byte $size: the file had [0-9]+ bytes"
    ((lines == 70000)) || fail "$ran: $lines packets"

    cut_at $workers $((size + 50))
    error_is "big\.pcap: cut short in packet 70001 at byte $size: the record has 71 bytes, 34 are left"
    ((lines == 70000)) || fail "$ran: $lines packets"
done
done_testing
