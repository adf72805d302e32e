"""Writes a capture with DNS queries, each in a flow of its own. usage: many_queries.py COUNT >FILE"""
import struct
import sys

out = sys.stdout.buffer
out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
server = bytes([192, 0, 2, 53])
for n in range(int(sys.argv[1])):
    addresses = bytes([10, n >> 16 & 255, n >> 8 & 255, n & 255]) + server
    dns = struct.pack(">6H", n & 0xFFFF, 0x100, 1, 0, 0, 0) + b"\x07example\x03com\0\0\1\0\1"
    udp = struct.pack(">4H", 1024 + n % 60000, 53, 8 + len(dns), 0) + dns
    ip = bytearray(struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), n & 0xFFFF, 0, 64, 17, 0) + addresses)
    total = sum(struct.unpack(">10H", ip))
    total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into(">H", ip, 10, ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF)
    frame = bytes.fromhex("020000000001020000000002") + b"\x08\0" + bytes(ip) + udp
    out.write(struct.pack("<IIII", 1700000000 + n // 1000, n % 1000 * 1000, len(frame), len(frame)) + frame)
