#!/usr/bin/env bash
# tshark 4.0.17 (Debian 12): imap.request.password loses the first and the last letter of a password without quotes.
#
# Input: two commands of IMAP, `a1 LOGIN joe sesame` and `a2 LOGIN "joe" "sesame"`. An argument of LOGIN is an astring, so an
# atom is as good as a quoted string (RFC 9051 section 9). Expected: the password is sesame for both. Seen: esam for the first,
# sesame for the second: the quotes are taken off although there are none. The user of the second keeps his quotes: "joe".
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
sequence = 1000
def packet(body):
    global sequence
    tcp = struct.pack(">HHIIBBHHH", 40000, 143, sequence, 1, 0x50, 0x18, 8192, 0, 0) + body
    sequence += len(body)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0, b"\x0a\0\0\1", b"\x0a\0\0\2")
    return b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + ip + tcp
with open("input.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    for i, line in enumerate([b"a1 LOGIN joe sesame\r\n", b'a2 LOGIN "joe" "sesame"\r\n']):
        data = packet(line)
        f.write(struct.pack("<IIII", 1700000000 + i, 0, len(data), len(data)) + data)
END

seen=$(tshark -T fields -e frame.number -e imap.request.username -e imap.request.password | tr "\t\n" " ,")
echo "$seen"
[[ $seen == '1 joe esam,2 "joe" sesame,' ]]
