#!/usr/bin/env bash
# tcpslice 1.5 (Debian 12) cuts the nanoseconds off the times of a capture, and says nothing.
#
# Input: a pcap file with nanoseconds (magic a1b23c4d), of two packets 9 ns apart; tcpslice -w OUT IN, which copies all of it
# ("extracts portions of packet-trace files"). Seen: the copy is a file with microseconds, both packets have the same time, and
# so have the pieces of a trace that is glued together. tcpdump keeps them with --time-stamp-precision=nano.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download tcpslice=1.5-1 >/dev/null
dpkg -x tcpslice_*.deb .

python3 - <<'END'
import struct
data = b"\2\0\0\0\0\2\2\0\0\0\0\1\x88\xb5" + b"experimental EtherType"
with open("nano.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
    for ns in [123456780, 123456789]:
        f.write(struct.pack("<IIII", 1700000000, ns, len(data), len(data)) + data)
END

usr/bin/tcpslice -w copy.pcap nano.pcap
magic=$(od -An -tx4 -N 4 copy.pcap | tr -d ' ')
first=$(od -An -tu4 -j 28 -N 4 copy.pcap | tr -d ' ') second=$(od -An -tu4 -j $((28 + 16 + 36)) -N 4 copy.pcap | tr -d ' ')
echo "magic $magic, fractions $first and $second"
[[ $magic == a1b2c3d4 && $first == 123456 && $second == 123456 ]]
