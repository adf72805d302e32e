#!/usr/bin/env bash
# os-ken 2.5.0 (Debian 12, python3-os-ken) never sees ECE and CWR of TCP.
#
# Input: the SYN of a client that offers Explicit Congestion Notification, with the flags SYN, ECE and CWR (RFC 3168, section
# 6.1.1). Expected: bits 0xc2, and has_flags(TCP_ECE, TCP_CWR) is true; the library has both names, and writes them. Seen: bits
# 0x2, and false: what is read is cut to the six flags of RFC 793.
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
from os_ken.lib.packet import ipv4, tcp
syn = struct.pack(">HHIIBBHHH", 40000, 80, 1, 0, 0x50, 0xC2, 8192, 0, 0)
read = tcp.tcp.parser(syn)[0]
print("read", hex(read.bits), read.has_flags(tcp.TCP_ECE, tcp.TCP_CWR))
made = tcp.tcp(40000, 80, bits=tcp.TCP_SYN | tcp.TCP_ECE | tcp.TCP_CWR)
print("written", hex(made.serialize(b"", ipv4.ipv4(src="192.0.2.1", dst="192.0.2.2", proto=6))[13]))
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == "read 0x2 False
written 0xc2" ]]
