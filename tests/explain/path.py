"""A path of the tests' own: client - stage A - tap - stage B - server. Frames go through a fault at one of the stages,
and three capture files are written: at the client, in the middle, and at the server. Needs root."""
import ctypes
import fcntl
import heapq
import os
import random
import select
import socket
import struct
import subprocess
import threading
import time

LIBC = ctypes.CDLL(None, use_errno=True)
NEWNET = 0x40000000
UP, DOWN = 'up', 'down'  # client to server, server to client
CLIENT, SERVER = '10.77.0.1', '10.77.0.2'


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Space:
    """A network namespace; sockets are made in it, one thread at a time for each."""

    def __init__(self, name):
        self.name = name
        run('ip', 'netns', 'add', name)

    def make(self, function, *arguments):
        home = os.open('/proc/thread-self/ns/net', os.O_RDONLY)
        there = os.open('/run/netns/' + self.name, os.O_RDONLY)
        try:
            if LIBC.setns(there, NEWNET) != 0:
                raise OSError(ctypes.get_errno(), 'setns')
            return function(*arguments)
        finally:
            LIBC.setns(home, NEWNET)
            os.close(home)
            os.close(there)

    def close(self):
        subprocess.run(['ip', 'netns', 'del', self.name], stderr=subprocess.DEVNULL)


def no_offload(interface):
    """Frames as on a wire: no large segments, no checksums left to a card."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for command in (0x15, 0x17, 0x1f, 0x24, 0x2c):  # receive and send checksums, TSO, GSO, GRO
        words = bytearray(struct.pack('II', command, 0))
        buffer = (ctypes.c_char * len(words)).from_buffer(words)
        try:
            fcntl.ioctl(s, 0x8946, struct.pack('16sQ16x', interface.encode(), ctypes.addressof(buffer)))
        except OSError:
            pass
    s.close()


def packet_socket(interface):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    s.bind((interface, 0))
    s.setblocking(False)
    return s


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Frame:
    """An IPv4 frame, as far as faults ask."""

    def __init__(self, raw):
        self.raw = raw
        self.ip = raw[12:14] == b'\x08\0'
        self.proto = raw[23] if self.ip else 0
        self.tcp = self.proto == 6
        self.udp = self.proto == 17
        self.at = 14 + (raw[14] & 15) * 4 if self.ip else 0
        self.flags = raw[self.at + 13] if self.tcp else 0
        self.syn = self.tcp and self.flags & 0x12 == 2
        self.syn_ack = self.tcp and self.flags & 0x12 == 0x12
        total = struct.unpack('!H', raw[16:18])[0] if self.ip else 0
        self.payload = 14 + total - self.at - (raw[self.at + 12] >> 4) * 4 if self.tcp else 0
        self.seq, self.ack = struct.unpack('!II', raw[self.at + 4:self.at + 12]) if self.tcp else (0, 0)

    def with_tcp_options(self, change):
        raw = bytearray(self.raw)
        end = self.at + (raw[self.at + 12] >> 4) * 4
        i = self.at + 20
        while i < end and raw[i] != 0:
            if raw[i] == 1:
                i += 1
                continue
            change(raw, i, raw[i + 1])
            i += raw[i + 1]
        raw[self.at + 16:self.at + 18] = b'\0\0'
        segment = bytes(raw[self.at:])
        pseudo = bytes(raw[26:34]) + struct.pack('!BBH', 0, 6, len(segment))
        raw[self.at + 16:self.at + 18] = struct.pack('!H', checksum(pseudo + segment))
        return bytes(raw)


    def with_ecn_mark(self):
        """Congestion experienced, if the sender takes ECN (RFC 3168 section 5)."""
        raw = bytearray(self.raw)
        if raw[15] & 3:
            raw[15] |= 3
            raw[24:26] = b'\0\0'
            raw[24:26] = struct.pack('!H', checksum(bytes(raw[14:14 + (raw[14] & 15) * 4])))
        return bytes(raw)


def ip_packet(src, dst, proto, payload, ttl, ident):
    head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), ident, 0, ttl, proto, 0, src, dst)
    return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + payload


def reset_for(frame, ttl=200):
    """A reset to the sender of the frame, as from its peer."""
    raw = frame.raw
    src, dst = raw[30:34], raw[26:30]
    ports = raw[frame.at + 2:frame.at + 4] + raw[frame.at:frame.at + 2]
    seq = frame.ack if frame.flags & 16 else 0
    ack = (frame.seq + frame.payload + (1 if frame.syn else 0)) & 0xffffffff
    segment = ports + struct.pack('!IIBBHHH', seq, ack, 0x50, 0x14, 0, 0, 0)
    pseudo = src + dst + struct.pack('!BBH', 0, 6, len(segment))
    segment = segment[:16] + struct.pack('!H', checksum(pseudo + segment)) + segment[18:]
    return raw[6:12] + raw[0:6] + b'\x08\0' + ip_packet(src, dst, 6, segment, ttl, 4711)


def icmp_for(frame, kind, code, rest=0):
    """An ICMP error about the frame, from a router."""
    raw = frame.raw
    body = struct.pack('!BBHI', kind, code, 0, rest) + raw[14:14 + 28]
    body = body[:2] + struct.pack('!H', checksum(body)) + body[4:]
    return raw[6:12] + raw[0:6] + b'\x08\0' + ip_packet(socket.inet_aton('10.77.0.254'), raw[26:30], 1, body, 64, 99)


class Capture:
    def __init__(self, path):
        self.file = open(path, 'wb')
        self.file.write(struct.pack('<IHHiIII', 0xa1b23c4d, 2, 4, 0, 0, 65535, 1))
        self.filter = lambda frame, way: 1

    def put(self, raw, way):
        now = time.time_ns()
        for _ in range(self.filter(raw, way)):
            self.file.write(struct.pack('<IIII', now // 10**9, now % 10**9, len(raw), len(raw)) + raw)

    def close(self):
        self.file.close()


class Path(threading.Thread):
    """fault(frame, way, now) returns what comes out: a list of (delay in seconds, way, bytes)."""

    def __init__(self, number, folder, latency=0.005):
        super().__init__(daemon=True)
        base = 'tlx%d-%d-' % (os.getpid() % 100000, number)
        self.spaces = [Space(base + part) for part in ('c', 'm', 's')]
        client, middle, server = self.spaces
        for space, name, peer, address in ((client, 'vc', 'mc', CLIENT), (server, 'vs', 'ms', SERVER)):
            run('ip', 'link', 'add', name, 'netns', space.name, 'type', 'veth', 'peer', 'name', peer, 'netns', middle.name)
            space.make(self.quiet, name)
            middle.make(self.quiet, peer)
            run('ip', '-n', space.name, 'addr', 'add', address + '/24', 'dev', name)
            run('ip', '-n', space.name, 'link', 'set', 'lo', 'up')
            run('ip', '-n', space.name, 'link', 'set', name, 'up')
            run('ip', '-n', middle.name, 'link', 'set', peer, 'up')
            space.make(no_offload, name)
            middle.make(no_offload, peer)
        self.sockets = {UP: middle.make(packet_socket, 'mc'), DOWN: middle.make(packet_socket, 'ms')}
        self.captures = [Capture('%s/%s.pcap' % (folder, name)) for name in ('client', 'middle', 'server')]
        self.latency = latency
        self.fault, self.stage = None, 'B'
        self.queue, self.order, self.stopping = [], 0, False
        self.random = random.Random(number)
        self.lock = threading.Lock()

    @staticmethod
    def quiet(name):
        subprocess.run(['sysctl', '-qw', 'net.ipv6.conf.%s.disable_ipv6=1' % name], stderr=subprocess.DEVNULL)

    def set_mtu(self, size):
        client, middle, server = self.spaces
        for space, name in ((client, 'vc'), (middle, 'mc'), (middle, 'ms'), (server, 'vs')):
            run('ip', '-n', space.name, 'link', 'set', name, 'mtu', str(size))

    def later(self, delay, step, way, raw):
        self.order += 1
        heapq.heappush(self.queue, (time.monotonic() + delay, self.order, step, way, raw))

    def through(self, stage, way, raw, step):
        """The stage's fault; then the next step."""
        out = [(0, way, raw)]
        if self.fault is not None and self.stage == stage:
            out = self.fault(Frame(raw), way, time.monotonic())
        for delay, direction, bytes_ in out:
            if direction == way:
                self.later(delay + self.latency, step, way, bytes_)
            else:  # an answer of a box at this stage
                near = 'tap' if stage == 'B' and direction == DOWN or stage == 'A' and direction == UP else 'end'
                self.later(delay + self.latency, near, direction, bytes_)

    def step(self, step, way, raw):
        client, middle, server = self.captures
        if step == 'tap':
            middle.put(raw, way)
            self.through('B' if way == UP else 'A', way, raw, 'end')
        else:
            (server if way == UP else client).put(raw, way)
            try:
                self.sockets[DOWN if way == UP else UP].send(raw)
            except OSError:
                pass

    def take(self, way):
        client, _, server = self.captures
        while True:
            try:
                raw, address = self.sockets[way].recvfrom(65536)
            except OSError:
                return
            if address[2] == 4 or len(raw) < 14:  # outgoing
                continue
            (client if way == UP else server).put(raw, way)
            self.through('A' if way == UP else 'B', way, raw, 'tap')

    def run(self):
        while not self.stopping:
            wait = 0.05
            if self.queue:
                wait = max(0, min(wait, self.queue[0][0] - time.monotonic()))
            ready, _, _ = select.select(list(self.sockets.values()), [], [], wait)
            for way, s in self.sockets.items():
                if s in ready:
                    self.take(way)
            while self.queue and self.queue[0][0] <= time.monotonic():
                _, _, step, way, raw = heapq.heappop(self.queue)
                self.step(step, way, raw)

    def close(self):
        self.stopping = True
        self.join()
        for capture in self.captures:
            capture.close()
        for s in self.sockets.values():
            s.close()
        for space in self.spaces:
            space.close()
