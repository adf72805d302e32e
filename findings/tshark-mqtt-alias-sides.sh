#!/usr/bin/env bash
# tshark 4.0.17 (Debian 12) mixes the topic aliases of MQTT 5 of a client and its server.
#
# Input: a connection on which the server gives its alias 5 the topic "alarms", then the client its alias 5 the topic "rooms", and
# then the server publishes with alias 5 and no topic. Expected: alarms, as the mappings "used by the Client and Server are
# independent from each other" (MQTT 5.0, section 3.3.2.3.4). Seen: mqtt.topic of the last message is rooms.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
version=4.0.17-0+deb12u3
# tshark, its own libraries, and those that this machine does not have.
missing=$(apt-get install -s --no-install-recommends tshark=$version | sed -n 's/^Inst \([^ ]*\).*/\1/p' |
    grep -vE '^(tshark|libwireshark16|libwiretap13|libwsutil14)$' || true)
# shellcheck disable=SC2086 # names of packages
apt-get download {tshark,libwireshark16,libwiretap13,libwsutil14}=$version $missing >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done

python3 - <<'END'
import struct
def checksum(b):
    b += b"\0" * (len(b) % 2)
    total = sum(struct.unpack(">%dH" % (len(b) // 2), b))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack(">H", 0xFFFF - total)
def string(text):
    return struct.pack(">H", len(text)) + text
def message(kind, body):
    return bytes([kind, len(body)]) + body
def publish(topic, text):
    return message(0x30, string(topic) + bytes.fromhex("03230005") + text)  # one property: topic alias 5
ends = [(b"\xc0\0\2\1", 40000), (b"\xc0\0\2\2", 1883)]
talk = [(0, 2, b""), (1, 0x12, b""), (0, 0x10, b""),
        (0, 0x18, message(0x10, string(b"MQTT") + bytes.fromhex("0502003c" + "03220010") + string(b"reader"))),
        (1, 0x18, message(0x20, bytes.fromhex("0000" + "03220010"))),
        (1, 0x18, publish(b"alarms", b"fire")), (0, 0x18, publish(b"rooms", b"20")), (1, 0x18, publish(b"", b"out"))]
numbers, frames = [100, 500], []
for side, flags, data in talk:
    (source, port), (target, other) = ends[side], ends[1 - side]
    tcp = struct.pack(">HHIIBBHHH", port, other, numbers[side], numbers[1 - side] if flags != 2 else 0, 0x50, flags, 64000, 0, 0)
    tcp += data
    tcp = tcp[:16] + checksum(source + target + struct.pack(">HH", 6, len(tcp)) + tcp) + tcp[18:]
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0x4000, 64, 6, 0) + source + target
    frames.append(b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + ip[:10] + checksum(ip) + ip[12:] + tcp)
    numbers[side] += len(data) + (1 if flags & 2 else 0)
with open("mqtt.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    for i, data in enumerate(frames):
        f.write(struct.pack("<IIII", 1700000000 + i, 0, len(data), len(data)) + data)
END

seen=$(HOME=$work LD_LIBRARY_PATH=$(echo usr/lib/*-linux-gnu) usr/bin/tshark -n -r mqtt.pcap -Y mqtt.topic \
    -T fields -e tcp.srcport -e mqtt.topic 2>/dev/null)
echo "$seen"
[[ $seen == $'1883\talarms\n40000\trooms\n1883\trooms' ]]
