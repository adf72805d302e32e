"""Plays a NATS server with JetStream on 127.0.0.1, which writes what it is asked to the file PORT.log.

usage: nats_server.py PORT answers|still
answers: it acknowledges each message; a line of the log is its reply subject and its Nats-Msg-Id. still: it answers the
begin of the first connection and then reads nothing more; a line of the log is a connection.
"""
import socket
import sys
import time

port, mode = int(sys.argv[1]), sys.argv[2]
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
if mode == "still":
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)  # the sender's buffer stays small
listener.bind(("127.0.0.1", port))
log = open(f"{port}.log", "w", buffering=1)
listener.listen()


def serve(client):
    received = client.makefile("rb")
    client.sendall(b'INFO {"server_id":"x","version":"2.9.10","headers":true,"max_payload":1048576,"jetstream":true}\r\n')
    number = 0
    while True:
        words = received.readline().split()
        if not words:
            return
        if words[0] == b"PING":
            client.sendall(b"PONG\r\n")
        elif words[0] == b"SUB" and mode == "still":
            log.write("connected\n")
            time.sleep(60)
        elif words[0] == b"SUB":
            number = words[-1]
        elif words[0] == b"HPUB":
            reply, content = words[2], received.read(int(words[-1]) + 2)
            name = content.split(b"Nats-Msg-Id:")[1].split(b"\r\n")[0].strip()
            log.write(f"{reply.decode()} {name.decode()}\n")
            answer = b'{"stream":"S","seq":1}'
            client.sendall(b"MSG %s %s %d\r\n%s\r\n" % (reply, number, len(answer), answer))


while True:
    try:
        serve(listener.accept()[0])
    except OSError:  # who only asked whether it listens is gone
        pass
