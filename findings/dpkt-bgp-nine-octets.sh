#!/usr/bin/env bash
# dpkt 1.9.8 (Debian 12, python3-dpkt) reads routes of BGP as routes with a path identifier when their octets are a multiple of 9.
#
# Input: updates that announce two, three and six networks of /16, of three octets each (RFC 4271, section 4.3: a length in bits,
# and the octets that the prefix needs). Expected: these networks. RFC 7911, section 3, has a path identifier of four octets in
# front only where both speakers negotiated it in their OPEN. Seen: two are right; three and six, 9 and 18 octets, give networks
# that nobody announced: dpkt asks only whether what is left can be divided by nine, the size of a /32 with an identifier.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download python3-dpkt=1.9.8-1 >/dev/null 2>&1
dpkg -x python3-dpkt_*.deb .

cat >try.py <<'END'
import socket, struct
import dpkt
attributes = bytes.fromhex("40010100" + "4002060202fc00fc01" + "400304c0000201")  # origin, path, next hop
for count in 2, 3, 6:
    routes = b"".join(bytes([16, 10, n]) for n in range(1, count + 1))
    body = struct.pack(">HH", 0, len(attributes)) + attributes + routes
    message = b"\xff" * 16 + struct.pack(">HB", 19 + len(body), 2) + body
    announced = dpkt.bgp.BGP(message).update.announced
    print(count, *("%s/%d" % (socket.inet_ntoa(r.prefix), r.len) for r in announced))
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == "2 10.1.0.0/16 10.2.0.0/16
3 2.16.0.0/10 3.0.0.0/10
6 2.16.0.0/10 3.16.0.0/10 4.16.0.0/10 5.16.0.0/10 6.0.0.0/10" ]]
