#!/usr/bin/env bash
# impacket 0.10.0 (Debian 12, python3-impacket) reads every option of an IPv6 hop-by-hop header as PadN, and loses what it had when it
# writes the packet again.
#
# Input: an MLDv1 report with the Router Alert option (type 5, value 0) that RFC 2710 (section 3) and RFC 3590 want of each.
# Expected: an option of type 5 (RFC 2711, section 2.1), and the same bytes after reading and writing; routers look at these
# packets only for this option. Seen: two PadN options (type 1), in the text and in the bytes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download python3-impacket=0.10.0-4 >/dev/null 2>&1
dpkg -x python3-impacket_*.deb .

cat >try.py <<'END'
import struct
from impacket import ImpactDecoder

options = bytes.fromhex("3a00" "05020000" "0100")
report = bytes.fromhex("83000000" "00000000" "ff020000000000000000000000000123")
header = struct.pack(">IHBB", 6 << 28, len(options) + len(report), 0, 1)
addresses = bytes.fromhex("fe800000000000000000000000000001" "ff020000000000000000000000000123")
packet = ImpactDecoder.IP6Decoder().decode(header + addresses + options + report)
print("read", *[line.split(":")[1].strip() for line in str(packet.child()).splitlines() if "Option Type" in line])
print("written", packet.get_packet()[40:48].hex(), "for", options.hex())
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == $'read 1 1\nwritten 3a00010200000100 for 3a00050200000100' ]]
