#!/usr/bin/env python3
"""Makes faults between real TCP stacks on a path of its own, and asks `taplight explain` at three taps what is wrong.

lab.py TAPLIGHT [--jobs N] [--table] [NAME...]: all faults, or those named. --table: Markdown. Exit code 77 where there are
no namespaces."""
import json
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

from path import CLIENT, DOWN, SERVER, SERVER6, UP, Frame, Path, hardware_address, icmp6_for, icmp_for, reset_for

PORT = 8000


def tcp_socket(family=socket.AF_INET):
    """What a sender does after a loss or a pause does not depend on the machine's default, if it has CUBIC."""
    s = socket.socket(family)
    try:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, os.environ.get('LAB_CONGESTION', 'cubic').encode())
    except OSError:
        pass
    return s


class Lab:
    """A path with a client and a server on it."""

    def __init__(self, number, folder):
        self.path = Path(number, folder)
        self.state = {}
        self.threads = []

    def listen(self, handler, port=PORT, before=None, address=SERVER):
        def make():
            s = tcp_socket(socket.AF_INET6 if ':' in address else socket.AF_INET)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if before:
                before(s)
            s.bind((address, port))
            s.listen(16)
            return s

        s = self.path.spaces[2].make(make)

        def serve():
            while True:
                try:
                    c, _ = s.accept()
                except OSError:
                    return
                t = threading.Thread(target=self.guard, args=(handler, c), daemon=True)
                t.start()

        threading.Thread(target=serve, daemon=True).start()

    @staticmethod
    def guard(handler, *arguments):
        try:
            handler(*arguments)
        except OSError:
            pass

    def connect(self, timeout=8, port=PORT, before=None):
        s = self.path.spaces[0].make(tcp_socket)
        s.settimeout(timeout)
        if before:
            before(s)
        s.connect((SERVER, port))
        return s

    def datagram(self, side):
        return self.path.spaces[side].make(socket.socket, socket.AF_INET, socket.SOCK_DGRAM)


# --- programs ---

def read_line(c):
    data = b''
    while not data.endswith(b'\n'):
        more = c.recv(4096)
        if not more:
            return data
        data += more
    return data


def answers(size, pause=0.0, pieces=1, between=0.0):
    def serve(c):
        while read_line(c):
            time.sleep(pause)
            for i in range(pieces):
                if i:
                    time.sleep(between)
                c.sendall(b'x' * size)
        c.close()
    return serve


def sink(c):
    while c.recv(65536):
        pass
    c.sendall(b'done\n')
    c.close()


def fetch(lab, size, times=1, wait=0.0, **more):
    s = lab.connect(**more)
    for i in range(times):
        if i:
            time.sleep(wait)
        s.sendall(b'GIVE\n')
        left = size
        while left > 0:
            got = s.recv(65536)
            if not got:
                break
            left -= len(got)
    s.close()
    time.sleep(0.1)


def upload(lab, size, **more):
    s = lab.connect(**more)
    s.sendall(b'y' * size)
    s.shutdown(socket.SHUT_WR)
    while s.recv(4096):
        pass
    s.close()
    time.sleep(0.1)


def quietly(function, *arguments, **more):
    try:
        function(*arguments, **more)
    except OSError:
        pass


def run_in(lab, side, *words):
    subprocess.run(['ip', 'netns', 'exec', lab.path.spaces[side].name, *words], check=True, stdout=subprocess.DEVNULL)


# --- faults of the path ---

def passing(f, way, now):
    return [(0, way, f.raw)]


def dropping(which):
    return lambda f, way, now: [] if which(f, way, now) else [(0, way, f.raw)]


def losing(lab, direction, share):
    return dropping(lambda f, way, now: way == direction and f.payload > 500 and lab.path.random.random() < share)


def once(lab, which, count=1):
    def asks(f, way, now):
        if lab.state.get('n', 0) < count and which(f, way):
            lab.state['n'] = lab.state.get('n', 0) + 1
            return True
        return False
    return dropping(asks)


FAULTS = []


def fault(name, stage, client, middle, server, slow=False):
    """The findings that are right at each tap; '' is nothing above a note, '-' no flow at all, '~NAME' a note of that name,
    '+NAME' one of that name beside the verdict, '@NAME' one of ARP."""
    def keep(function):
        FAULTS.append((name, stage, (client, middle, server), function, slow))
        return function
    return keep


NONE = ('', '-')
LOSS_B, LOSS_A = ('loss before the tap',), ('loss after the tap',)
UNANSWERED = ('no answer to SYN',)


@fault('SYNs dropped before the server', 'B', UNANSWERED, UNANSWERED, NONE)
def _(lab):
    lab.path.fault = dropping(lambda f, way, now: f.syn)
    lab.listen(answers(10))
    quietly(fetch, lab, 10, timeout=4)


@fault('SYN-ACKs dropped before the client', 'A', UNANSWERED, ('no answer to SYN-ACK',), ('no answer to SYN-ACK',))
def _(lab):
    lab.path.fault = dropping(lambda f, way, now: f.syn_ack)
    lab.listen(answers(10))
    quietly(fetch, lab, 10, timeout=4)


@fault('no program listens', 'B', ('refused',), ('refused',), ('refused',))
def _(lab):
    quietly(fetch, lab, 10)


@fault('a box rejects by reset', 'B', ('refused',), ('refused',), NONE)
def _(lab):
    lab.path.fault = lambda f, way, now: [(0, DOWN, reset_for(f))] if f.syn else passing(f, way, now)
    quietly(fetch, lab, 10)


@fault('a filter answers by ICMP', 'B', ('unreachable',), ('unreachable',), NONE)
def _(lab):
    lab.path.fault = lambda f, way, now: [(0, DOWN, icmp_for(f, 3, 13))] if f.syn else passing(f, way, now)
    quietly(fetch, lab, 10, timeout=2)


@fault('no route, by ICMP', 'B', ('unreachable',), ('unreachable',), NONE)
def _(lab):
    lab.path.fault = lambda f, way, now: [(0, DOWN, icmp_for(f, 3, 0))] if f.syn else passing(f, way, now)
    quietly(fetch, lab, 10, timeout=2)


@fault('the host is not there, by ICMP', 'B', ('unreachable',), ('unreachable',), NONE)
def _(lab):
    lab.path.fault = lambda f, way, now: [(0, DOWN, icmp_for(f, 3, 1))] if f.syn else passing(f, way, now)
    quietly(fetch, lab, 10, timeout=4)


@fault('a routing loop', 'B', ('hop limit exceeded',), ('hop limit exceeded',), NONE)
def _(lab):
    lab.path.fault = lambda f, way, now: [(0, DOWN, icmp_for(f, 11, 0))] if f.syn else passing(f, way, now)
    quietly(fetch, lab, 10, timeout=4)


@fault('UDP port closed', 'B', ('unreachable',), ('unreachable',), ('unreachable',))
def _(lab):
    s = lab.datagram(0)
    for _ in range(2):
        quietly(s.sendto, b'hello', (SERVER, PORT))
        time.sleep(0.2)


@fault('first SYN lost', 'B', ('set-up after retries',), ('set-up after retries',), NONE)
def _(lab):
    lab.path.fault = once(lab, lambda f, way: f.syn)
    lab.listen(answers(1000))
    fetch(lab, 1000)


@fault('first SYN-ACK lost', 'A', ('set-up after retries',), ('set-up after retries',), ('set-up after retries',))
def _(lab):
    lab.path.fault = once(lab, lambda f, way: f.syn_ack)
    lab.listen(answers(1000))
    fetch(lab, 1000)


for stage in 'AB':
    @fault('download loses 3 %, at ' + stage, stage, LOSS_B, LOSS_B if stage == 'B' else LOSS_A, LOSS_A)
    def _(lab):
        lab.path.fault = losing(lab, DOWN, 0.03)
        lab.listen(answers(600000))
        fetch(lab, 600000, timeout=20)

    @fault('upload loses 3 %, at ' + stage, stage, LOSS_A, LOSS_A if stage == 'B' else LOSS_B, LOSS_B)
    def _(lab):
        lab.path.fault = losing(lab, UP, 0.03)
        lab.listen(sink)
        upload(lab, 600000, timeout=20)


@fault('the last segment is lost', 'B', LOSS_B, LOSS_B, LOSS_A)
def _(lab):
    lab.path.fault = once(lab, lambda f, way: way == DOWN and 0 < f.payload < 500, 2)
    lab.listen(answers(29160))
    fetch(lab, 29160)


@fault('segments are reordered', 'B', ('reordering',), ('reordering',), NONE + ('needless retransmission',))
def _(lab):
    def late(f, way, now):
        return [(0.004 if way == DOWN and f.payload > 500 and lab.path.random.random() < 0.05 else 0, way, f.raw)]
    lab.path.fault = late
    lab.listen(answers(600000))
    fetch(lab, 600000, timeout=20)


NEEDLESS = ('needless retransmission', '~needless retransmission')


@fault('acknowledgments are late', 'A', NEEDLESS, NEEDLESS, NEEDLESS)
def _(lab):
    """Time-outs of 0.2 s come too early; between them the sender learns again that the path is short."""
    lab.path.fault = lambda f, way, now: [(max(0, lab.state.get('until', 0) - now) if way == DOWN and f.tcp else 0, way, f.raw)]
    lab.listen(sink)
    s = lab.connect()
    for _ in range(6):
        for _ in range(5):
            s.sendall(b'y' * 10000)
            time.sleep(0.05)
        lab.state['until'] = time.monotonic() + 0.4
        s.sendall(b'y' * 10000)
        time.sleep(0.6)
    s.shutdown(socket.SHUT_WR)
    s.recv(100)
    s.close()
    time.sleep(0.1)


@fault('the network duplicates packets', 'B', ('duplicate packets',), ('duplicate packets',), NONE)
def _(lab):
    lab.path.fault = lambda f, way, now: [(0, way, f.raw), (0.0001, way, f.raw)] if way == DOWN and f.payload else passing(f, way, now)
    lab.listen(answers(60000))
    fetch(lab, 60000)


@fault('a mirror port copies packets', 'B', ('duplicate packets',), ('duplicate packets',), ('duplicate packets',))
def _(lab):
    for c in lab.path.captures:
        c.filter = lambda raw, way: 2
    lab.listen(answers(100000))
    fetch(lab, 100000)


@fault('the capture has one direction', 'B', ('one side only',), ('one side only',), ('one side only',))
def _(lab):
    for c in lab.path.captures:
        c.filter = lambda raw, way: way == UP
    lab.listen(answers(100000))
    fetch(lab, 100000)


@fault('the capture drops packets', 'B', ('packets not captured',), ('packets not captured',), ('packets not captured',))
def _(lab):
    for c in lab.path.captures:
        c.filter = lambda raw, way: 0 if len(raw) > 500 and lab.path.random.random() < 0.1 else 1
    lab.listen(answers(300000))
    fetch(lab, 300000)


ZERO = ('receiver does not read',)


@fault('the client does not read', 'B', ZERO, ZERO, ZERO)
def _(lab):
    lab.listen(answers(400000))
    s = lab.connect(before=lambda s: s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 20000))
    s.sendall(b'GIVE\n')
    time.sleep(2)
    left = 400000
    while left > 0:
        left -= len(s.recv(65536))
    s.close()
    time.sleep(0.1)


@fault('the server does not read', 'B', ZERO, ZERO, ZERO)
def _(lab):
    def lazy(c):
        time.sleep(2)
        sink(c)
    lab.listen(lazy, before=lambda s: s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 20000))
    upload(lab, 300000)


WINDOW = ('limited by the receive window',)


@fault('small receive window', 'B', WINDOW, WINDOW, WINDOW)
def _(lab):
    lab.path.latency = 0.02
    lab.listen(answers(300000))
    fetch(lab, 300000, before=lambda s: s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 5000))


SLOW = ('server answers late', 'HTTP answer begins late')


@fault('the server thinks 1.5 s', 'B', SLOW, SLOW, SLOW)
def _(lab):
    lab.listen(answers(1000, pause=1.5))
    fetch(lab, 1000, times=2)


NO_ANSWER = ('no answer to the request',)


@fault('the server closes without an answer', 'B', NO_ANSWER, NO_ANSWER, NO_ANSWER)
def _(lab):
    def closes(c):
        read_line(c)
        c.close()
    lab.listen(closes)
    fetch(lab, 10)


@fault('the server never answers', 'B', NO_ANSWER, NO_ANSWER, NO_ANSWER)
def _(lab):
    lab.listen(answers(10, pause=30))
    quietly(fetch, lab, 10, timeout=2)


RESET = ('reset',)


@fault('the server resets under a request', 'B', RESET, RESET, RESET)
def _(lab):
    def resets(c):
        read_line(c)
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        c.close()
    lab.listen(resets)
    quietly(fetch, lab, 10)


IDLE = ('reset after idle time',)


@fault('a firewall forgets, and resets', 'B', IDLE, IDLE, NONE)
def _(lab):
    def wall(f, way, now):
        if way == UP and f.tcp and f.payload and now - lab.state.get('last', now) > 4:
            return [(0, DOWN, reset_for(f, 63))]
        lab.state['last'] = now if f.tcp else lab.state.get('last', now)
        return passing(f, way, now)
    lab.path.fault = wall
    lab.listen(answers(1000))
    quietly(fetch, lab, 1000, times=2, wait=5)


@fault('a firewall forgets, and drops', 'B', ('forgotten after idle time',), ('forgotten after idle time',), NONE)
def _(lab):
    def wall(f, way, now):
        if f.tcp and now - lab.state.get('last', now) > 4:
            return []
        lab.state['last'] = now if f.tcp else lab.state.get('last', now)
        return passing(f, way, now)
    lab.path.fault = wall
    lab.listen(answers(1000))
    quietly(fetch, lab, 1000, times=2, wait=5, timeout=3)


@fault('the server closes idle connections by reset', 'B', IDLE, IDLE, IDLE)
def _(lab):
    def closes(c):
        read_line(c)
        c.sendall(b'x' * 1000)
        time.sleep(4.5)
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        c.close()
    lab.listen(closes)
    quietly(fetch, lab, 1000, times=2, wait=5.5)


@fault('a box resets a transfer', 'B', ('reset by a box in between',), ('reset by a box in between',), NONE + LOSS_A + ('no more answers',))
def _(lab):
    def box(f, way, now):
        if f.payload > 100 and way == DOWN:
            lab.state['n'] = lab.state.get('n', 0) + 1
        if way == UP and f.tcp and lab.state.get('n', 0) > 20:
            return [(0, DOWN, reset_for(f, 61))]
        return passing(f, way, now) if way == UP or lab.state.get('n', 0) <= 20 else []
    lab.path.fault = box
    lab.listen(answers(200000))
    quietly(fetch, lab, 200000)


MTU = ('packets too big',)


@fault('large segments vanish (download)', 'A', ('no answer to the request',) + NONE, MTU, MTU)
def _(lab):
    lab.path.fault = dropping(lambda f, way, now: len(f.raw) > 1214)
    lab.listen(answers(20000))
    quietly(fetch, lab, 20000, timeout=4)


@fault('large segments vanish (upload)', 'B', MTU, MTU, NONE)
def _(lab):
    lab.path.fault = dropping(lambda f, way, now: len(f.raw) > 1214)
    lab.listen(sink)
    quietly(upload, lab, 20000, timeout=4)
    time.sleep(3)


def too_big(limit):
    """A router with a smaller MTU, which says so (RFC 1191)."""
    return lambda f, way, now: ([(0, DOWN, icmp_for(f, 3, 4, limit - 14))] if way == UP and len(f.raw) > limit else
                                passing(f, way, now))


@fault('a router says that packets are too big', 'B', MTU + ('~packets too big',), MTU + ('~packets too big',), NONE)
def _(lab):
    lab.path.fault = too_big(1214)
    lab.listen(sink)
    upload(lab, 20000)


@fault('a router says that packets are too big, the sender ignores it', 'B', MTU, MTU, NONE)
def _(lab):
    run_in(lab, 0, 'ip', 'route', 'replace', '10.77.0.0/24', 'dev', 'vc', 'src', CLIENT, 'mtu', 'lock', '1500')
    lab.path.fault = too_big(1214)
    lab.listen(sink)
    quietly(upload, lab, 20000, timeout=4)
    time.sleep(3)


OPTIONS = ('options of TCP missing',)


for title, kinds in (('a box strips options', (3, 4)), ('a box strips selective acknowledgments', (4,)),
                     ('a box strips window scaling', (3,))):
    @fault(title, 'A', OPTIONS, *[OPTIONS + NONE + (WINDOW if kinds == (3,) else ())] * 2)
    def _(lab, kinds=kinds):
        def strip(raw, i, size):
            if raw[i] in kinds:
                raw[i:i + size] = b'\1' * size
        lab.path.fault = lambda f, way, now: [(0, way, f.with_tcp_options(strip) if f.syn else f.raw)]
        lab.listen(answers(300000))
        fetch(lab, 300000)


@fault('ECN is dropped', 'B', ('ECN packets dropped',), ('ECN packets dropped',), NONE)
def _(lab):
    subprocess.run(['ip', 'netns', 'exec', lab.path.spaces[0].name, 'sysctl', '-qw', 'net.ipv4.tcp_ecn=1'])
    lab.path.fault = dropping(lambda f, way, now: f.syn and f.flags & 0xc0 == 0xc0)
    lab.listen(answers(1000))
    fetch(lab, 1000)


def shaper(lab, rate, room):
    def shape(f, way, now):
        if way != DOWN:
            return passing(f, way, now)
        free = max(lab.state.get('free', now), now)
        if free - now > room:
            return []
        lab.state['free'] = free + len(f.raw) / rate
        return [(lab.state['free'] - now, way, f.raw)]
    return shape


@fault('a long queue', 'A', NONE + ('long queue',), ('long queue',), ('long queue',))
def _(lab):
    lab.path.fault = shaper(lab, 100000, 10)
    lab.listen(answers(300000))
    fetch(lab, 300000, timeout=20)


POLICER = ('rate limited by drops',)


@fault('a policer', 'A', POLICER, POLICER, POLICER)
def _(lab):
    def police(f, way, now):
        if way != DOWN or f.payload < 500:
            return passing(f, way, now)
        tokens = min(30000, lab.state.get('tokens', 30000) + (now - lab.state.get('at', now)) * 200000)
        lab.state['at'] = now
        lab.state['tokens'] = tokens - len(f.raw) if tokens >= len(f.raw) else tokens
        return passing(f, way, now) if tokens >= len(f.raw) else []
    lab.path.fault = police
    lab.listen(answers(600000))
    fetch(lab, 600000, timeout=20)


def bucket(lab, rate, burst, room):
    """A shaper: a bucket of tokens, and a queue of so many seconds for what comes without one."""
    def shape(f, way, now):
        if way != DOWN:
            return passing(f, way, now)
        tokens = min(burst, lab.state.get('tokens', burst) + (now - lab.state.get('at', now)) * rate) - len(f.raw)
        if -tokens / rate > room:
            return []
        lab.state['at'], lab.state['tokens'] = now, tokens
        return [(max(0, -tokens / rate), way, f.raw)]
    return shape


SHAPER = ('rate held by a shaper',)


@fault('a shaper', 'A', NONE + SHAPER, SHAPER, SHAPER)
def _(lab):
    lab.path.fault = bucket(lab, 250000, 60000, 1)
    lab.listen(answers(1000000))
    fetch(lab, 1000000, timeout=20)


CONGESTION = ('limited by the congestion window',)


def each(lab, count, act):
    """Every so many large segments of the server something happens to one."""
    def count_them(f, way, now):
        if way == DOWN and f.payload > 500:
            lab.state['n'] = lab.state.get('n', 0) + 1
            if lab.state['n'] % count == 0:
                return act(f, way)
        return passing(f, way, now)
    return count_them


for stage in 'AB':
    @fault('losses now and then, at ' + stage, stage, CONGESTION, CONGESTION, CONGESTION)
    def _(lab):
        lab.path.latency = 0.025
        lab.path.fault = each(lab, 130, lambda f, way: [])
        lab.listen(answers(1600000))
        fetch(lab, 1600000, timeout=20)


@fault('marks of ECN', 'B', CONGESTION, CONGESTION, CONGESTION)
def _(lab):
    for space in (lab.path.spaces[0], lab.path.spaces[2]):
        subprocess.run(['ip', 'netns', 'exec', space.name, 'sysctl', '-qw', 'net.ipv4.tcp_ecn=1'])
    lab.path.latency = 0.025
    lab.path.fault = each(lab, 130, lambda f, way: [(0, way, f.with_ecn_mark())])
    lab.listen(answers(1600000))
    fetch(lab, 1600000, timeout=20)


HALF_OPEN = ('half open after a restart',)
TCP_REPAIR = 19


def forget(s):
    """The kernel drops the connection without a packet, as a restart does (TCP_REPAIR)."""
    s.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    s.close()


@fault('the server is restarted', 'B', HALF_OPEN, HALF_OPEN, HALF_OPEN)
def _(lab):
    def serve(c):
        read_line(c)
        c.sendall(b'x' * 1000)
        time.sleep(0.5)
        forget(c)
    lab.listen(serve)
    quietly(fetch, lab, 1000, times=2, wait=2)


@fault('the server is away, and comes back without state', 'B', HALF_OPEN, HALF_OPEN, HALF_OPEN)
def _(lab):
    def serve(c):
        read_line(c)
        c.sendall(b'x' * 1000)
        time.sleep(0.3)
        lab.path.fault = lambda f, way, now: []
        forget(c)
        time.sleep(1.5)
        lab.path.fault = None
    lab.listen(serve)
    quietly(fetch, lab, 1000, times=2, wait=0.6)


@fault('the client is restarted, and uses its port again', 'B', HALF_OPEN, HALF_OPEN, HALF_OPEN)
def _(lab):
    def same_port(s):
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((CLIENT, 40000))
    lab.listen(answers(1000))
    s = lab.connect(before=same_port)
    s.sendall(b'GIVE\n')
    s.recv(1000)
    time.sleep(0.3)
    forget(s)
    time.sleep(0.5)
    quietly(fetch, lab, 1000, before=same_port)


JUMBO = ('jumbo frames do not pass',)


@fault('jumbo frames meet a path of 1500 bytes', 'B', JUMBO, JUMBO, NONE)
def _(lab):
    lab.path.set_mtu(9000)
    lab.path.fault = dropping(lambda f, way, now: len(f.raw) > 1514)
    lab.listen(sink)
    quietly(upload, lab, 40000, timeout=4)
    time.sleep(3)


@fault('each direction takes another router', 'B', ('~asymmetric path',), ('~asymmetric path',), NONE)
def _(lab):
    lab.path.fault = lambda f, way, now: [(0, way, f.raw[:6] + b'\2\0\0\0\0\7' + f.raw[12:] if way == DOWN and f.tcp else f.raw)]
    lab.listen(answers(10000))
    fetch(lab, 10000)


RESTART = ('slow start after a pause',)


@fault('a sender begins again after a pause', 'B', RESTART, RESTART, RESTART)
def _(lab):
    lab.path.latency = 0.05
    lab.listen(answers(400000))
    fetch(lab, 400000, times=3, wait=1.5)


NAGLE = ('Nagle and delayed acknowledgment',)


@fault('write, write, read', 'B', NAGLE, NAGLE, NAGLE)
def _(lab):
    def serve(c):
        while read_line(c):
            c.sendall(b'ok\n')
    lab.listen(serve)
    s = lab.connect()
    for _ in range(30):
        s.sendall(b'head ')
        s.sendall(b'body\n')
        read_line(s)
    s.close()
    time.sleep(0.1)


@fault('very small writes', 'B', ('very small segments',), ('very small segments',), ('very small segments',))
def _(lab):
    lab.listen(sink)
    s = lab.connect()
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for _ in range(300):
        s.sendall(b'abc')
        time.sleep(0.002)
    s.shutdown(socket.SHUT_WR)
    s.recv(100)
    s.close()
    time.sleep(0.1)


CLOSING = ('request on a closing connection',)


@fault('a request meets the close', 'B', CLOSING, CLOSING, CLOSING)
def _(lab):
    lab.path.latency = 0.03

    def serve(c):
        read_line(c)
        c.sendall(b'x' * 1000)
        time.sleep(0.3)
        c.close()
    lab.listen(serve)
    quietly(fetch, lab, 1000, times=2, wait=0.27)
    time.sleep(0.3)


@fault('the path dies under keep-alives', 'B', ('keep-alives without answer',), ('keep-alives without answer',), NONE)
def _(lab):
    def alive(s):
        s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 5)):
            s.setsockopt(socket.IPPROTO_TCP, option, value)
    lab.listen(answers(1000))
    s = lab.connect(before=alive)
    s.sendall(b'GIVE\n')
    s.recv(1000)
    time.sleep(0.3)
    lab.path.fault = lambda f, way, now: []
    time.sleep(6)


@fault('keep-alives on an idle connection', 'B', *(('~keep-alives',),) * 3)
def _(lab):
    lab.listen(answers(1000))
    s = lab.connect()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    s.sendall(b'GIVE\n')
    s.recv(1000)
    time.sleep(3.3)
    s.close()
    time.sleep(0.1)


@fault('a port is used again', 'B', *(('~port used again',),) * 3)
def _(lab):
    def serve(c):
        read_line(c)
        c.sendall(b'x' * 1000)
        c.close()

    def same_port(s):
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((CLIENT, 40000))
    lab.listen(serve)
    for _ in range(2):
        s = lab.connect(before=same_port)
        s.sendall(b'GIVE\n')
        while s.recv(4096):
            pass
        s.close()
        time.sleep(0.3)


PAUSES = ('sender pauses', 'HTTP body slow')


@fault('the server pauses in its answer', 'B', PAUSES, PAUSES, PAUSES)
def _(lab):
    lab.listen(answers(3000, pieces=3, between=1.2))
    fetch(lab, 9000)


@fault('the path is cut in an upload', 'B', ('no more answers', 'packets too big'), ('no more answers', 'packets too big'), NONE + LOSS_B)
def _(lab):
    lab.listen(sink)
    s = lab.connect()
    s.sendall(b'y' * 30000)
    time.sleep(0.3)
    lab.path.fault = lambda f, way, now: []
    quietly(s.sendall, b'y' * 30000)
    time.sleep(4)


# --- DNS ---

def question(name, ident, kind=1):
    words = b''.join(bytes([len(w)]) + w for w in name.encode().split(b'.'))
    return struct.pack('!HHHHHH', ident, 0x100, 1, 0, 0, 0) + words + struct.pack('!BHH', 0, kind, 1)


def answer_to(query):
    """The server's address of the kind that is asked for."""
    six = query[-4:-2] == b'\0\x1c'
    data = socket.inet_pton(socket.AF_INET6, SERVER6) if six else socket.inet_aton(SERVER)
    return b'\xc0\x0c' + query[-4:] + struct.pack('!IH', 60, len(data)) + data


def name_server(lab, rcode=0, pause=0.0, flags=0, exists=lambda name: True, family=socket.AF_INET):
    def make():
        s = socket.socket(family, socket.SOCK_DGRAM)
        s.bind((SERVER6 if family == socket.AF_INET6 else SERVER, 53))
        return s
    s = lab.path.spaces[2].make(make)

    def serve():
        while True:
            query, peer = s.recvfrom(4096)
            time.sleep(pause)
            good = exists(query[12:])
            code = rcode if good else 3
            answer = b'' if code or flags else answer_to(query)
            head = struct.pack('!HHHHHH', struct.unpack('!H', query[:2])[0], 0x8180 | flags | code, 1, bool(answer), 0, 0)
            s.sendto(head + query[12:] + answer, peer)
    threading.Thread(target=serve, daemon=True).start()


def ask(lab, *names, timeout=1.5, tries=1):
    s = lab.datagram(0)
    s.settimeout(timeout)
    for i, name in enumerate(names):
        for _ in range(tries):
            s.sendto(question(name, i + 1), (SERVER, 53))
            try:
                s.recv(4096)
                break
            except OSError:
                pass


for title, words, more, right in (
        ('DNS fails', ('www.example.test',), {'rcode': 2}, 'DNS error'),
        ('DNS is slow', ('www.example.test',), {'pause': 0.7}, 'DNS slow'),
        ('DNS answers are cut', ('www.example.test',), {'flags': 0x200}, 'DNS answer cut'),
        ('a search list', ('host.a.test', 'host.b.test', 'host.c.test', 'host.test'),
         {'exists': lambda q: b'\1' not in q[:8]}, 'search list'),
        ('a name does not exist', ('nowhere.test',), {'exists': lambda q: False}, 'no such name')):
    @fault(title, 'B', (right,), (right,), (right,))
    def _(lab, words=words, more=more):
        name_server(lab, **more)
        ask(lab, *words)


@fault('DNS answers are cut, and asked for over TCP', 'B', *(('~DNS answer cut',),) * 3)
def _(lab):
    def serve(c):
        query = c.recv(4096)[2:]
        answer = query[:2] + b'\x81\x80\0\1\0\1\0\0\0\0' + query[12:] + answer_to(query)
        c.sendall(struct.pack('!H', len(answer)) + answer)
        c.close()
    name_server(lab, flags=0x200)
    lab.listen(serve, port=53)
    ask(lab, 'www.example.test')
    s = lab.connect(port=53)
    s.sendall(b'\0\x22' + question('www.example.test', 2))
    while s.recv(4096):
        pass
    s.close()
    time.sleep(0.1)


@fault('a slow look-up, then a connection', 'B', *(('+name look-up before it was slow',),) * 3)
def _(lab):
    name_server(lab, pause=0.7)
    ask(lab, 'www.example.test')
    lab.listen(answers(1000))
    fetch(lab, 1000)


@fault('datagrams have no answer', 'B', *(('~datagrams without answer',),) * 3)
def _(lab):
    silent = lab.datagram(2)
    silent.bind((SERVER, PORT))
    s = lab.datagram(0)
    for _ in range(3):
        s.sendto(b'hello', (SERVER, PORT))
        time.sleep(0.2)


@fault('DNS has no answer', 'B', ('DNS without answer',), ('DNS without answer',), NONE)
def _(lab):
    lab.path.fault = dropping(lambda f, way, now: f.udp)
    ask(lab, 'www.example.test', timeout=0.7, tries=3)


# --- HTTP, SMTP, TLS ---

def http(status, body=b'', pause=0.0, gap=0.0):
    def serve(c):
        c.recv(4096)
        time.sleep(pause)
        c.sendall(b'HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n' % (status, len(body)) + body[:len(body) // 2])
        time.sleep(gap)
        c.sendall(body[len(body) // 2:])
        c.close()
    return serve


@fault('requests wait behind a slow one', 'B', *(('+HTTP requests wait in line',),) * 3)
def _(lab):
    def serve(c):
        asked = b''
        while asked.count(b'\r\n\r\n') < 3:
            asked += c.recv(4096)
        time.sleep(1.5)
        for _ in range(3):
            c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello')
        c.close()
    lab.listen(serve)
    s = lab.connect()
    s.sendall(b'GET /page HTTP/1.1\r\nHost: www.example.test\r\n\r\n' * 3)
    while s.recv(4096):
        pass
    s.close()


def get(lab):
    s = lab.connect()
    s.sendall(b'GET /page HTTP/1.1\r\nHost: www.example.test\r\n\r\n')
    while s.recv(4096):
        pass
    s.close()
    time.sleep(0.1)


for title, serve, right in (('HTTP 503', http(b'503 Service Unavailable', b'no'), ('HTTP server error',)),
                            ('HTTP 403', http(b'403 Forbidden', b'no'), ('~HTTP refusal',)),
                            ('HTTP answers late', http(b'200 OK', b'x' * 100, pause=1.4), ('+HTTP answer begins late',)),
                            ('HTTP body is slow', http(b'200 OK', b'x' * 100, gap=1.4), ('+HTTP body slow',))):
    @fault(title, 'B', right, right, right)
    def _(lab, serve=serve):
        lab.listen(serve)
        get(lab)


for title, reply in (('mail is put off', b'451 4.7.1 try again later'), ('mail is refused', b'550 5.7.1 no')):
    @fault(title, 'B', *(('mail put off' if reply[0] == 52 else 'mail refused',),) * 3)
    def _(lab, reply=reply):
        deliver(lab, reply)


def deliver(lab, reply):
    def serve(c):
        c.sendall(b'220 mail.example.test ESMTP\r\n')
        for answer in (b'250 ok', b'250 ok', reply, b'221 bye'):
            c.recv(4096)
            c.sendall(answer + b'\r\n')
        c.close()
    lab.listen(serve, port=25)
    s = lab.connect(port=25)
    for line in (b'EHLO a.example.test', b'MAIL FROM:<a@example.test>', b'RCPT TO:<b@example.test>', b'QUIT'):
        s.recv(4096)
        s.sendall(line + b'\r\n')
    s.recv(4096)
    s.close()
    time.sleep(0.1)


def certificate(lab, name, until):
    """A key and a certificate that is valid until that time: `openssl ca` takes it, `openssl req` does not."""
    key, cert, folder = lab.folder + '/key', lab.folder + '/cert', lab.folder
    with open(folder + '/ca.conf', 'w') as f:
        f.write('[ca]\ndefault_ca=a\n[a]\ndatabase=%s/index\nserial=%s/serial\nnew_certs_dir=%s\ndefault_md=sha256\npolicy=p\n'
                'x509_extensions=x\n[p]\ncommonName=supplied\n[x]\nsubjectAltName=DNS:%s\n' % (folder, folder, folder, name))
    open(folder + '/index', 'w').close()
    with open(folder + '/serial', 'w') as f:
        f.write('01\n')
    for words in (('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', folder + '/csr', '-subj', '/CN=' + name),
                  ('ca', '-batch', '-selfsign', '-config', folder + '/ca.conf', '-keyfile', key, '-in', folder + '/csr',
                   '-out', cert, '-notext', '-startdate', '20200101000000Z', '-enddate', until)):
        subprocess.run(['openssl', *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return cert, key


def tls(lab, name, until):
    import ssl
    cert, key = certificate(lab, name, until)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    def serve(c):
        with context.wrap_socket(c, server_side=True) as secure:
            read_line(secure)
            secure.sendall(b'x' * 1000)
            Lab.guard(secure.recv, 10)
    lab.listen(serve, port=443)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    s = lab.connect(port=443)
    with client.wrap_socket(s, server_hostname='www.example.test') as secure:
        secure.sendall(b'GIVE\n')
        secure.recv(4096)
        quietly(secure.unwrap)
    time.sleep(0.2)


@fault('a certificate of another name', 'B', *(('certificate for another name',),) * 3)
def _(lab):
    tls(lab, 'mail.example.test', '20491231000000Z')


@fault('an old certificate', 'B', *(('certificate out of date',),) * 3)
def _(lab):
    tls(lab, 'www.example.test', '20210101000000Z')


@fault('the client does not know the issuer', 'B', ('TLS alert',), ('TLS alert',), ('TLS alert',))
def _(lab):
    import ssl
    key, cert = lab.folder + '/key', lab.folder + '/cert'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-subj',
                    '/CN=www.example.test', '-days', '2'], check=True, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    lab.listen(lambda c: context.wrap_socket(c, server_side=True), port=443)
    s = lab.connect(port=443)
    quietly(ssl.create_default_context().wrap_socket, s, server_hostname='www.example.test')
    time.sleep(0.2)


# --- IPv6 and then IPv4 (RFC 8305) ---

def ask_both(lab, *names):
    """As a resolver of a host with both does: the IPv6 address first."""
    s = lab.datagram(0)
    s.settimeout(1.5)
    for name in names:
        for kind in (28, 1):
            s.sendto(question(name, kind, kind), (SERVER, 53))
            s.recv(4096)


def both_ways(lab, fault):
    """A server of HTTP that listens on IPv4 only, and a name with both addresses."""
    lab.path.use_ipv6()
    lab.path.fault = fault
    name_server(lab)
    lab.listen(http(b'200 OK', b'x' * 1000))
    ask_both(lab, 'www.example.test')


def curl(lab):
    """It waits 200 ms for IPv6, then it tries IPv4, too."""
    subprocess.run(['ip', 'netns', 'exec', lab.path.spaces[0].name, 'curl', '-s', '-m', '5', '--noproxy', '*', '--resolve',
                    'www.example.test:%d:[%s],%s' % (PORT, SERVER6, SERVER), 'http://www.example.test:%d/page' % PORT],
                   stdout=subprocess.DEVNULL, check=True)
    time.sleep(0.1)


FALLBACK, SOON = ('IPv4 after IPv6 failed',), ('~IPv4 after IPv6 failed',)


def eaten(f, way, now):
    return [] if f.v6 and f.tcp else passing(f, way, now)


@fault('IPv6 is dropped, curl goes on over IPv4', 'B', SOON, SOON, ('',))
def _(lab):
    both_ways(lab, eaten)
    curl(lab)


@fault('IPv6 is dropped, a program waits two seconds for it', 'B', FALLBACK, FALLBACK, ('',))
def _(lab):
    both_ways(lab, eaten)
    s = lab.path.spaces[0].make(socket.socket, socket.AF_INET6)
    s.settimeout(2)
    quietly(s.connect, (SERVER6, PORT))
    get(lab)


@fault('IPv6 is refused, curl goes on over IPv4', 'B', SOON, SOON, SOON)
def _(lab):
    both_ways(lab, None)
    curl(lab)


@fault('a filter answers IPv6 by ICMP, curl goes on over IPv4', 'B', SOON, SOON, ('',))
def _(lab):
    both_ways(lab, lambda f, way, now: [(0, DOWN, icmp6_for(f, 1, 1))] if f.v6 and f.syn else passing(f, way, now))
    curl(lab)


@fault('answers over IPv6 are dropped, curl goes on over IPv4', 'A', SOON, ('', ) + SOON, ('',) + SOON)
def _(lab):
    both_ways(lab, lambda f, way, now: [] if f.v6 and f.tcp and way == DOWN else passing(f, way, now))
    lab.listen(http(b'200 OK', b'x' * 1000), address=SERVER6)
    curl(lab)


# --- VLANs and ARP ---

VLAN, STRAYED = ('different VLAN tags',), ('@ARP answered in another VLAN',)


def retagged(which, vlan):
    """Frames of the server come with another tag."""
    return lambda f, way, now: [(0, way, f.with_vlan(vlan) if way == DOWN and which(f) else f.raw)]


@fault('answers come in another VLAN', 'B', VLAN, VLAN, ('no answer to SYN-ACK',))
def _(lab):
    lab.path.use_vlan(10, 10, fixed=True)
    lab.path.fault = retagged(lambda f: f.ip, 20)
    lab.listen(answers(1000))
    quietly(fetch, lab, 1000, timeout=4)


@fault('a port takes the tag off the answers', 'A', VLAN, ('no answer to SYN-ACK',), ('no answer to SYN-ACK',))
def _(lab):
    lab.path.use_vlan(10, 10, fixed=True)
    lab.path.fault = retagged(lambda f: f.ip, None)
    lab.listen(answers(1000))
    quietly(fetch, lab, 1000, timeout=4)


@fault('ARP is answered in another VLAN', 'B', STRAYED, STRAYED, ('-',))
def _(lab):
    lab.path.use_vlan(10, 10)
    lab.path.fault = retagged(lambda f: True, 20)
    lab.listen(answers(1000))
    quietly(fetch, lab, 1000, timeout=4)


@fault('nobody has the address', 'B', *(('@no answer to ARP',),) * 3)
def _(lab):
    run_in(lab, 2, 'ip', 'addr', 'del', SERVER + '/24', 'dev', 'vs')
    quietly(fetch, lab, 10, timeout=4)


@fault('two hosts have the address', 'B', *(('@two hosts answer ARP',),) * 3)
def _(lab):
    lab.path.add_twin()
    lab.listen(answers(1000))
    quietly(fetch, lab, 1000)


@fault('the wrong one of two hosts with an address is reached', 'B', *(('address of two hosts',),) * 3)
def _(lab):
    def host(f):
        return f.raw[6:12] == lab.state['server']
    lab.path.add_twin()
    lab.state['server'] = bytes.fromhex(lab.path.spaces[2].make(hardware_address, 'vs').replace(':', ''))
    lab.path.fault = lambda f, way, now: [(0.05 if f.arp and way == DOWN and host(f) else 0, way, f.raw)]
    lab.listen(answers(1000))
    quietly(fetch, lab, 1000)
    time.sleep(0.2)


# --- healthy runs ---

def healthy(name):
    return fault('healthy: ' + name, 'B', ('',), ('',), ('',))


for size in (10, 1000, 30000, 400000):
    @healthy('download of %d bytes' % size)
    def _(lab, size=size):
        lab.listen(answers(size))
        fetch(lab, size)

for size in (1000, 300000):
    @healthy('upload of %d bytes' % size)
    def _(lab, size=size):
        lab.listen(sink)
        upload(lab, size)


@healthy('20 requests on one connection')
def _(lab):
    lab.listen(answers(5000))
    fetch(lab, 5000, times=20, wait=0.02)


@healthy('two requests, two seconds apart')
def _(lab):
    lab.listen(answers(5000))
    fetch(lab, 5000, times=2, wait=2)


@healthy('HTTP')
def _(lab):
    lab.listen(http(b'200 OK', b'x' * 20000))
    get(lab)


@healthy('HTTP 404')
def _(lab):
    lab.listen(http(b'404 Not Found', b'no'))
    get(lab)


@healthy('DNS, and a connection to the answer')
def _(lab):
    name_server(lab)
    ask(lab, 'www.example.test')
    lab.listen(answers(1000))
    fetch(lab, 1000)


@healthy('long path')
def _(lab):
    lab.path.latency = 0.05
    lab.listen(answers(200000))
    fetch(lab, 200000)


@healthy('a dialogue of short lines')
def _(lab):
    def serve(c):
        while read_line(c):
            c.sendall(b'ok\n')
    lab.listen(serve)
    s = lab.connect()
    for _ in range(100):
        s.sendall(b'do it\n')
        read_line(s)
    s.close()
    time.sleep(0.1)


for size in (1448, 14480, 100000):
    @healthy('download of %d bytes on a long path' % size)
    def _(lab, size=size):
        lab.path.latency = 0.04
        lab.listen(answers(size))
        fetch(lab, size)

for size in (10, 14480, 100000):
    @healthy('upload of %d bytes on a long path' % size)
    def _(lab, size=size):
        lab.path.latency = 0.04
        lab.listen(sink)
        upload(lab, size)


@healthy('several connections, one after the other')
def _(lab):
    lab.listen(answers(3000))
    for _ in range(5):
        fetch(lab, 3000)


@healthy('a server that speaks first')
def _(lab):
    def serve(c):
        c.sendall(b'220 ready\r\n')
        while read_line(c):
            c.sendall(b'250 ok\r\n')
        c.close()
    lab.listen(serve)
    s = lab.connect()
    read_line(s)
    for word in (b'HELO client\r\n', b'NOOP\r\n', b'NOOP\r\n'):
        s.sendall(word)
        read_line(s)
    s.close()
    time.sleep(0.1)


@healthy('the client closes its side first')
def _(lab):
    def serve(c):
        while c.recv(4096):
            pass
        c.sendall(b'x' * 20000)
        c.close()
    lab.listen(serve)
    s = lab.connect()
    s.sendall(b'all of it')
    s.shutdown(socket.SHUT_WR)
    while s.recv(65536):
        pass
    s.close()


@healthy('a message each tenth of a second')
def _(lab):
    lab.listen(answers(200, pieces=15, between=0.1))
    fetch(lab, 3000)


@healthy('messages of both sides at a time')
def _(lab):
    def serve(c):
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(20):
            c.sendall(b'tick\n')
            time.sleep(0.02)
        while c.recv(4096):
            pass
        c.close()
    lab.listen(serve)
    s = lab.connect()
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for _ in range(20):
        s.sendall(b'tock\n')
        time.sleep(0.02)
    s.shutdown(socket.SHUT_WR)
    while s.recv(4096):
        pass
    s.close()


@healthy('HTTP, five requests on one connection')
def _(lab):
    def serve(c):
        for _ in range(5):
            c.recv(4096)
            c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n' + b'x' * 1000)
        c.close()
    lab.listen(serve)
    s = lab.connect()
    for _ in range(5):
        s.sendall(b'GET /page HTTP/1.1\r\nHost: www.example.test\r\n\r\n')
        left = 1000
        while left > 0:
            left -= len(s.recv(4096).rpartition(b'\r\n\r\n')[2])
    s.close()
    time.sleep(0.1)


@healthy('HTTP, three requests at once')
def _(lab):
    def serve(c):
        asked = b''
        while asked.count(b'\r\n\r\n') < 3:
            asked += c.recv(4096)
        c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello' * 3)
        c.close()
    lab.listen(serve)
    s = lab.connect()
    s.sendall(b'GET /page HTTP/1.1\r\nHost: www.example.test\r\n\r\n' * 3)
    while s.recv(4096):
        pass
    s.close()


@healthy('an HTTP upload')
def _(lab):
    def serve(c):
        data = b''
        while len(data.partition(b'\r\n\r\n')[2]) < 50000:
            data += c.recv(65536)
        c.sendall(b'HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n')
        c.close()
    lab.listen(serve)
    s = lab.connect()
    s.sendall(b'POST /page HTTP/1.1\r\nHost: www.example.test\r\nContent-Length: 50000\r\n\r\n' + b'y' * 50000)
    while s.recv(4096):
        pass
    s.close()


@healthy('two names, and a connection')
def _(lab):
    name_server(lab)
    for name in ('www.example.test', 'mail.example.test'):
        ask(lab, name)
    lab.listen(answers(30000))
    fetch(lab, 30000)


@healthy('a path with jitter')
def _(lab):
    def vary(f, way, now):
        at = max(now + random.random() * 0.003, lab.state.get(way, now))
        lab.state[way] = at + 0.0005
        return [(at - now, way, f.raw)]
    lab.path.fault = vary
    lab.listen(answers(3000))
    fetch(lab, 3000, times=10, wait=0.01)


@healthy("a VLAN on the client's side only")
def _(lab):
    lab.path.use_vlan(10, None)
    lab.path.fault = lambda f, way, now: [(0, way, f.with_vlan(None if way == UP else 10))]
    lab.listen(answers(30000))
    fetch(lab, 30000, times=3)


@healthy('IPv6')
def _(lab):
    lab.path.use_ipv6()
    name_server(lab)
    ask_both(lab, 'www.example.test')
    lab.listen(http(b'200 OK', b'x' * 20000), address=SERVER6)
    curl(lab)


@healthy('a connection that is kept open for a while')
def _(lab):
    lab.listen(answers(1000))
    fetch(lab, 1000, times=3, wait=0.8)


# --- the run ---

def explain(program, file, arp):
    words = [program, 'explain', '--json', '-r', file] + ([] if arp else ['conn.ip_proto > 0'])
    out = subprocess.run(words, capture_output=True, text=True)
    if out.returncode != 0:
        return '!' + out.stderr.strip(), '', ()
    records = [json.loads(line) for line in out.stdout.splitlines()]
    if arp and records and records[0]['_path'] == 'explain_arp':
        return '@' + records[0]['finding'], records[0]['level'], ()
    records = [r for r in records if r['_path'] == 'explain' and r['id.resp_h'] == SERVER]
    if not records:
        return '-', '', ()
    notes = {f['name'] for r in records for f in r.get('findings', [])}
    return records[0].get('finding', ''), records[0]['confidence'], notes


def run_fault(program, number, row):
    name, stage, rights, function, _ = row
    with tempfile.TemporaryDirectory(prefix='tl-lab-') as folder:
        keep = os.environ.get('LAB_KEEP')
        if keep:
            folder = keep + '/' + ''.join(c if c.isalnum() else '-' for c in name)
            os.makedirs(folder, exist_ok=True)
        lab = Lab(number, folder)
        lab.folder, lab.path.stage = folder, stage
        lab.path.start()
        try:
            function(lab)
        except (OSError, subprocess.CalledProcessError) as e:
            print('# %s: %s' % (name, e), file=sys.stderr)
        time.sleep(0.2)
        lab.path.close()
        found = [explain(program, '%s/%s.pcap' % (folder, tap), any(r.startswith('@') for r in sum(rights, ())))
                 for tap in ('client', 'middle', 'server')]
    rows = []
    for tap, (finding, confidence, notes), right in zip(('client', 'middle', 'server'), found, rights):
        note = [r[1:] for r in right if r.startswith('~') and finding == '' and r[1:] in notes]
        beside = [r[1:] for r in right if r.startswith('+') and r[1:] in notes]
        shown = note[0] + ', a note' if note else finding + ', with ' + beside[0] if beside and beside[0] != finding else finding
        rows.append((name, tap, shown, confidence, finding in right or bool(note) or bool(beside)))
    return rows


def main():
    words = sys.argv[1:]
    table = '--table' in words
    jobs = int(words[words.index('--jobs') + 1]) if '--jobs' in words else 4
    names = [w for i, w in enumerate(words[1:], 1) if not w.startswith('--') and words[i - 1] != '--jobs']
    if '--list' in words:
        print('\n'.join(row[0] for row in FAULTS))
        return 0
    if os.geteuid() != 0:
        print('skipped: needs root, for network namespaces')
        return 77
    chosen = [(i, row) for i, row in enumerate(FAULTS) if not names or row[0] in names]
    results, lock = {}, threading.Semaphore(jobs)

    def one(i, row):
        with lock:
            try:
                results[i] = run_fault(words[0], i, row)
            except (OSError, subprocess.CalledProcessError) as e:
                results[i] = [(row[0], 'all', '!%s' % e, '', False)]

    threads = [threading.Thread(target=one, args=c) for c in chosen]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    rows = [r for i in sorted(results) for r in results[i]]
    right = sum(r[4] for r in rows)
    for name, tap, finding, confidence, good in rows:
        what = {'': 'nothing above a note', '-': 'no flow seen'}.get(finding, finding.lstrip('@'))
        if table:
            print('| %s | %s | %s | %s | %s |' % (name, tap, what, confidence, 'right' if good else '**wrong**'))
        elif not good:
            print('wrong: %s, at the %s: %s (%s)' % (name, tap, what, confidence))
    print('%d of %d verdicts are right' % (right, len(rows)), file=sys.stderr if table else sys.stdout)
    return 0 if right == len(rows) else 1


sys.exit(main())
