#!/usr/bin/env bash
# dpkt 1.9.8 (Debian 12, python3-dpkt) takes padding for what comes next: of Diameter AVPs, and of all SCTP chunks but DATA.
#
# Input: a Device-Watchdog-Request whose Origin-Host has nine octets and three of padding, before two more AVPs; and an SCTP packet
# of a HEARTBEAT with a chunk length of 13 and a DATA chunk. Expected: AVPs of type OctetString "MUST be padded to align on a 32-bit
# boundary", and the AVP Length does not count the padding (RFC 6733, section 4); chunks are padded to four bytes whatever their
# type (RFC 9260, section 3.2). Seen: after the first AVP one with code 0 that has the rest as its data, so Origin-Realm is not
# found; and in place of the DATA chunk one of length zero with all the rest.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download python3-dpkt=1.9.8-1 >/dev/null 2>&1
dpkg -x python3-dpkt_*.deb .

cat >try.py <<'END'
import struct
import dpkt
def padded(data):
    return data + b"\0" * (-len(data) % 4)
def avp(code, data):
    return padded(struct.pack(">II", code, 0x40 << 24 | 8 + len(data)) + data)
avps = avp(264, b"a.example") + avp(296, b"example") + avp(278, struct.pack(">I", 1))
head = struct.pack(">IIIII", 1 << 24 | 20 + len(avps), 0x80 << 24 | 280, 0, 1, 2)
print("AVPs:", *(a.code for a in dpkt.diameter.Diameter(head + avps).avps))

def chunk(kind, flags, data):
    return padded(struct.pack(">BBH", kind, flags, 4 + len(data)) + data)
heartbeat = chunk(4, 0, struct.pack(">HH", 1, 9) + b"abcde")
data = chunk(0, 3, struct.pack(">IHHI", 1, 0, 0, 0) + b"text")
packet = dpkt.sctp.SCTP(struct.pack(">HHII", 40000, 9, 1, 0) + heartbeat + data)
print("chunks:", *("%d/%d" % (c.type, c.len) for c in packet.chunks))
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == $'AVPs: 264 0\nchunks: 4/13 0/0' ]]
