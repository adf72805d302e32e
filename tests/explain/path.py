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
CLIENT6, SERVER6 = 'fd77::1', 'fd77::2'


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


def hardware_address(interface):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    raw = fcntl.ioctl(s, 0x8927, struct.pack('16s24x', interface.encode()))  # SIOCGIFHWADDR
    s.close()
    return raw[18:24].hex(':')


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
    """An IPv4 or IPv6 frame, perhaps with a tag, as far as faults ask."""

    def __init__(self, raw):
        self.raw = raw
        self.l2 = 18 if raw[12:14] == b'\x81\0' else 14
        self.vlan = struct.unpack('!H', raw[14:16])[0] & 0xfff if self.l2 == 18 else None
        kind, ip = raw[self.l2 - 2:self.l2], self.l2
        self.arp = kind == b'\x08\x06'
        self.v6 = kind == b'\x86\xdd'
        self.ip = self.v6 or kind == b'\x08\0'
        self.proto = raw[ip + 6] if self.v6 else raw[ip + 9] if self.ip else 0
        self.tcp = self.proto == 6
        self.udp = self.proto == 17
        self.at = ip + 40 if self.v6 else ip + (raw[ip] & 15) * 4 if self.ip else 0
        self.flags = raw[self.at + 13] if self.tcp else 0
        self.syn = self.tcp and self.flags & 0x12 == 2
        self.syn_ack = self.tcp and self.flags & 0x12 == 0x12
        end = ip + (struct.unpack('!H', raw[ip + 4:ip + 6])[0] + 40 if self.v6 else
                    struct.unpack('!H', raw[ip + 2:ip + 4])[0]) if self.ip else 0
        self.payload = end - self.at - (raw[self.at + 12] >> 4) * 4 if self.tcp else 0
        self.seq, self.ack = struct.unpack('!II', raw[self.at + 4:self.at + 12]) if self.tcp else (0, 0)

    def with_vlan(self, vlan):
        """None: no tag."""
        tag = b'' if vlan is None else struct.pack('!HH', 0x8100, vlan)
        return self.raw[:12] + tag + self.raw[self.l2 - 2:]

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


def icmp6_for(frame, kind, code, rest=0):
    """An ICMPv6 error about the frame, from a router (RFC 4443)."""
    raw = frame.raw
    src, dst = socket.inet_pton(socket.AF_INET6, 'fd77::ff'), raw[22:38]
    body = struct.pack('!BBHI', kind, code, 0, rest) + raw[14:14 + 1200]
    body = body[:2] + struct.pack('!H', checksum(src + dst + struct.pack('!II', len(body), 58) + body)) + body[4:]
    return raw[6:12] + raw[0:6] + b'\x86\xdd' + struct.pack('!IHBB', 6 << 28, len(body), 58, 64) + src + dst + body


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
        self.fault, self.stage, self.twin = None, 'B', None
        self.tags = {}
        self.queue, self.order, self.stopping = [], 0, False
        self.random = random.Random(number)
        self.lock = threading.Lock()

    @staticmethod
    def quiet(name, disabled=1):
        subprocess.run(['sysctl', '-qw', 'net.ipv6.conf.%s.disable_ipv6=%d' % (name.replace('.', '/'), disabled)],
                       stderr=subprocess.DEVNULL)

    def know(self, addresses):
        """The hosts know each other without asking."""
        ends = ((self.spaces[0], 'vc'), (self.spaces[2], 'vs'))
        for (space, name), (there, other), address in zip(ends, ends[::-1], addresses):
            mac = there.make(hardware_address, other)
            run('ip', '-n', space.name, 'neigh', 'replace', address, 'lladdr', mac, 'nud', 'permanent', 'dev', name)

    def use_ipv6(self):
        client, _, server = self.spaces
        for space, name, address in ((client, 'vc', CLIENT6), (server, 'vs', SERVER6)):
            space.make(self.quiet, name, 0)
            run('ip', '-n', space.name, 'addr', 'add', address + '/64', 'dev', name, 'nodad')
        self.know((SERVER6, CLIENT6))

    def use_vlan(self, client, server, fixed=False):
        """Ports of the hosts that are in a VLAN: what is captured has tags, and a host gets what has its tag (None: none).
        fixed: they know each other without ARP."""
        self.tags = {UP: client, DOWN: server}
        if fixed:
            self.know((SERVER, CLIENT))

    def add_twin(self):
        """Another host with the server's address, at the server's side."""
        middle, twin = self.spaces[1], Space(self.spaces[0].name[:-1] + 't')
        self.spaces.append(twin)
        run('ip', 'link', 'add', 'vt', 'netns', twin.name, 'type', 'veth', 'peer', 'name', 'mt', 'netns', middle.name)
        twin.make(self.quiet, 'vt')
        middle.make(self.quiet, 'mt')
        run('ip', '-n', twin.name, 'addr', 'add', SERVER + '/24', 'dev', 'vt')
        for space, name in ((twin, 'vt'), (middle, 'mt')):
            run('ip', '-n', space.name, 'link', 'set', name, 'up')
            space.make(no_offload, name)
        self.twin = middle.make(packet_socket, 'mt')

    def set_mtu(self, size):
        client, middle, server = self.spaces[:3]
        for space, name in ((client, 'vc'), (middle, 'mc'), (middle, 'ms'), (server, 'vs')):
            run('ip', '-n', space.name, 'link', 'set', name, 'mtu', str(size))

    def later(self, at, step, way, raw):
        """What is due at the same time goes out in the order in which it came: to 100 ns, below which a sum is not exact."""
        self.order += 1
        heapq.heappush(self.queue, (round(at, 7), self.order, step, way, raw))

    def through(self, stage, way, raw, step):
        """The stage's fault; then the next step."""
        out, now = [(0, way, raw)], time.monotonic()
        if self.fault is not None and self.stage == stage:
            out = self.fault(Frame(raw), way, now)
        for delay, direction, bytes_ in out:
            if direction == way:
                self.later(now + delay + self.latency, step, way, bytes_)
            else:  # an answer of a box at this stage
                near = 'tap' if stage == 'B' and direction == DOWN or stage == 'A' and direction == UP else 'end'
                self.later(now + delay + self.latency, near, direction, bytes_)

    def step(self, step, way, raw):
        client, middle, server = self.captures
        if step == 'tap':
            middle.put(raw, way)
            self.through('B' if way == UP else 'A', way, raw, 'end')
        else:
            (server if way == UP else client).put(raw, way)
            if self.tags:
                frame = Frame(raw)
                if frame.vlan != self.tags[DOWN if way == UP else UP]:
                    return
                raw = frame.with_vlan(None)
            for s in (self.sockets[DOWN], self.twin) if way == UP else (self.sockets[UP],):
                try:
                    if s is not None:
                        s.send(raw)
                except OSError:
                    pass

    def take(self, way, s):
        client, _, server = self.captures
        while True:
            try:
                raw, address = s.recvfrom(65536)
            except OSError:
                return
            if address[2] == 4 or len(raw) < 14:  # outgoing
                continue
            if self.tags:
                raw = Frame(raw).with_vlan(self.tags[way])
            (client if way == UP else server).put(raw, way)
            self.through('A' if way == UP else 'B', way, raw, 'tap')

    def run(self):
        while not self.stopping:
            wait = 0.05
            if self.queue:
                wait = max(0, min(wait, self.queue[0][0] - time.monotonic()))
            sources = list(self.sockets.items()) + ([(DOWN, self.twin)] if self.twin is not None else [])
            ready, _, _ = select.select([s for _, s in sources], [], [], wait)
            for way, s in sources:
                if s in ready:
                    self.take(way, s)
            while self.queue and self.queue[0][0] <= time.monotonic():
                _, _, step, way, raw = heapq.heappop(self.queue)
                self.step(step, way, raw)

    def close(self):
        self.stopping = True
        self.join()
        for capture in self.captures:
            capture.close()
        for s in list(self.sockets.values()) + [self.twin]:
            if s is not None:
                s.close()
        for space in self.spaces:
            space.close()
