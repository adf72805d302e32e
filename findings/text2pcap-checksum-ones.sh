#!/usr/bin/env bash
# text2pcap 4.0.17 (Debian 12) with -u writes UDP packets without a checksum where the right checksum is ffff, of IPv6 as well.
#
# Input: text2pcap -4 SOURCE,DESTINATION -u 40000,9999 (and -6) of 14 bytes whose sum with the headers comes to zero, and of "abc",
# whose does not. RFC 768: "If the computed checksum is zero, it is transmitted as all ones". Expected: ffff, and a valid checksum
# for the other. Seen: 0000, which in IPv4 says that there is none, and in IPv6 makes an invalid packet (RFC 8200 section
# 8.1): tshark itself then marks it as "Illegal checksum value (0)". All other checksums are right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
version=4.0.17-0+deb12u3
# The tools of Wireshark, their own libraries, and those that this machine does not have.
missing=$(apt-get install -s --no-install-recommends wireshark-common=$version | sed -n 's/^Inst \([^ ]*\).*/\1/p' |
    grep -vE '^(wireshark-common|libwireshark16|libwiretap13|libwsutil14)$' || true)
# shellcheck disable=SC2086 # names of packages
apt-get download {wireshark-common,libwireshark16,libwiretap13,libwsutil14}=$version $missing >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done

# The dump of a text.
dump() { printf '0000 %s\n' "$(printf '%b' "$1" | od -An -v -tx1 | tr -d '\n')"; }
# The checksum that text2pcap writes, after the headers of the file, the packet, Ethernet and IP.
checksum() {
    local ip=$1
    shift
    HOME=$work LD_LIBRARY_PATH=$(echo usr/lib/*-linux-gnu) usr/bin/text2pcap -q -F pcap "$@" -u 40000,9999 - output.pcap
    od -An -tx1 -j $((24 + 16 + 14 + ip + 6)) -N 2 output.pcap | tr -d ' '
}
v4=(20 -4 "192.0.2.1,192.0.2.2")
v6=(40 -6 "2001:db8::1,2001:db8::2")
seen="$(dump 'hello world!\x26\x7f' | checksum "${v4[@]}") $(dump 'hello world!\x4f\x0e' | checksum "${v6[@]}")"
seen+=" $(dump abc | checksum "${v4[@]}")"
echo "sum of zero, IPv4 and IPv6; another: $seen"
[[ $seen == "0000 0000 f421" ]]
