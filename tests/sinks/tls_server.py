"""A TLS server on 127.0.0.1 for the tests of --to: a broker of Kafka up to its login, or nothing but handshakes.

usage: tls_server.py PORT CERTIFICATE KEY LOG
A line of LOG is a connection: `handshake`, or why there was none; with a login of Kafka also `login MECHANISM FIRST-WORDS`.
"""
import socket
import ssl
import struct
import sys

port, certificate, key, log_name = sys.argv[1:]
log = open(log_name, "w", buffering=1)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
API_VERSIONS, SASL_HANDSHAKE, SASL_AUTHENTICATE = 18, 17, 36


def read(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def text(data, at):
    size = struct.unpack_from(">h", data, at)[0]
    return data[at + 2:at + 2 + size], at + 2 + size


def kafka(connection):
    while True:
        size = struct.unpack(">i", read(connection, 4))[0]
        if not 8 <= size < 10000:
            return  # it does not speak Kafka
        request = read(connection, size)
        what, version, number = struct.unpack_from(">hhi", request)
        _, at = text(request, 8)
        if what == API_VERSIONS:
            known = ((API_VERSIONS, 0, 3), (SASL_HANDSHAKE, 0, 1), (SASL_AUTHENTICATE, 0, 1), (0, 0, 7), (3, 0, 5))
            if version >= 3:
                answer = struct.pack(">hB", 0, len(known) + 1) + b"".join(struct.pack(">hhhB", *k, 0) for k in known)
                answer += struct.pack(">iB", 0, 0)
            else:
                answer = struct.pack(">hi", 0, len(known)) + b"".join(struct.pack(">hhh", *k) for k in known)
                answer += struct.pack(">i", 0) if version > 0 else b""
        elif what == SASL_HANDSHAKE:
            mechanism, _ = text(request, at)
            answer = struct.pack(">hih", 0, 1, len(mechanism)) + mechanism
        elif what == SASL_AUTHENTICATE:
            size = struct.unpack_from(">i", request, at)[0]
            words = request[at + 4:at + 4 + size].decode().replace("\0", " ").split(",r=")[0]
            log.write(f"login {mechanism.decode()} {words}\n")
            return
        else:
            return
        connection.sendall(struct.pack(">ii", len(answer) + 4, number) + answer)


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(port)))
listener.listen()
while True:
    client = listener.accept()[0]
    client.settimeout(5)
    try:
        with context.wrap_socket(client, server_side=True) as inner:
            inner.do_handshake()
            log.write("handshake\n")
            kafka(inner)
    except (OSError, ConnectionError, ValueError) as error:
        log.write(f"{error}\n")
