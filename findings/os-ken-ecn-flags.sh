#!/usr/bin/env bash
# os-ken 2.5.0 (Debian 12, python3-os-ken) drops the ECN flags of the TCP headers that it reads, and never finds what it calls TCP_ECE and
# TCP_CWR.
#
# Input: a SYN that offers ECN, with ECE and CWR set (RFC 3168, section 6.1.1); and the same written by the library. Expected: the
# library has constants for both flags, and has_flags() "Check if flags are set on this packet": true. Seen: it writes them, and
# reads only the lower six bits, 02 for c2.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p debs/partial
apt-get install -y --no-install-recommends --download-only -o Dir::Cache::archives="$work/debs" -o Debug::NoLocking=1 \
    python3-os-ken=2.5.0-2 >/dev/null 2>&1
for package in debs/*.deb; do dpkg -x "$package" .; done

cat >try.py <<'END'
from os_ken.lib.packet import ipv4, tcp

syn = tcp.tcp(40000, 9999, seq=1, bits=tcp.TCP_SYN | tcp.TCP_ECE | tcp.TCP_CWR)
octets = bytes(syn.serialize(b"", ipv4.ipv4(src="192.0.2.1", dst="192.0.2.2", proto=6)))
read, *_ = tcp.tcp.parser(octets)
print("written %02x" % octets[13], "read %02x" % read.bits, read.has_flags(tcp.TCP_ECE), read.has_flags(tcp.TCP_CWR))
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == 'written c2 read 02 False False' ]]
