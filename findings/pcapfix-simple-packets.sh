#!/usr/bin/env bash
# pcapfix 1.1.7 (Debian 12) takes valid Simple Packet Blocks of pcapng for damaged and writes a file that cannot be read.
#
# Input: a section, an interface and Simple Packet Blocks (pcapng, section 4.4) whose packets of 46 bytes are padded to
# a multiple of four, as the format demands. Expected: "Nothing to fix". Seen: block lengths without the padding are
# written in place of the right ones, and the total lengths at both ends of a block then differ.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download pcapfix=1.1.7-2 >/dev/null
dpkg -x pcapfix_*.deb .

cat >blocks.py <<'END'
import struct, sys
def block(kind, body):
    body += bytes(-len(body) % 4)
    n = 12 + len(body)
    return struct.pack("<II", kind, n) + body + struct.pack("<I", n)
def check(name):
    data, at = open(name, "rb").read(), 0
    while at + 12 <= len(data):
        n = struct.unpack_from("<I", data, at + 4)[0]
        if n % 4 or at + n > len(data) or struct.unpack_from("<I", data, at + n - 4)[0] != n:
            return "block at %d has two lengths" % at
        at += n
    return "good"
if len(sys.argv) > 1:
    print(check(sys.argv[1]))
else:
    packet = struct.pack("<I", 46) + bytes(46)
    open("simple.pcapng", "wb").write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) +
                                      block(1, struct.pack("<HHI", 1, 0, 0)) + block(3, packet) * 3)
END
python3 blocks.py
before=$(python3 blocks.py simple.pcapng)
line=$(usr/bin/pcapfix simple.pcapng | grep -E 'Nothing to fix|SUCCESS' || true)
after=$(python3 blocks.py fixed_simple.pcapng)
echo "before: $before; pcapfix: $line; after: $after"
[[ $before == good && $line == *SUCCESS* && $after == *'two lengths'* ]]
