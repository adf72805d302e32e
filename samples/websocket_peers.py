"""WebSocket (RFC 6455, RFC 7692): a server and the clients that capture.sh records. Part of capture_peers.py."""

import base64
import hashlib
import socket
import struct
import zlib

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
PORT = 9013


class Peer:
    """One side: it writes frames, and reads messages whole."""

    def __init__(self, stream, client):
        self.stream = stream
        self.masks = client
        self.packer = self.unpacker = None
        self.count = 0
        self.kind = self.compressed = None
        self.whole = b""

    def deflate(self, bits):
        self.packer = zlib.compressobj(9, zlib.DEFLATED, -bits)
        self.unpacker = zlib.decompressobj(-15)

    def frame(self, opcode, payload, fin=True, rsv1=False):
        head = bytes([fin << 7 | rsv1 << 6 | opcode])
        mask = self.masks << 7
        if len(payload) < 126:
            head += bytes([mask | len(payload)])
        elif len(payload) < 65536:
            head += struct.pack("!BH", mask | 126, len(payload))
        else:
            head += struct.pack("!BQ", mask | 127, len(payload))
        if self.masks:
            self.count += 1
            key = hashlib.sha1(bytes([self.count])).digest()[:4]
            head += key
            payload = bytes(byte ^ key[i & 3] for i, byte in enumerate(payload))
        self.stream.write(head + payload)
        self.stream.flush()

    def send(self, opcode, payload, pieces=1, between=None):
        compressed = self.packer is not None
        if compressed:
            payload = (self.packer.compress(payload) + self.packer.flush(zlib.Z_SYNC_FLUSH))[:-4]
        size = -(-len(payload) // pieces)
        for i in range(pieces):
            self.frame(opcode if i == 0 else 0, payload[i * size:(i + 1) * size], i == pieces - 1, compressed and i == 0)
            if between is not None and i < pieces - 1:
                self.frame(PING, between)

    def receive(self):
        """A message, or a control frame: opcode and payload."""
        while True:
            first, second = self.stream.read(2)
            size = second & 0x7F
            if size == 126:
                size, = struct.unpack("!H", self.stream.read(2))
            elif size == 127:
                size, = struct.unpack("!Q", self.stream.read(8))
            key = self.stream.read(4) if second & 0x80 else bytes(4)
            payload = bytes(byte ^ key[i & 3] for i, byte in enumerate(self.stream.read(size)))
            opcode = first & 0x0F
            if opcode >= CLOSE:
                if opcode == PING:
                    self.frame(PONG, payload)
                return opcode, payload
            if opcode != 0:
                self.kind, self.compressed, self.whole = opcode, first & 0x40, b""
            self.whole += payload
            if first & 0x80:
                if self.compressed:
                    self.whole = self.unpacker.decompress(self.whole + b"\0\0\xff\xff")
                return self.kind, self.whole

    def expect(self, opcode):
        while self.receive()[0] != opcode:
            pass


def websocket_server(conn):
    """/echo sends messages back, of long ones the beginning; /mail passes them on to the mail server, as a gateway for browsers does."""
    stream = conn.makefile("rwb")
    target = stream.readline().split()[1]
    headers = {}
    while (line := stream.readline().strip()):
        name, value = line.split(b": ", 1)
        headers[name.lower()] = value
    accept = base64.b64encode(hashlib.sha1(headers[b"sec-websocket-key"] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    peer = Peer(stream, False)
    answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept
    if b"sec-websocket-protocol" in headers:
        answer += b"\r\nSec-WebSocket-Protocol: " + headers[b"sec-websocket-protocol"].split(b",")[0]
    if b"permessage-deflate" in headers.get(b"sec-websocket-extensions", b""):
        answer += b"\r\nSec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=11"
        peer.deflate(11)
    stream.write(answer + b"\r\n\r\n")
    stream.flush()
    if target == b"/mail":
        gateway(peer)
        return
    while True:
        opcode, payload = peer.receive()
        if opcode == CLOSE:
            peer.frame(CLOSE, payload)
            return
        if opcode in (TEXT, BINARY):
            peer.send(opcode, payload if len(payload) < 65536 else payload[:1000])


def gateway(peer):
    with socket.create_connection(("127.0.0.1", 25)) as mail:
        lines = mail.makefile("rb")
        while line := lines.readline():
            peer.send(BINARY, line)
            if line[3:4] == b" " and not line.startswith(b"221"):
                mail.sendall(peer.receive()[1])
    peer.frame(CLOSE, struct.pack("!H", 1000))
    peer.expect(CLOSE)


def open_client(conn, target, more=b""):
    stream = conn.makefile("rwb")
    stream.write(b"GET " + target + b" HTTP/1.1\r\nHost: 10.77.0.2:9013\r\nUser-Agent: sample/1.0\r\nUpgrade: websocket\r\n"
                 b"Connection: Upgrade\r\nSec-WebSocket-Key: " + KEY + b"\r\nSec-WebSocket-Version: 13\r\n" + more + b"\r\n")
    stream.flush()
    while stream.readline().strip():
        pass
    return Peer(stream, True)


def websocket_messages(conn):
    """Lengths of 7, 16 and 64 bits, fragments with pings between them, the closing handshake."""
    peer = open_client(conn, b"/echo", b"Sec-WebSocket-Protocol: echo, authorization.bearer.c2FtcGxl\r\n")
    peer.send(TEXT, "Gr\u00fc\u00dfe".encode())
    peer.expect(TEXT)
    peer.send(BINARY, bytes(range(256)) * 2)
    peer.expect(BINARY)
    peer.send(BINARY, b"0123456789abcde\n" * 4100)
    peer.expect(BINARY)
    peer.send(TEXT, b"one message in three fragments", 3, b"alive?")
    peer.expect(TEXT)
    peer.frame(CLOSE, struct.pack("!H", 1001) + b"going home")
    peer.expect(CLOSE)


def websocket_compressed(conn):
    """permessage-deflate with context takeover; one message in fragments."""
    peer = open_client(conn, b"/echo", b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-unknown\r\n")
    peer.deflate(15)
    for i in range(4):
        peer.send(TEXT, b'{"sensor":"temperature","room":"kitchen","value":%d}' % (20 + i))
        peer.expect(TEXT)
    peer.send(TEXT, b"the quick brown fox jumps over the lazy dog, " * 200, 2, b"")
    peer.expect(TEXT)
    peer.send(BINARY, hashlib.sha512(b"random").digest() * 3)
    peer.expect(BINARY)
    peer.frame(CLOSE, struct.pack("!H", 1000))
    peer.expect(CLOSE)


def websocket_mail(conn):
    """SMTP inside."""
    peer = open_client(conn, b"/mail", b"Sec-WebSocket-Protocol: binary\r\n")
    for line in (b"EHLO client.example.test\r\n", b"MAIL FROM:<sender@example.test>\r\n", b"RCPT TO:<recipient@example.test>\r\n",
                 b"DATA\r\n", b"Subject: through a gateway\r\n\r\nShort.\r\n.\r\n", b"QUIT\r\n"):
        while peer.receive()[1][3:4] != b" ":
            pass
        peer.send(BINARY, line)
    peer.expect(CLOSE)
    peer.frame(CLOSE, struct.pack("!H", 1000))
