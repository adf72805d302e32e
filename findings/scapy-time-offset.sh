#!/usr/bin/env bash
# scapy 2.5.0 (Debian 12, python3-scapy) does not add the time offset of a pcapng interface (if_tsoffset).
#
# Input: a pcapng file whose interface has if_tsoffset 1,700,000,000, as files have that count from the start of the capture, and a
# packet 5 s after it. pcapng section 4.2: the offset "must be added to each packet's timestamp". Seen: 5 s after 1970, where
# tcpdump 4.99 and tshark 4.0 show the year 2023.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download python3-scapy=2.5.0+dfsg-2 >/dev/null
dpkg -x python3-scapy_*.deb .

seen=$(HOME=$work PYTHONPATH=usr/lib/python3/dist-packages python3 - 2>/dev/null <<'END'
import io, struct
from scapy.utils import rdpcap

def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

data = b"\2\0\0\0\0\2\2\0\0\0\0\1\x88\xb5" + b"experimental EtherType"
time = 5 * 10**6
capture = (block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) +
           block(1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HHq", 14, 8, 1700000000) + struct.pack("<HH", 0, 0)) +
           block(6, struct.pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(data), len(data)) + data))
for packet in rdpcap(io.BytesIO(capture)):
    print(packet.time)
END
)
echo "$seen"
[[ $seen == 5 || $seen == 5.0 ]]
