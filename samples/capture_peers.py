#!/usr/bin/env python3
"""Both sides of the conversations that capture.sh records: `serve` on one side, `CASE` on the other."""

import socket
import struct
import sys
import threading
import time

import websocket_peers

SERVER = "10.77.0.2"
SERVER6 = "fd00:77::2"
LINGER_RESET = struct.pack("ii", 1, 0)


def read_all(conn):
    total = 0
    while chunk := conn.recv(65536):
        total += len(chunk)
    return total


def reader(conn):
    read_all(conn)


def first_to_close(conn):
    conn.recv(1000)
    conn.sendall(b"answer " * 20)
    conn.close()


def resets(conn):
    conn.recv(1000)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)


def half_close(conn):
    read_all(conn)
    for n in range(3):
        conn.sendall(b"part %d " % n * 10)
        time.sleep(0.1)


def zero_window(conn):
    time.sleep(2.5)
    read_all(conn)


def urgent(conn):
    conn.recv(1000)
    time.sleep(0.2)
    read_all(conn)


def at_once(conn):
    conn.recv(1000)
    wait_for_mark()
    conn.shutdown(socket.SHUT_WR)
    read_all(conn)


def download(conn):
    conn.recv(1000)
    conn.sendall(bytes(range(256)) * 160)


def echo(conn):
    while chunk := conn.recv(65536):
        conn.sendall(chunk)


def smtp(conn):
    conn.sendall(b"220 mail.example.test ESMTP ready\r\n")
    stream = conn.makefile("rb")
    in_data = False
    for line in stream:
        word = line[:4].upper().strip()
        if in_data:
            if line == b".\r\n":
                in_data = False
                conn.sendall(b"250 2.0.0 queued as 4F1A2\r\n")
        elif word == b"EHLO":
            conn.sendall(b"250-mail.example.test\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n")
        elif word == b"DATA":
            in_data = True
            conn.sendall(b"354 end with a dot\r\n")
        elif word == b"QUIT":
            conn.sendall(b"221 2.0.0 bye\r\n")
            return
        elif line.upper().startswith(b"RCPT TO:<NOBODY"):
            conn.sendall(b"550 5.1.1 no such user\r\n")
        elif word == b"AUTH":
            conn.sendall(b"235 2.7.0 welcome\r\n")
        else:
            conn.sendall(b"250 2.1.0 fine\r\n")


def upgrades(conn):
    conn.recv(1000)
    conn.sendall(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                 b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
    conn.sendall(b"\x81\x05hello")
    conn.recv(1000)


SERVICES = {9001: reader, 9002: first_to_close, 9003: resets, 9004: half_close, 9005: zero_window, 9006: urgent,
            9007: reader, 9008: at_once, 9009: download, 9010: reader, 9011: echo, 9012: upgrades,
            websocket_peers.PORT: websocket_peers.websocket_server, 25: smtp}


def wait_for_mark():
    """Both sides wake at the same tenth of a second."""
    now = time.time()
    time.sleep((int(now * 2) + 2) / 2 - now)


def listen(port, work):
    sock = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=16)
    if work is zero_window:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    if port == 9010:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)

    def handle(conn):
        with conn:
            try:
                work(conn)
            except OSError:
                pass

    while True:
        conn, _ = sock.accept()
        threading.Thread(target=handle, args=(conn,), daemon=True).start()


def serve():
    for port, work in SERVICES.items():
        threading.Thread(target=listen, args=(port, work), daemon=True).start()
    time.sleep(0.3)
    print("ready", flush=True)
    threading.Event().wait()


def connect(port, host=SERVER):
    return socket.create_connection((host, port), timeout=10)


def case_close_a():
    with connect(9001) as s:
        s.sendall(b"request " * 10)
        time.sleep(0.1)
    time.sleep(0.2)


def case_close_a6():
    with connect(9001, SERVER6) as s:
        s.sendall(b"request " * 10)
        time.sleep(0.1)
    time.sleep(0.2)


def case_close_b():
    with connect(9002) as s:
        s.sendall(b"request " * 10)
        read_all(s)
        time.sleep(0.1)


def case_close_both():
    with connect(9008) as s:
        s.sendall(b"request")
        wait_for_mark()
        s.shutdown(socket.SHUT_WR)
        read_all(s)


def case_reset_by_b():
    with connect(9003) as s:
        s.sendall(b"request " * 10)
        try:
            s.recv(100)
        except ConnectionResetError:
            pass


def case_reset_by_a():
    with connect(9001) as s:
        s.sendall(b"request " * 10)
        time.sleep(0.2)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)


def case_refused():
    for host in (SERVER, SERVER6):
        try:
            connect(9998, host)
        except ConnectionRefusedError:
            pass


def case_no_answer():
    try:
        socket.create_connection((SERVER, 9999), timeout=4)
    except TimeoutError:
        pass


def case_half_close():
    with connect(9004) as s:
        s.sendall(b"request " * 10)
        s.shutdown(socket.SHUT_WR)
        read_all(s)


def case_zero_window():
    with connect(9005) as s:
        s.settimeout(20)
        s.sendall(b"x" * 9000)
        s.shutdown(socket.SHUT_WR)
        read_all(s)


def case_urgent():
    with connect(9006) as s:
        s.sendall(b"plain ")
        s.send(b"!", socket.MSG_OOB)
        s.sendall(b"after ")
        time.sleep(0.3)


def case_keep_alive():
    with connect(9007) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
        s.sendall(b"request")
        time.sleep(3.5)


def case_upload():
    with connect(9001) as s:
        s.settimeout(30)
        s.sendall(bytes(range(256)) * 160)


def case_download():
    with connect(9009) as s:
        s.settimeout(30)
        s.sendall(b"request")
        read_all(s)


def case_fast_open():
    for _ in range(2):
        with socket.socket() as s:
            s.sendto(b"early data", socket.MSG_FASTOPEN, (SERVER, 9010))
            time.sleep(0.2)


def case_slow():
    """Connects, sends, waits 2 s, sends again, closes: for captures that start late or end early."""
    with connect(9011) as s:
        s.sendall(b"before ")
        s.recv(100)
        time.sleep(2)
        s.sendall(b"after ")
        s.recv(100)


def case_joins():
    v4 = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    group = socket.inet_aton("239.7.7.7") + socket.inet_aton("10.77.0.1")
    v4.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
    source = group[:4] + group[4:] + socket.inet_aton("10.77.0.9")
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.setsockopt(socket.IPPROTO_IP, 39, socket.inet_aton("232.1.1.1") + source[4:])  # IP_ADD_SOURCE_MEMBERSHIP
    v6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    group6 = socket.inet_pton(socket.AF_INET6, "ff05::7:7") + struct.pack("@I", socket.if_nametoindex("tlcap0"))
    v6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group6)
    time.sleep(1.5)
    v4.setsockopt(socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP, group)
    v6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_LEAVE_GROUP, group6)
    time.sleep(1.5)


def dns_message(ident, flags, name, qtype, qclass, answer=b""):
    labels = b"".join(bytes([len(part)]) + part for part in name.split(b".")) + b"\0"
    question = labels + struct.pack("!HH", qtype, qclass)
    if not answer:
        return struct.pack("!6H", ident, flags, 1, 0, 0, 0) + question
    if qclass & 0x8000 or ident == 0:  # multicast DNS answers have no question
        return struct.pack("!6H", ident, flags, 0, 1, 0, 0) + labels + struct.pack("!HHIH", qtype, 0x8001, 120, len(answer)) + answer
    record = b"\xc0\x0c" + struct.pack("!HHIH", qtype, 1, 30, len(answer)) + answer
    return struct.pack("!6H", ident, flags, 1, 1, 0, 0) + question + record


def multicast_socket(family, port, interface):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("", port))
    index = socket.if_nametoindex(interface)
    if family == socket.AF_INET:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("@4s4si", bytes(4), bytes(4), index))
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
    else:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    return s


def case_mdns_a():
    for family, group in ((socket.AF_INET, "224.0.0.251"), (socket.AF_INET6, "ff02::fb")):
        with multicast_socket(family, 5353, "tlcap0") as s:
            s.sendto(dns_message(0, 0, b"printer.local", 1, 1), (group, 5353))
            s.sendto(dns_message(0, 0, b"_http._tcp.local", 12, 0x8001), (group, 5353))
            time.sleep(0.5)
    for family, group in ((socket.AF_INET, "224.0.0.252"), (socket.AF_INET6, "ff02::1:3")):
        with multicast_socket(family, 0, "tlcap0") as s:
            s.settimeout(1)
            s.sendto(dns_message(0x4242, 0, b"workstation", 1, 1), (group, 5355))
            try:
                s.recv(1000)
            except TimeoutError:
                pass


def case_mdns_b():
    """Answers the queries of mdns_a for five seconds."""
    end = time.time() + 5
    socks = []
    for port, group in ((5353, "224.0.0.251"), (5355, "224.0.0.252")):
        s = multicast_socket(socket.AF_INET, port, "tlcap1")
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                     struct.pack("@4s4si", socket.inet_aton(group), bytes(4), socket.if_nametoindex("tlcap1")))
        s.settimeout(0.2)
        socks.append((s, port, group))
    print("ready", flush=True)
    while time.time() < end:
        for s, port, group in socks:
            try:
                data, peer = s.recvfrom(1000)
            except TimeoutError:
                continue
            if data[2] & 0x80:
                continue
            address = socket.inet_aton(SERVER)
            if port == 5355:
                ident = struct.unpack("!H", data[:2])[0]
                s.sendto(dns_message(ident, 0x8000, b"workstation", 1, 1, address), peer)
            elif b"printer" in data:
                s.sendto(dns_message(0, 0x8400, b"printer.local", 1, 1, address), (group, port))
            else:
                s.sendto(dns_message(0, 0x8400, b"_http._tcp.local", 12, 1, b"\x04Home\xc0\x0c"), (group, port))


def case_upgraded():
    with connect(9012) as s:
        s.sendall(b"GET /socket HTTP/1.1\r\nHost: 10.77.0.2:9012\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                  b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        while b"hello" not in s.recv(1000):
            pass
        s.sendall(b"\x81\x85\0\0\0\0hello")


def case_websocket_messages():
    with connect(websocket_peers.PORT) as s:
        websocket_peers.websocket_messages(s)


def case_websocket_compressed():
    with connect(websocket_peers.PORT) as s:
        websocket_peers.websocket_compressed(s)


def case_websocket_mail():
    with connect(websocket_peers.PORT) as s:
        websocket_peers.websocket_mail(s)


def case_pipelined():
    with connect(80) as s:
        s.sendall(b"".join(b"GET /%s HTTP/1.1\r\nHost: 10.77.0.2\r\n\r\n" % name
                           for name in (b"", b"index.html", b"missing", b"cookie", b"old")))
        s.sendall(b"GET /private HTTP/1.1\r\nHost: 10.77.0.2\r\nConnection: close\r\n\r\n")
        read_all(s)


def case_smtp():
    with connect(25) as s:
        stream = s.makefile("rb")

        def say(line, answers=1):
            s.sendall(line.replace(b"\n", b"\r\n"))
            for _ in range(answers):
                while stream.readline()[3:4] == b"-":
                    pass

        say(b"", 1)
        say(b"EHLO client.example.test\n")
        say(b"AUTH PLAIN AHVzZXIAc2FtcGxl\n")
        say(b"MAIL FROM:<sender@example.test> SIZE=400\nRCPT TO:<recipient@example.test>\nRCPT TO:<nobody@example.test>\nDATA\n", 4)
        say(b"Received: from desk.example.test (10.77.0.9) by client.example.test; Tue, 14 Nov 2023 22:13:20 +0000\n"
            b"Date: Tue, 14 Nov 2023 22:13:20 +0000\nFrom: Sender <sender@example.test>\nTo: Recipient <recipient@example.test>\n"
            b"Cc: copy@example.test\nMessage-ID: <1@client.example.test>\nSubject: =?utf-8?q?Caf=C3=A9?= at four\n"
            b"User-Agent: sample/1.0\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
            b"--b\nContent-Type: text/plain\n\nAt four?\n..and a line that began with a dot\n"
            b"--b\nContent-Type: text/csv\nContent-Disposition: attachment; filename=\"times.csv\"\n\n16,00\n--b--\n.\n")
        say(b"MAIL FROM:<sender@example.test>\n")
        say(b"RCPT TO:<second@example.test>\n")
        say(b"DATA\n")
        say(b"Subject: second\n\nShort.\n.\n")
        say(b"QUIT\n")


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    else:
        globals()["case_" + sys.argv[1]]()
