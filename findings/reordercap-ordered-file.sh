#!/usr/bin/env bash
# reordercap 4.0.17 (Debian 12) with -n, "Don't write to output file if the input file is ordered", writes it: without packets.
#
# Input: a capture of two packets in order, and an output file that exists and holds one packet. Seen: the line "Not writing
# output file because input file is already in order.", exit code 0, and the output file is a capture of no packets: what it
# held is gone, and a script that goes on with the output goes on with nothing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
version=4.0.17-0+deb12u3
# reordercap, its own libraries, and those that this machine does not have.
missing=$(apt-get install -s --no-install-recommends wireshark-common=$version | sed -n 's/^Inst \([^ ]*\).*/\1/p' |
    grep -vE '^(wireshark-common|libwireshark16|libwiretap13|libwsutil14)$' || true)
# shellcheck disable=SC2086 # names of packages
apt-get download {wireshark-common,libwireshark16,libwiretap13,libwsutil14}=$version $missing >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
reordercap() {
    HOME=$work LD_LIBRARY_PATH=$(echo usr/lib/*-linux-gnu) usr/bin/reordercap "$@"
}

python3 - <<'END'
import struct
data = b"\2\0\0\0\0\2\2\0\0\0\0\1\x88\xb5" + b"experimental EtherType"
def write(name, times):
    with open(name, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for t in times:
            f.write(struct.pack("<IIII", t, 0, len(data), len(data)) + data)
write("ordered.pcap", [1700000000, 1700000001])
write("out.pcap", [1600000000])
END

echo "before: $(stat -c %s out.pcap) bytes"
reordercap -n ordered.pcap out.pcap 2>/dev/null >said
echo "$(tail -n 1 said) After: $(stat -c %s out.pcap) bytes"
[[ $(<said) == *'Not writing output file'* && $(stat -c %s out.pcap) == 24 ]] # the file header alone
