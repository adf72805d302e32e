#!/usr/bin/env bash
# Searching, gathering packets and saving records stay within --mem: they use hardly more memory than reading.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
if [[ -n ${SANITIZED-} ]] || ! command -v python3 >/dev/null; then
    echo 'skipped: needs python3, and a build without sanitizers, which take memory of their own'
    exit 77
fi
python3 - >flows.pcap <<'END'
import struct, sys
out = sys.stdout.buffer
out.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
for i in range(160000):
    data = b"flow %06d" % i
    packet = bytes([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]) + struct.pack(
        ">BBHHHBBHBBHBBBBHHHH", 0x45, 0, 28 + len(data), 0, 0, 64, 17, 0, 10, 1, i & 65535, 10, 2, 0, 1,
        1024 + (i >> 16), 9999, 8 + len(data), 0) + data
    out.write(struct.pack("<IIII", 1700000000 + i // 100000, i % 100000 * 10, len(packet), len(packet)) + packet)
END

view_pid() { pgrep -P "$(view_tmux list-panes -F '#{pane_pid}')" -x taplight; }
peak() { awk '/^VmHWM:/ { print $2 }' "/proc/$(view_pid)/status"; }
open 120 40 -r flows.pcap --mem 16M
shows ' 160000 packets'
hides 'reading'
before=$(peak)
keys / 'nowhere at all' Enter
shows 'not found: nowhere at all'
keys '&' UDP Enter
shows 'lines with "UDP": [0-9]+/[0-9]+ '
keys w a Enter all.json Enter
shows 'saved: all\.json'
after=$(peak)
((after - before < 8192)) || fail "the memory grew from $before to $after KiB"
keys q
ended 0
done_testing
