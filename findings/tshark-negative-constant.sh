#!/usr/bin/env bash
# tshark 4.0.17 (Debian 12): an unsigned field is neither greater than a negative number nor less than it.
#
# Input: two packets with a time to live of 64; the filters `ip.ttl > -5`, `ip.ttl < -5` and `ip.ttl - 70 < 0`. Expected:
# all, none, all; or an error, since the field has no sign. Seen: none, none, all, without an error or a warning: the
# difference has a sign, the constant has not.
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
def packet(protocol, body):
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 1, 0, 64, protocol, 0, b"\x0a\0\0\1", b"\x0a\0\0\2")
    return b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + ip + body
tcp = packet(6, struct.pack(">HHIIBBHHH", 40000, 9999, 1000, 1, 0x50, 0x18, 8192, 0, 0) + b"x" * 200)
udp = packet(17, struct.pack(">HHHH", 40000, 9998, 28, 0) + b"y" * 20)
with open("input.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    for i, data in enumerate([tcp, udp]):
        f.write(struct.pack("<IIII", 1700000000 + i, 0, len(data), len(data)) + data)
END

above=$(tshark -Y "ip.ttl > -5" | wc -l)
below=$(tshark -Y "ip.ttl < -5" | wc -l)
difference=$(tshark -Y "ip.ttl - 70 < 0" | wc -l)
echo "> -5: $above, < -5: $below, - 70 < 0: $difference"
[[ "$above $below $difference" == "0 0 2" ]]
