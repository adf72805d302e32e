#!/usr/bin/env bash
# dpkt 1.9.8 (Debian 12, python3-dpkt) reads the middle of a fragmented IPv6 datagram as a UDP header when the fragment header is
# not the first extension header.
#
# Input: the second fragment of a UDP datagram, of sixteen bytes "0123456789abcdef"; its fragment header follows the IPv6 header, or
# a hop-by-hop header (router alert). Expected: bytes, both times, as only the first fragment has the header of the upper layer
# (RFC 8200, section 4.5), and hop-by-hop options come before the fragment header (section 4.1). Seen: the second is a datagram from
# port 12337 to 12851, the letters "0123".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download python3-dpkt=1.9.8-1 >/dev/null 2>&1
dpkg -x python3-dpkt_*.deb .

cat >try.py <<'END'
import struct
import dpkt
address = bytes.fromhex("20010db8000000000000000000000001")
fragment = struct.pack(">BBHI", 17, 0, 1480, 7) + b"0123456789abcdef"
for kind, headers in (44, b""), (0, bytes.fromhex("2c00050200000100")):
    payload = headers + fragment
    packet = dpkt.ip6.IP6(struct.pack(">IHBB", 6 << 28, len(payload), kind, 64) + 2 * address + payload)
    inner = packet.data
    print("bytes" if isinstance(inner, bytes) else "%s %d %d" % (type(inner).__name__, inner.sport, inner.dport))
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == $'bytes\nUDP 12337 12851' ]]
