"""Writes files of the MaxMind DB format, version 2.0: https://maxmind.github.io/MaxMind-DB/ (tree, data section, metadata).

    python3 mmdb.py FILE TYPE RECORD_SIZE IP_VERSION EPOCH <entries.json

entries.json is {"NETWORK": {value}, ..}. Networks of IPv4 are under ::/96 of a tree of IPv6. Texts that come twice are
pointers to the first.
"""
import ipaddress
import json
import struct
import sys


class U32(int):
    pass


class U16(int):
    pass


class U64(int):
    pass


def control(kind, size):
    extended = b""
    if kind > 7:
        extended, kind = bytes([kind - 7]), 0
    if size < 29:
        return bytes([kind << 5 | size]) + extended
    if size < 285:
        return bytes([kind << 5 | 29]) + extended + bytes([size - 29])
    return bytes([kind << 5 | 30]) + extended + struct.pack(">H", size - 285)


class Data:
    def __init__(self):
        self.bytes, self.texts = b"", {}

    def put(self, value):
        if isinstance(value, dict):
            self.bytes += control(7, len(value))
            for key, item in value.items():
                self.put(key)
                self.put(item)
        elif isinstance(value, list):
            self.bytes += control(11, len(value))
            for item in value:
                self.put(item)
        elif isinstance(value, str):
            self.put_text(value)
        else:
            kind = 5 if isinstance(value, U16) else 9 if isinstance(value, U64) else 6
            raw = int(value).to_bytes(8, "big").lstrip(b"\0")
            self.bytes += control(kind, len(raw)) + raw

    def put_text(self, text):
        if text in self.texts and self.texts[text] < 2048:
            at = self.texts[text]
            self.bytes += bytes([1 << 5 | at >> 8, at & 255])
            return
        self.texts[text] = len(self.bytes)
        raw = text.encode()
        self.bytes += control(2, len(raw)) + raw


def insert(nodes, network, bits, leaf):
    at = 0
    for depth in range(network.prefixlen + bits - network.max_prefixlen):
        shift = bits - 1 - depth
        side = int(network.network_address) >> shift & 1
        if depth == network.prefixlen + bits - network.max_prefixlen - 1:
            nodes[at][side] = ("data", leaf)
            return
        if nodes[at][side] is None:
            nodes.append([None, None])
            nodes[at][side] = len(nodes) - 1
        at = nodes[at][side]


def packed(left, right, size):
    if size == 24:
        return left.to_bytes(3, "big") + right.to_bytes(3, "big")
    if size == 28:
        middle = (left >> 24) << 4 | right >> 24
        return (left & 0xffffff).to_bytes(3, "big") + bytes([middle]) + (right & 0xffffff).to_bytes(3, "big")
    return left.to_bytes(4, "big") + right.to_bytes(4, "big")


def write(name, kind, size, version, epoch, entries):
    bits = 32 if version == 4 else 128
    nodes, data = [[None, None]], Data()
    for network, value in entries.items():
        at = len(data.bytes)
        data.put(value)
        insert(nodes, ipaddress.ip_network(network), bits, at)
    count = len(nodes)

    def record(value):
        return count if value is None else value[1] + count + 16 if isinstance(value, tuple) else value
    tree = b"".join(packed(record(left), record(right), size) for left, right in nodes)
    metadata = Data()
    metadata.put({"node_count": U32(count), "record_size": U16(size), "ip_version": U16(version), "database_type": kind,
                  "languages": ["en"], "binary_format_major_version": U16(2), "binary_format_minor_version": U16(0),
                  "build_epoch": U64(epoch), "description": {"en": "made by a test"}})
    with open(name, "wb") as file:
        file.write(tree + bytes(16) + data.bytes + b"\xab\xcd\xefMaxMind.com" + metadata.bytes)


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), json.load(sys.stdin))
