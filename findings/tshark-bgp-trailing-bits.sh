#!/usr/bin/env bash
# tshark 4.0.17 (Debian 12) reads routes of BGP with a path identifier where a prefix has bits after its end.
#
# Input: a session whose OPEN messages have no capabilities, and an update with the routes 10.1.16.0/20 and 10.2.1.0/24; and the same
# session with the octets 10.1.31 for the /20. Expected: the same two routes, as "the value of trailing bits is irrelevant" (RFC
# 4271, section 4.3), and RFC 7911, section 3, has a path identifier only where both sides negotiated it. Seen: of the second
# update one route, 10.2.1.0/24 with path identifier 336199967, which is the octets 14 0a 01 1f.
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

python3 - <<'PYTHON'
import struct
def message(kind, body):
    return b"\xff" * 16 + struct.pack(">HB", 19 + len(body), kind) + body
def update(routes):
    attributes = bytes.fromhex("40010100" + "4002060202fc00fc01" + "400304c0000201")  # origin, path, next hop
    return message(2, struct.pack(">HH", 0, len(attributes)) + attributes + bytes.fromhex(routes))
start = message(1, bytes.fromhex("04fc0000b4c000020100"))
alive = message(4, b"")
for name, routes in ("plain", "140a0110" + "180a0201"), ("trailing", "140a011f" + "180a0201"):
    ends, numbers, frames = [(b"\xc0\0\2\1", 40000), (b"\xc0\0\2\2", 179)], [100, 500], []
    for side, flags, data in [(0, 2, b""), (1, 0x12, b""), (0, 0x10, b""), (0, 0x18, start), (1, 0x18, start), (0, 0x18, alive),
                              (1, 0x18, alive), (0, 0x18, update(routes))]:
        (source, port), (target, other) = ends[side], ends[1 - side]
        tcp = struct.pack(">HHIIBBHHH", port, other, numbers[side], numbers[1 - side] if flags != 2 else 0, 0x50, flags, 64000, 0, 0)
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(data), 1, 0x4000, 64, 6, 0) + source + target
        frames.append(b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + ip + tcp + data)
        numbers[side] += len(data) + (1 if flags & 2 else 0)
    with open(name + ".pcap", "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for i, data in enumerate(frames):
            f.write(struct.pack("<IIII", 1700000000 + i, 0, len(data), len(data)) + data)
PYTHON

for name in plain trailing; do
    HOME=$work LD_LIBRARY_PATH=$(echo usr/lib/*-linux-gnu) usr/bin/tshark -n -r $name.pcap -V 2>/dev/null |
        sed -n 's/^ *NLRI p\(refix\|ath id\): / /p' | tr -d '\n'
    echo
done >seen
cat seen
[[ $(<seen) == $' 10.1.16.0 10.2.1.0\n 336199967 10.2.1.0' ]]
