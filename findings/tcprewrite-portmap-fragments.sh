#!/usr/bin/env bash
# tcprewrite 4.4.3 (Debian 12, tcpreplay) with --portmap, "Rewrite TCP/UDP ports", rewrites the payload of IP fragments.
#
# Input: a UDP datagram from port 40000 to port 9999 in two fragments, the second of which begins with the number 9999 in two
# bytes. Only the first fragment has ports; the offset of the other says that it holds what follows (RFC 791 section 3.2).
# Expected of --portmap=9999:7777: the port is another one, the text is the same. Seen: the number in the text is 7777 as well.
# The checksum in the first fragment is mended for the port alone, so that the datagram is discarded once it is put together.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download tcpreplay=4.4.3-1 libdumbnet1=1.16.3-1 libpcap0.8=1.10.3-1 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done

python3 - <<'END'
import struct
def folded(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total
a, b = b"\xc0\0\2\1", b"\xc0\0\2\2"
text = b"first part of 16" + struct.pack(">H", 9999) + b"and the rest of it"
length = 8 + len(text)
header = struct.pack(">HHH", 40000, 9999, length)
checksum = 0xFFFF - folded(a + b + struct.pack(">HH", 17, length) + header + text)
datagram = header + struct.pack(">H", checksum) + text
with open("input.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    for offset, part in [(0x2000, datagram[:24]), (3, datagram[24:])]:
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(part), 7, offset, 64, 17, 0) + a + b
        head = head[:10] + struct.pack(">H", 0xFFFF - folded(head)) + head[12:]
        data = b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + head + part
        f.write(struct.pack("<IIII", 1700000000, offset, len(data), len(data)) + data)
END

LD_LIBRARY_PATH=$(echo usr/lib/*-linux-gnu) usr/bin/tcprewrite --portmap=9999:7777 -i input.pcap -o output.pcap
port=$(od -An -tu1 -j $((24 + 16 + 14 + 20 + 2)) -N 2 output.pcap)
text=$(od -An -tu1 -j $((24 + 16 + 58 + 16 + 14 + 20)) -N 2 output.pcap)
echo "port:$port, text:$text (9999 is 39 15, 7777 is 30 97)"
[[ $port == "  30  97" && $text == "  30  97" ]]
