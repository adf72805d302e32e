#!/usr/bin/env bash
# os-ken 2.5.0 (Debian 12, python3-os-ken) writes IPv6 packets with a hop-by-hop header of a wrong length and a wrong checksum.
#
# Input: UDP in IPv6 behind a hop-by-hop header, once of 8 octets and once of 16. Expected: Hdr Ext Len 0 and 1, "in 8-octet
# units, not including the first 8 octets" (RFC 8200, section 4.3), and a checksum of UDP with the upper-layer protocol, 17, in
# the pseudo-header, as "the Next Header value in the pseudo-header [...] will differ from the Next Header value in the IPv6
# header if there are extension headers" (section 8.1). Seen: Hdr Ext Len 8 for 16 octets, which says 72 (the class refuses 1: it
# wants a multiple of 8), and the checksum is that of next header 0 both times.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# os-ken and the packages of Python that it needs and this machine does not have.
version=2.5.0-2
packages=$(apt-get install -s --no-install-recommends python3-os-ken=$version | sed -n 's/^Inst \(python3-[^ ]*\).*/\1/p' |
    grep -vx python3-os-ken || true)
# shellcheck disable=SC2086 # names of packages
apt-get download python3-os-ken=$version $packages >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done

cat >try.py <<'END'
import struct
from os_ken.lib.packet import ethernet, ipv6, packet, udp
def checksum(b):
    total = sum(struct.unpack(">%dH" % (len(b) // 2), b))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total
alert = ipv6.option(5, 2, b"\0\0")
for size, padding in (0, ipv6.option(1, 0, None)), (8, ipv6.option(1, 8, b"\0" * 8)):
    made = packet.Packet()
    made.add_protocol(ethernet.ethernet(ethertype=0x86DD))
    made.add_protocol(ipv6.ipv6(nxt=0, src="2001:db8::1", dst="2001:db8::2",
                                ext_hdrs=[ipv6.hop_opts(17, size, [alert, padding])]))
    made.add_protocol(udp.udp(5000, 6000))
    made.add_protocol(b"hello!")
    made.serialize()
    octets = bytes(made.data)[14:]
    options, datagram = octets[40:-14], octets[-14:]
    found = datagram[6:8]
    sums = {protocol: struct.pack(">H", checksum(octets[8:40] + struct.pack(">II", 14, protocol) + datagram[:6] + b"\0\0" +
                                                 datagram[8:])) for protocol in (0, 17)}
    print("octets", len(options), "length", options[1], "checksum of", *(p for p in sums if sums[p] == found))
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == "octets 8 length 0 checksum of 0
octets 16 length 8 checksum of 0" ]]
