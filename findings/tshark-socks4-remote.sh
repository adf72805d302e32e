#!/usr/bin/env bash
# tshark 4.0.17 (Debian 12): in packets that go through a SOCKS 4 proxy, socks.dst ("Remote Address") is the first four bytes of
# the request, not its address.
#
# Input: a SOCKS 4 request for 192.0.2.25, port 443, its reply, and a packet of each side after that. Expected: 192.0.2.25 in all
# of them, as in request and reply. Seen: 4.1.1.187, which is version 4, command 1 and the port 443 (0x01bb), for the packets
# after the reply; the port is right.
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
tshark() {
    HOME=$work LD_LIBRARY_PATH=$(echo usr/lib/*-linux-gnu) usr/bin/tshark -n -r input.pcap "$@" 2>/dev/null
}

python3 - <<'END'
import struct
ends, frames, seq = (b"\x0a\0\0\1", b"\x0a\0\0\2"), [], [1000, 5000]


def tcp(side, flags, data=b""):
    ports = ((40000, 1080), (1080, 40000))[side]
    segment = struct.pack(">HHIIBBHHH", *ports, seq[side], seq[1 - side] if flags & 0x10 else 0, 0x50, flags, 8192, 0, 0) + data
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), 1, 0, 64, 6, 0) + ends[side] + ends[1 - side]
    frames.append(b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + ip + segment)
    seq[side] += len(data) + (flags >> 1 & 1)


for side, flags, data in ((0, 0x02, b""), (1, 0x12, b""), (0, 0x10, b""), (0, 0x18, b"\4\1\1\xbb\xc0\0\2\x19\0"),
                          (1, 0x18, b"\0\x5a\1\xbb\xc0\0\2\x19"), (0, 0x18, b"to the server\n"), (1, 0x18, b"to the client\n")):
    tcp(side, flags, data)
with open("input.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    for i, frame in enumerate(frames):
        f.write(struct.pack("<IIII", 1700000000, i * 1000, len(frame), len(frame)) + frame)
END

seen=$(tshark -T fields -e socks.dst | tr '\n' ' ')
echo "socks.dst by packet: $seen"
[[ $seen == '   192.0.2.25 192.0.2.25 4.1.1.187 4.1.1.187 ' ]]
