#!/usr/bin/env bash
# os-ken 2.5.0 (Debian 12, python3-os-ken) writes a GRE checksum that covers the GRE header alone.
#
# Input: two packets that differ in what GRE carries. RFC 2784, section 2.3: "The Checksum field contains the IP (one's complement)
# checksum sum of the all the 16 bit words in the GRE header and the payload packet." Expected: two checksums, and a sum of
# ffff over header and payload. Seen: the same checksum for both, 77ff, and sums that are wrong.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -y --no-install-recommends --download-only -o Dir::Cache::archives="$work/debs" -o Debug::NoLocking=1 \
    python3-os-ken=2.5.0-2 >/dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" .; done

cat >try.py <<'END'
import struct
from os_ken.lib.packet import gre, ipv4, packet, udp

def total(octets):
    value = sum(struct.unpack(">%dH" % (len(octets) // 2), octets))
    while value >> 16:
        value = (value & 0xffff) + (value >> 16)
    return value

for body in b"hello!", b"world!":
    p = packet.Packet()
    for layer in (ipv4.ipv4(proto=47), gre.gre(checksum=1, protocol=0x800),
                  ipv4.ipv4(src="192.0.2.1", dst="192.0.2.2", proto=17), udp.udp(5000, 6000)):
        p.add_protocol(layer)
    p.add_protocol(body)
    p.serialize()
    octets = bytes(p.data)[20:]
    print(octets[4:6].hex(), "right" if total(octets) == 0xffff else "wrong")
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == $'77ff wrong\n77ff wrong' ]]
