"""The SOCKS peers that no program has on offer: a server with logins, a client that asks for UDP ASSOCIATE and BIND."""
import socket
import struct
import sys
import threading

PROXY = ("10.77.0.2", 1080)


def take(sock, n):
    data = b""
    while len(data) < n:
        more = sock.recv(n - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def pump(source, to):
    try:
        while data := source.recv(4096):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def session(sock):
    methods = take(sock, take(sock, 2)[1])
    if 2 not in methods:
        sock.sendall(b"\x05\xff")
        return
    sock.sendall(b"\x05\x02")
    user = take(sock, take(sock, 2)[1])
    password = take(sock, take(sock, 1)[0])
    good = (user, password) == (b"user", b"sample")
    sock.sendall(b"\x01\x00" if good else b"\x01\x01")
    if not good:
        return
    head = take(sock, 10)
    server = socket.create_connection((socket.inet_ntoa(head[4:8]), struct.unpack("!H", head[8:])[0]))
    address = server.getsockname()
    sock.sendall(b"\x05\x00\x00\x01" + socket.inet_aton(address[0]) + struct.pack("!H", address[1]))
    threading.Thread(target=pump, args=(sock, server), daemon=True).start()
    pump(server, sock)


def serve():
    listener = socket.create_server(("10.77.0.2", 1081))
    while True:
        sock, _ = listener.accept()
        with sock:
            try:
                session(sock)
            except (EOFError, OSError):
                pass


def ask(command, host, port):
    sock = socket.create_connection(PROXY)
    sock.sendall(b"\x05\x01\x00")
    take(sock, 2)
    sock.sendall(bytes((5, command, 0, 1)) + socket.inet_aton(host) + struct.pack("!H", port))
    return sock, reply(sock)


def reply(sock):
    head = take(sock, 10)
    if head[1] != 0:
        sys.exit(f"the proxy says {head[1]}")
    return socket.inet_ntoa(head[4:8]), struct.unpack("!H", head[8:])[0]


def query(number, name):
    labels = b"".join(bytes((len(label),)) + label.encode() for label in name.split("."))
    return struct.pack("!6H", number, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 1, 1)


def associate():
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("10.77.0.1", 0))
    udp.settimeout(3)
    control, relay = ask(3, *udp.getsockname())
    head = b"\0\0\0\1" + socket.inet_aton("10.77.0.2") + struct.pack("!H", 53)
    for number, name in enumerate(("www.example.test", "nothing.example.test"), 1):
        udp.sendto(head + query(number, name), relay)
        udp.recv(4096)
    control.close()


def bind():
    control, at = ask(2, "10.77.0.1", 0)
    caller = socket.create_connection(at, source_address=("10.77.0.1", 0))
    reply(control)
    caller.sendall(b"GET / HTTP/1.1\r\nHost: bound.test\r\n\r\n")
    take(control, 37)
    control.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
    take(caller, 27)
    caller.close()
    control.close()


{"serve": serve, "associate": associate, "bind": bind}[sys.argv[1]]()
