#!/usr/bin/env bash
# os-ken 2.5.0 (Debian 12, python3-os-ken) writes VRRP in IPv6 with a payload length that is 40 too large.
#
# Input: an advertisement of VRRP version 3 with one IPv6 address, of 24 octets, in the packet that create_packet() makes.
# Expected: payload length 24, as the payload is "the rest of the packet following this IPv6 header" (RFC 8200, section 3). Seen:
# 64, with the header itself.
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
from os_ken.lib.packet import vrrp
made = vrrp.vrrp.create_version(3, 1, 7, 100, 100, ["2001:db8::5"]).create_packet("fe80::1")
made.serialize()
octets = bytes(made.data)[14:]
print("payload", len(octets) - 40, "says", *struct.unpack(">H", octets[4:6]))
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == "payload 24 says 64" ]]
