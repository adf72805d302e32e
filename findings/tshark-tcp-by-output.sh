#!/usr/bin/env bash
# tshark 4.0.17 (Debian 12) selects other packets with the same display filter when its output has another form.
#
# Input: a TCP segment with a header of 20 bytes and 200 bytes of an unknown protocol; the filters `len(tcp) > 20` and
# `tcp[100:2]`. Expected: the packet is selected, or not, whatever is printed of it. Seen: in the default output (columns)
# the protocol tcp has header and payload, and the packet is selected; with -T fields and with -V it has the header alone,
# and nothing is selected. A filter that was tried on the screen gives an empty file in a script.
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

columns=$(tshark -Y "len(tcp) > 20" | wc -l)
fields=$(tshark -Y "len(tcp) > 20" -T fields -e frame.number | wc -l)
detail=$(tshark -Y "tcp[100:2]" -V | grep -c "^Frame " || true)
echo "len(tcp) > 20: $columns packets in columns, $fields with -T fields; tcp[100:2]: $detail with -V"
[[ "$columns $fields $detail" == "1 0 0" ]]
