#!/usr/bin/env bash
# tcpick 0.2.1 (Debian 12) loses what a client sends in its SYN.
#
# Input: a connection with TCP Fast Open (RFC 7413) whose SYN has five bytes, "first", which the SYN-ACK acknowledges, and then
# "more!"; and one where both come after the handshake; tcpick -wR, for which "the flow is rebuilded, reordered and the duplicates
# are dropped" and which writes data "without any changes" (tcpick(8)). Expected: "firstmore!" of both, as data in a SYN counts in
# the sequence numbers like any other (RFC 9293, sections 3.4 and 3.10.7.2). Seen: of the first connection "more!".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# tcpick, and those of its libraries that this machine does not have.
missing=$(apt-get install -s --no-install-recommends tcpick=0.2.1-10 | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vx tcpick || true)
# shellcheck disable=SC2086 # names of packages
apt-get download tcpick=0.2.1-10 $missing >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
LD_LIBRARY_PATH=$(echo usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH

python3 - <<'END'
import struct
def checksum(b):
    b += b"\0" * (len(b) % 2)
    total = sum(struct.unpack(">%dH" % (len(b) // 2), b))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack(">H", 0xFFFF - total)
client, server = (b"\xc0\0\2\1", 40000), (b"\xc0\0\2\2", 7000)
def frame(sender, receiver, seq, ack, flags, data=b""):
    tcp = struct.pack(">HHIIBBHHH", sender[1], receiver[1], seq, ack, 0x50, flags, 64000, 0, 0) + data
    tcp = tcp[:16] + checksum(sender[0] + receiver[0] + struct.pack(">HH", 6, len(tcp)) + tcp) + tcp[18:]
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0x4000, 64, 6, 0) + sender[0] + receiver[0]
    return b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + ip[:10] + checksum(ip) + ip[12:] + tcp
for name, early, late in ("syn", b"first", b"more!"), ("later", b"", b"firstmore!"):
    at = 101 + len(early)
    end = at + len(late)
    frames = [frame(client, server, 100, 0, 2, early), frame(server, client, 500, at, 0x12),
              frame(client, server, at, 501, 0x10), frame(client, server, at, 501, 0x18, late),
              frame(server, client, 501, end, 0x10), frame(client, server, end, 501, 0x11),
              frame(server, client, 501, end + 1, 0x11), frame(client, server, end + 1, 502, 0x10)]
    with open(name + ".pcap", "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for i, data in enumerate(frames):
            f.write(struct.pack("<IIII", 1700000000 + i, 0, len(data), len(data)) + data)
END

seen=$(for name in syn later; do
    mkdir $name
    (LD_LIBRARY_PATH=$work/${LD_LIBRARY_PATH// / $work/} && cd $name && ../usr/sbin/tcpick -r ../$name.pcap -wR >/dev/null 2>&1)
    echo "$name: $(cat $name/*.dat)"
done)
echo "$seen"
[[ $seen == $'syn: more!\nlater: firstmore!' ]]
