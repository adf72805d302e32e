#!/usr/bin/env bash
# editcap 4.0.17 (Debian 12) with -i SECONDS writes a file for every interval without packets, all named by a later packet.
#
# Input: two packets, ten seconds apart, split by intervals of three seconds. The names hold the time of the file's first
# packet. Seen: four files; two of them have no packets, and have the time of the packet that ends the silence, which is in
# the fourth. A capture of a quiet day makes thousands, of which all but a few say a wrong time.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
version=4.0.17-0+deb12u3
# editcap, its own libraries, and those that this machine does not have.
missing=$(apt-get install -s --no-install-recommends wireshark-common=$version | sed -n 's/^Inst \([^ ]*\).*/\1/p' |
    grep -vE '^(wireshark-common|libwireshark16|libwiretap13|libwsutil14)$' || true)
# shellcheck disable=SC2086 # names of packages
apt-get download {wireshark-common,libwireshark16,libwiretap13,libwsutil14}=$version $missing >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done

python3 - <<'END'
import struct
data = b"\2\0\0\0\0\2\2\0\0\0\0\1\x88\xb5" + b"experimental EtherType"
with open("quiet.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    for t in [1700000000, 1700000010]:
        f.write(struct.pack("<IIII", t, 0, len(data), len(data)) + data)
END

HOME=$work TZ=UTC LD_LIBRARY_PATH=$(echo usr/lib/*-linux-gnu) usr/bin/editcap -F pcap -i 3 quiet.pcap part.pcap 2>/dev/null
seen=$(for file in part_*; do echo "$file $((($(stat -c %s "$file") - 24) / 52))"; done) # 16 + 36 bytes a packet
echo "$seen"
[[ $seen == 'part_00000_20231114221320.pcap 1
part_00001_20231114221330.pcap 0
part_00002_20231114221330.pcap 0
part_00003_20231114221330.pcap 1' ]]
