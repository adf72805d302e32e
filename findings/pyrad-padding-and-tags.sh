#!/usr/bin/env bash
# pyrad 2.1 (Debian 12, python3-pyrad) refuses a RADIUS datagram with padding, and reads a tag as part of a number.
#
# Input: a request of 32 octets with User-Name and a Tunnel-Type of L2TP, 3, with tag 1; and the same with two octets more in the
# datagram. Expected: Tunnel-Type 3, as its first octet is the tag and the other three the value (RFC 2868, section 3.1), and the
# same request from the second, as octets outside the Length "MUST be treated as padding and ignored on reception" (RFC 2865,
# section 3). Seen: 16777219, although the dictionary has has_tag for the attribute, and "Packet has invalid length".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download python3-pyrad=2.1-3 python3-netaddr=0.8.0-2 python3-six=1.16.0-4 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done

cat >try.py <<'END'
import struct
from pyrad import dictionary, packet
with open("dictionary", "w") as f:
    f.write("ATTRIBUTE User-Name 1 string\nATTRIBUTE Tunnel-Type 64 integer has_tag\n")
names = dictionary.Dictionary("dictionary")
attributes = bytes([1, 6]) + b"anna" + bytes([64, 6, 1, 0, 0, 3])
request = struct.pack(">BBH16s", 1, 7, 20 + len(attributes), b"x" * 16) + attributes
print(*packet.Packet(packet=request, dict=names)["Tunnel-Type"])
try:
    packet.Packet(packet=request + b"\0\0", dict=names)
except packet.PacketError as error:
    print(error)
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == "16777219
Packet has invalid length" ]]
