#!/usr/bin/env bash
# --immediate: while the program stands still, the kernel's buffer takes 8,000 packets and drops none; the status line
# says what was chosen.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs python3

cat >burst.py <<'END'
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("vb", 0))
for i in range(8000):
    s.send(bytes([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5]) + i.to_bytes(4, "big") + bytes(i % 1400 + 42))
END

# holds_burst LINE ARGUMENTS...: LINE is a part of the status line.
holds_burst() {
    local due=$1
    shift
    live --immediate -w burst.pcap "$@"
    grep -q -- "$due" err || fail "$ran: no '$due' in: $(cat err)"
    kill -STOP "$live_pid"
    in_b python3 burst.py
    kill -CONT "$live_pid"
    live_ends INT
    rc_is 0
    grep -q ' 0 dropped by kernel' err || fail "$ran: $(grep dropped err)"
    run -r burst.pcap --count 'ether proto 0x88b5'
    [[ $(cat out) == 8000 ]] || fail "$ran: $(cat out) packets, not 8000"
}
holds_burst 'buffer of 128 MiB has room for 8192 packets of at most 16256 bytes' -i va
holds_burst 'buffer of 128 MiB has room for 8192 packets of at most 16256 bytes' -i any
holds_burst 'buffer of 16 MiB has room for 32768 packets of at most 96 bytes' -i va -s 96
holds_burst 'buffer of 16 MiB has room for 8192 packets of at most 1920 bytes' -i va -B 16M
holds_burst 'buffer of 64 MiB has room for 8192 packets of at most 8064 bytes' -i any -B 64M
holds_burst 'buffer of 128 MiB has room for 8192 packets of at most 9000 bytes' -i va -s 9000
holds_burst 'buffer of 128 MiB has room for 8192 packets of at most 16256 bytes' -i va -i lo

# Both given: they count, and the line says that they are small.
live --immediate -i va -B 1M -s 65535
grep -q 'buffer of 1 MiB has room for 8 packets of at most 65535 bytes: leave out -B or -s' err || fail "-B -s: $(cat err)"
live_ends INT
rc=0 ran='taplight -i va --immediate -B 2M'
in_a "$TAPLIGHT" -i va --immediate -B 2M >out 2>err || rc=$?
rc_is 2
error_is 'give -B 4M or more'
done_testing
