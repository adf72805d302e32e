#!/usr/bin/env bash
# ssldump 1.5 (Debian 12) puts the GREASE values of a TLS hello into its JA3 fingerprint.
#
# Input: two client hellos that are the same but for GREASE (RFC 8701): the second has a GREASE cipher suite, extension and group
# in front, as browsers choose anew for each connection; then ssldump -j. Expected: one fingerprint for both, as "JA3 ignores
# these values completely to ensure that programs utilizing GREASE can still be identified with a single JA3 hash" (README of
# JA3). Seen: the second has 2570, 6682 and 10794 in ja3_str and another ja3_fp. One browser has as many fingerprints as there
# are choices, and none of them is in a list that another program made.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# ssldump, and those of its libraries that this machine does not have.
missing=$(apt-get install -s --no-install-recommends ssldump=1.5-1 | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vx ssldump || true)
# shellcheck disable=SC2086 # names of packages
apt-get download ssldump=1.5-1 $missing >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done

python3 - <<'END'
import struct
def checksum(b):
    b += b"\0" * (len(b) % 2)
    total = sum(struct.unpack(">%dH" % (len(b) // 2), b))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack(">H", 0xFFFF - total)
def frame(source, target, ports, seq, ack, flags, data=b""):
    tcp = struct.pack(">HHIIBBHHH", *ports, seq, ack, 0x50, flags, 64000, 0, 0) + data
    tcp = tcp[:16] + checksum(source + target + struct.pack(">BBH", 0, 6, len(tcp)) + tcp) + tcp[18:]
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0, source, target)
    return b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + ip[:10] + checksum(ip) + ip[12:] + tcp
def words(numbers):
    return struct.pack(">%dH" % (len(numbers) + 1), 2 * len(numbers), *numbers)
def hello(ciphers, extensions):
    block = b"".join(struct.pack(">HH", kind, len(data)) + data for kind, data in extensions)
    body = b"\3\3" + b"\1" * 32 + b"\0" + words(ciphers) + b"\1\0" + struct.pack(">H", len(block)) + block
    return b"\x16\3\1" + struct.pack(">HBBH", len(body) + 4, 1, 0, len(body)) + body
name = (0, b"\0\x0e\0\0\x0bexample.com")
plain = hello([0x1301, 0xC02F], [name, (10, words([29, 23])), (11, b"\1\0")])
grease = hello([0x0A0A, 0x1301, 0xC02F], [(0x1A1A, b""), name, (10, words([0x2A2A, 29, 23])), (11, b"\1\0")])
client, server, frames = b"\xc0\0\2\1", b"\xc0\0\2\2", []
for port, data in (50000, plain), (50001, grease):
    there, back, end = (port, 443), (443, port), 101 + len(data)
    frames += [frame(client, server, there, 100, 0, 2), frame(server, client, back, 200, 101, 0x12),
               frame(client, server, there, 101, 201, 0x10), frame(client, server, there, 101, 201, 0x18, data),
               frame(server, client, back, 201, end, 0x11), frame(client, server, there, end, 202, 0x11)]
with open("hellos.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    for i, data in enumerate(frames):
        f.write(struct.pack("<IIII", 1700000000 + i, 0, len(data), len(data)) + data)
END

seen=$(LD_LIBRARY_PATH=$(echo usr/lib/*-linux-gnu) usr/sbin/ssldump -j -n -r hellos.pcap 2>/dev/null |
    grep -oE '"ja3_str": *"[^"]*"' | cut -d '"' -f 4)
echo "$seen"
[[ $seen == $'771,4865-49199,0-10-11,29-23,0\n771,2570-4865-49199,6682-0-10-11,10794-29-23,0' ]]
