#!/usr/bin/env bash
# impacket 0.10.0 (Debian 12, python3-impacket) turns every option of an IPv6 hop-by-hop header into padding.
#
# Input: a report of Multicast Listener Discovery with the Router Alert option that RFC 2710, section 3, asks for. Expected: an
# option of type 5, with the value 0 (RFC 2711, section 2.1), and the same octets when the packet is written again. Seen: two options PadN;
# written again, type 5 has become 1: the alert is gone.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download python3-impacket=0.10.0-4 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done

cat >try.py <<'END'
import struct
from impacket import ImpactDecoder
options = bytes([58, 0, 5, 2, 0, 0, 1, 0])
group = bytes.fromhex("ff020000000000000000000000000123")
report = bytes.fromhex("8300000000000000") + group
head = struct.pack(">IHBB", 0x60000000, len(options + report), 0, 1) + bytes.fromhex("fe800000000000000000000000000001") + group
read = ImpactDecoder.IP6Decoder().decode(head + options + report)
print(*(option.get_option_type() for option in read.child().get_options()))
print(options.hex(), bytes(read.get_packet())[40:48].hex())
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == "1 1
3a00050200000100 3a00010200000100" ]]
