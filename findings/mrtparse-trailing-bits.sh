#!/usr/bin/env bash
# mrtparse 1.6 (Debian 12, python3-mrtparse) reads routes of BGP with a path identifier where a prefix has bits after its end.
#
# Input: three records BGP4MP_MESSAGE_AS4 (not ADDPATH, RFC 8050): routes to 10.1.16.0/20 and 10.2.1.0/24; the same with the octets
# 10.1.31 for the /20; and one route twice. Expected: the same routes in the second, as "the value of trailing bits is irrelevant"
# (RFC 4271, section 4.3), and one route twice in the third. Seen: one route in the second, with path identifier 336199967, which
# is the octets 14 0a 01 1f, and an error of the third: a route that looks unusual is taken as proof of path identifiers,
# although the subtype of the record says that there are none.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download python3-mrtparse=1.6-3 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done

cat >try.py <<'END'
import struct
import mrtparse
def record(routes):
    attributes = bytes.fromhex("40010100" + "40020a0202" + "0000fc000000fc01" + "400304c0000201")  # origin, path, next hop
    body = struct.pack(">HH", 0, len(attributes)) + attributes + bytes.fromhex(routes)
    message = b"\xff" * 16 + struct.pack(">HB", 19 + len(body), 2) + body
    peer = struct.pack(">IIHH", 64512, 64513, 0, 1) + bytes.fromhex("c0000201c0000202")
    return struct.pack(">IHHI", 1700000000, 16, 4, len(peer + message)) + peer + message
with open("routes.mrt", "wb") as f:
    f.write(record("140a0110" + "180a0201") + record("140a011f" + "180a0201") + record("100a01" + "100a01"))
for entry in mrtparse.Reader("routes.mrt"):
    print(entry.mrt.err, *("%s/%d,%s" % (r.prefix, r.plen, r.path_id) for r in entry.mrt.bgp.msg.nlri or []))
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == "None 10.1.16.0/20,None 10.2.1.0/24,None
None 10.2.1.0/24,336199967
2" ]]
