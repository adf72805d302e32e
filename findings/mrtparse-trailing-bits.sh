#!/usr/bin/env bash
# mrtparse 1.6 (Debian 12, python3-mrtparse) takes two announced routes for one with a path identifier, if bits behind the end of the
# first prefix are set.
#
# Input: an MRT record BGP4MP_MESSAGE_AS4 with an UPDATE that announces 10.1.16.0/20 and 10.2.1.0/24; the last octet of the first
# prefix is 10, and then 1f, hexadecimal. RFC 4271, section 4.3: the prefix is "followed by enough trailing bits to make the end of
# the field fall on an octet boundary. Note that the value of trailing bits is irrelevant." The subtype has no path identifiers
# (RFC 8050, section 3, has subtypes of its own for them). Expected: the same two routes. Seen, the second time: one route, 10.2.1.0/24
# with the path identifier 336199967.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download python3-mrtparse=1.6-3 >/dev/null 2>&1
dpkg -x python3-mrtparse_*.deb .

cat >try.py <<'END'
import struct
import mrtparse

attributes = bytes.fromhex("40010100" "40020a02020000fc000000fc01" "400304c0000201")
with open("updates.mrt", "wb") as out:
    for octet in b"\x10\x1f":
        body = struct.pack(">HH", 0, len(attributes)) + attributes + bytes([20, 10, 1, octet, 24, 10, 2, 1])
        message = b"\xff" * 16 + struct.pack(">HB", 19 + len(body), 2) + body
        entry = struct.pack(">IIHH", 64512, 64513, 0, 1) + bytes([192, 0, 2, 1, 192, 0, 2, 2]) + message
        out.write(struct.pack(">IHHI", 1700000000, 16, 4, len(entry)) + entry)
for record in mrtparse.Reader("updates.mrt"):
    print(*["%s/%d %s" % (route.prefix, route.plen, route.path_id) for route in record.mrt.bgp.msg.nlri], sep=", ")
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == $'10.1.16.0/20 None, 10.2.1.0/24 None\n10.2.1.0/24 336199967' ]]
