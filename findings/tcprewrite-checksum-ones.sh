#!/usr/bin/env bash
# tcprewrite 4.4.3 (Debian 12, tcpreplay) with -C, "Force recalculation of IPv4/TCP/UDP header checksums", takes the checksum off
# a UDP packet whose right checksum is ffff.
#
# Input: a correct packet of IPv4 and one of IPv6, whose sums come to zero. RFC 768: "If the computed checksum is zero, it is
# transmitted as all ones"; zero on the wire says that there is none. Expected: ffff, as in the input. Seen: 0000 in both. In IPv6
# that is no valid packet, and receivers discard it (RFC 8200 section 8.1). About one packet in 65,535 is such a one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download tcpreplay=4.4.3-1 libdumbnet1=1.16.3-1 libpcap0.8=1.10.3-1 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done

python3 - <<'END'
import struct
ports, text = (40000, 9999), b"hello world!"
def folded(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total
def udp(source, destination, pseudo):
    length = 8 + len(text) + 2
    header = struct.pack(">HHH", *ports, length)
    # The last two bytes make the sum ffff, whose complement is zero.
    last = 0xFFFF - folded(source + destination + pseudo(length) + header + text)
    return header + b"\xff\xff" + text + struct.pack(">H", last)
a, b = b"\xc0\0\2\1", b"\xc0\0\2\2"
body = udp(a, b, lambda length: struct.pack(">HH", 17, length))
head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0) + a + b
ipv4 = head[:10] + struct.pack(">H", 0xFFFF - folded(head)) + head[12:] + body
a, b = [bytes.fromhex("20010db8") + bytes(11) + last for last in (b"\1", b"\2")]
body = udp(a, b, lambda length: struct.pack(">IHBB", length, 0, 0, 17))
ipv6 = struct.pack(">IHBB", 6 << 28, len(body), 17, 64) + a + b + body
with open("input.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    for i, (ethertype, data) in enumerate([(b"\x08\0", ipv4), (b"\x86\xdd", ipv6)]):
        data = b"\2\0\0\0\0\2\2\0\0\0\0\1" + ethertype + data
        f.write(struct.pack("<IIII", 1700000000 + i, 0, len(data), len(data)) + data)
END

LD_LIBRARY_PATH=$(echo usr/lib/*-linux-gnu) usr/bin/tcprewrite -C -i input.pcap -o output.pcap
# The checksums are at the end of the headers: file 24, packet 16, Ethernet 14, and IPv4 20, then a whole packet and IPv6 40.
checksums() {
    for offset in $((24 + 16 + 14 + 20 + 6)) $((24 + 16 + 56 + 16 + 14 + 40 + 6)); do
        od -An -tx1 -j $offset -N 2 "$1"
    done | tr -d '\n'
}
echo "before:$(checksums input.pcap), after:$(checksums output.pcap)"
[[ $(checksums input.pcap) == " ff ff ff ff" && $(checksums output.pcap) == " 00 00 00 00" ]]
