#!/usr/bin/env bash
# os-ken 2.5.0 (Debian 12, python3-os-ken) counts the length of IPv6 hop-by-hop options in octets.
#
# Input: a UDP datagram behind 16 octets of hop-by-hop options (a router alert and padding). RFC 8200, section 4.3: Hdr Ext Len is the
# "length of the Hop-by-Hop Options header in 8-octet units, not including the first 8 octets", so 1. Expected: a header that says
# 1. Seen: the library takes 8, writes 8, which is 72 octets, and the datagram of 14 octets is inside the options; and with 1 it
# refuses to make the header (AssertionError).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -y --no-install-recommends --download-only -o Dir::Cache::archives="$work/debs" -o Debug::NoLocking=1 \
    python3-os-ken=2.5.0-2 >/dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" .; done

cat >try.py <<'END'
from os_ken.lib.packet import ipv6, packet, udp

for size in 8, 1:
    options = [ipv6.option(5, 2, b"\0\0"), ipv6.option(1, 8, b"\0" * 8)]
    p = packet.Packet()
    try:
        header = ipv6.hop_opts(17, size, options)
        p.add_protocol(ipv6.ipv6(nxt=0, src="2001:db8::1", dst="2001:db8::2", ext_hdrs=[header]))
        p.add_protocol(udp.udp(5000, 6000))
        p.add_protocol(b"hello!")
        p.serialize()
        print("Hdr Ext Len", p.data[41], "of", len(p.data) - 40 - 14, "octets")
    except AssertionError:
        print("refused", size)
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == $'Hdr Ext Len 8 of 16 octets\nrefused 1' ]]
