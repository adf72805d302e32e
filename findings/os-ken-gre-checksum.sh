#!/usr/bin/env bash
# os-ken 2.5.0 (Debian 12, python3-os-ken) writes a checksum of GRE that leaves out what it is of.
#
# Input: an IPv4 packet in GRE with a checksum. Expected: the sum over "the GRE header and the payload packet", which is right when
# the sum of all of it is 0 (RFC 2784, section 2.3). Seen: 0x77ff, the checksum of the header alone, whatever the payload; the sum
# of all of it is not 0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# os-ken and the packages of Python that it needs and this machine does not have.
version=2.5.0-2
packages=$(apt-get install -s --no-install-recommends python3-os-ken=$version | sed -n 's/^Inst \(python3-[^ ]*\).*/\1/p' |
    grep -vx python3-os-ken || true)
# shellcheck disable=SC2086 # names of packages
apt-get download python3-os-ken=$version $packages >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done

cat >try.py <<'END'
import struct
from os_ken.lib.packet import gre, ipv4, packet, udp
def checksum(b):
    b += b"\0" * (len(b) % 2)
    total = sum(struct.unpack(">%dH" % (len(b) // 2), b))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total
for text in b"hello!", b"others":
    made = packet.Packet()
    made.add_protocol(ipv4.ipv4(src="192.0.2.1", dst="192.0.2.2", proto=47))
    made.add_protocol(gre.gre(protocol=0x800, checksum=1))
    made.add_protocol(ipv4.ipv4(src="198.51.100.1", dst="198.51.100.2", proto=17))
    made.add_protocol(udp.udp(5000, 6000))
    made.add_protocol(text)
    made.serialize()
    octets = bytes(made.data)[20:]
    print(octets[:8].hex(), "sum of the header", checksum(octets[:8]), "right as a whole", checksum(octets) == 0)
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == "8000080077ff0000 sum of the header 0 right as a whole False
8000080077ff0000 sum of the header 0 right as a whole False" ]]
