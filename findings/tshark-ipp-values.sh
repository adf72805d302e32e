#!/usr/bin/env bash
# tshark 4.0.17 (Debian 12): ipp.charstring_value is `[ Null ]` for every string of a request of the Internet Printing
# Protocol.
#
# Input: an HTTP POST with an IPP request (RFC 8011, encoding RFC 8010) that has two strings, the character set utf-8 and the
# language en. Expected: utf-8,en, which -V shows. Seen: [ Null ],[ Null ], in -T fields as in -T json.
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
def text(tag, name, value):
    return bytes([tag]) + struct.pack(">H", len(name)) + name + struct.pack(">H", len(value)) + value
ipp = struct.pack(">BBHIB", 1, 1, 11, 1, 1) + text(0x47, b"attributes-charset", b"utf-8") + \
    text(0x48, b"attributes-natural-language", b"en") + b"\x03"
body = b"POST /ipp/print HTTP/1.1\r\nHost: printer.test:631\r\nContent-Type: application/ipp\r\n" + \
    b"Content-Length: %d\r\n\r\n" % len(ipp) + ipp
tcp = struct.pack(">HHIIBBHHH", 40000, 631, 1, 1, 0x50, 0x18, 8192, 0, 0) + body
ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0, b"\x0a\0\0\1", b"\x0a\0\0\2")
data = b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + ip + tcp
with open("input.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    f.write(struct.pack("<IIII", 1700000000, 0, len(data), len(data)) + data)
END

shown=$(tshark -V | grep -cE "attributes-(charset|natural-language) .*: '(utf-8|en)'" || true)
seen=$(tshark -T fields -e ipp.charstring_value)
echo "$shown values in -V; -T fields: $seen"
[[ $shown == 2 && $seen == '[ Null ],[ Null ]' ]]
