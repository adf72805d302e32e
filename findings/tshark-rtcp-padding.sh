#!/usr/bin/env bash
# tshark 4.0.17 (Debian 12) calls RTCP packets with padding malformed: a BYE without a reason, and a report without blocks.
#
# Input: three packets, two that end with a BYE, one with a reason and one without, and a receiver report of no blocks; and the same
# with four octets of padding, as encryption in blocks needs it. Expected: nothing is wrong, as padding octets "are not part of the
# control information but are included in the length field" (RFC 3550, section 6.4.1). Seen: packets 5 and 6 are malformed: padding
# in place of a reason is read as one, and then beyond the end, and padding in place of blocks as an extension of the profile; after
# a reason (packet 4) it is right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
version=4.0.17-0+deb12u3
# tshark, its own libraries, and those that this machine does not have.
missing=$(apt-get install -s --no-install-recommends tshark=$version | sed -n 's/^Inst \([^ ]*\).*/\1/p' |
    grep -vE '^(tshark|libwireshark16|libwiretap13|libwsutil14)$' || true)
# shellcheck disable=SC2086 # names of packages
apt-get download {tshark,libwireshark16,libwiretap13,libwsutil14}=$version $missing >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done

python3 - <<'END'
import struct
source = b"\x11\x11\x11\x11"
def rtcp(kind, count, body, padding):
    body += b"\0\0\0\4" if padding else b""
    return struct.pack(">BBH", 0x80 | (0x20 if padding else 0) | count, kind, 1 + len(body) // 4) + source + body
sender = struct.pack(">BBH", 0x80, 200, 6) + source + struct.pack(">QIII", 0xE0000000 << 32, 100, 1, 2)
name = struct.pack(">BBH", 0x81, 202, 3) + source + b"\1\2me" + b"\0\0\0\0"
packets = []
for padding in False, True:
    packets += [sender + name + rtcp(203, 1, b"\4done\0\0\0", padding), sender + name + rtcp(203, 1, b"", padding),
                rtcp(201, 0, b"", padding)]
with open("rtcp.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    for i, data in enumerate(packets):
        udp = struct.pack(">HHHH", 5005, 5007, 8 + len(data), 0) + data
        head = struct.pack(">BBHHHBB", 0x45, 0, 20 + len(udp), 1, 0, 64, 17)
        addresses = b"\xc0\0\2\1" + b"\xc0\0\2\2"
        total = sum(struct.unpack(">9H", head + addresses))
        total = (total & 0xFFFF) + (total >> 16)
        frame = b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + head + struct.pack(">H", 0xFFFF - total) + addresses + udp
        f.write(struct.pack("<IIII", 1700000000 + i, 0, len(frame), len(frame)) + frame)
END

seen=$(HOME=$work LD_LIBRARY_PATH=$(echo usr/lib/*-linux-gnu) usr/bin/tshark -n -r rtcp.pcap -d udp.port==5007,rtcp \
    -Y _ws.malformed -T fields -e frame.number -e rtcp.padding 2>/dev/null)
echo "$seen"
[[ $seen == $'5\t0,0,1\n6\t1' ]]
