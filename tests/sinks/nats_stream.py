"""A stream of JetStream on 127.0.0.1: makes it, or prints all of its messages, a line each.

usage: nats_stream.py PORT create NAME SUBJECT [MOST_BYTES] | read NAME | ping
"""
import base64
import json
import socket
import sys

port, word, *arguments = sys.argv[1:]
connection = socket.create_connection(("127.0.0.1", int(port)), timeout=20)
received = connection.makefile("rb")
received.readline()  # INFO
connection.sendall(b'CONNECT {"verbose":false,"headers":true}\r\nPING\r\nSUB in.> 1\r\n')


def next_message():
    """Returns the content of the next message."""
    while True:
        words = received.readline().split()
        if not words:
            sys.exit("the connection is over")
        if words[0] == b"PING":
            connection.sendall(b"PONG\r\n")
        if words[0] in (b"MSG", b"HMSG"):
            headers = int(words[-2]) if words[0] == b"HMSG" else 0
            content = received.read(int(words[-1]) + 2)[headers:-2]
            return content


def request(subject, content):
    body = json.dumps(content).encode()
    connection.sendall(b"PUB %s in.answer %d\r\n%s\r\n" % (subject.encode(), len(body), body))


def answer():
    found = json.loads(next_message())
    if "error" in found:
        sys.exit(found["error"]["description"])
    return found


def ask(subject, content):
    request(subject, content)
    return answer()


if word == "create":
    name, subject, *most = arguments
    config = {"name": name, "subjects": [subject], "storage": "file", "num_replicas": 1, "discard": "new"}
    if most:
        config["max_msg_size"] = int(most[0])
    ask("$JS.API.STREAM.CREATE." + name, config)
elif word == "read":
    count = ask("$JS.API.STREAM.INFO." + arguments[0], {})["state"]["messages"]
    for begin in range(1, count + 1, 500):
        numbers = range(begin, min(begin + 500, count + 1))
        for number in numbers:
            request("$JS.API.STREAM.MSG.GET." + arguments[0], {"seq": number})
        for _ in numbers:
            sys.stdout.buffer.write(base64.b64decode(answer()["message"]["data"]) + b"\n")
else:
    while received.readline() != b"PONG\r\n":
        pass
