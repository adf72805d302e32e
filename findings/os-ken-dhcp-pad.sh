#!/usr/bin/env bash
# os-ken 2.5.0 (Debian 12, python3-os-ken) loses the options of DHCP that come after a Pad.
#
# Input: a DISCOVER with the message type, one Pad octet, and the requested address. Expected: options 53 and 50, as "the pad option
# can be used to cause subsequent fields to align on word boundaries" (RFC 2132, section 3.1). Seen: 53 alone: Pad is read as the
# end of the options.
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
from os_ken.lib.packet import dhcp
options = bytes.fromhex("63825363" + "350101" + "00" + "3204c0000209" + "ff")
none = b"\0" * 4
head = struct.pack("!BBBBIHH4s4s4s4s16s64s128s", 1, 1, 6, 0, 7, 0, 0, none, none, none, none, b"\2\0\0\0\0\1", b"", b"")
read = dhcp.dhcp.parser(head + options)[0]
print([option.tag for option in read.options.option_list])
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == "[53]" ]]
