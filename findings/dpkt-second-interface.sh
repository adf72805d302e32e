#!/usr/bin/env bash
# dpkt 1.9.8 (Debian 12, python3-dpkt) reads every packet of a pcapng file with the time unit of the first interface.
#
# Input: a pcapng file with two interfaces, one with microseconds (if_tsresol 6), one with nanoseconds (9), as `dumpcap -i a -i b`
# writes it, with a packet of each, a quarter of a second apart. pcapng section 4.2: if_tsresol holds for the packets of its
# interface. Seen: the second packet is of the year 55,841.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download python3-dpkt=1.9.8-1 >/dev/null
dpkg -x python3-dpkt_*.deb .

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 - <<'END'
import io, struct
import dpkt

def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

def interface(unit):
    return block(1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HHBxxx", 9, 1, unit) + struct.pack("<HH", 0, 0))

def packet(index, time):
    data = b"\2\0\0\0\0\2\2\0\0\0\0\1\x88\xb5" + b"experimental EtherType"
    return block(6, struct.pack("<IIIII", index, time >> 32, time & 0xFFFFFFFF, len(data), len(data)) + data)

header = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
capture = (header + interface(6) + interface(9) + packet(0, 1700000000_250000) + packet(1, 1700000000_500000000))
for time, data in dpkt.pcapng.Reader(io.BytesIO(capture)):
    print(time)
END
)
echo "$seen"
[[ $seen == $'1700000000.25\n1700000000500.0' ]]
