"""A stream of JetStream on 127.0.0.1: makes it, or prints all of its messages, a line each.

usage: nats_stream.py PORT create NAME SUBJECT [MOST_BYTES] | read NAME | ping
"""
import json
import socket
import sys

port, word, *arguments = sys.argv[1:]
connection = socket.create_connection(("127.0.0.1", int(port)), timeout=20)
received = connection.makefile("rb")
received.readline()  # INFO
early = []  # messages of a consumer, which may come before the answer about it
connection.sendall(b'CONNECT {"verbose":false,"headers":true}\r\nPING\r\nSUB in.> 1\r\n')


def next_message():
    """Returns the subject and the content of the next message."""
    while True:
        words = received.readline().split()
        if not words:
            sys.exit("the connection is over")
        if words[0] == b"PING":
            connection.sendall(b"PONG\r\n")
        if words[0] in (b"MSG", b"HMSG"):
            headers = int(words[-2]) if words[0] == b"HMSG" else 0
            content = received.read(int(words[-1]) + 2)[headers:-2]
            return words[1], content


def ask(subject, request):
    body = json.dumps(request).encode()
    connection.sendall(b"PUB %s in.answer %d\r\n%s\r\n" % (subject.encode(), len(body), body))
    while (message := next_message())[0] != b"in.answer":
        early.append(message)
    answer = json.loads(message[1])
    if "error" in answer:
        sys.exit(answer["error"]["description"])
    return answer


if word == "create":
    name, subject, *most = arguments
    config = {"name": name, "subjects": [subject], "storage": "file", "num_replicas": 1, "discard": "new"}
    if most:
        config["max_msg_size"] = int(most[0])
    ask("$JS.API.STREAM.CREATE." + name, config)
elif word == "read":
    count = ask("$JS.API.STREAM.INFO." + arguments[0], {})["state"]["messages"]
    ask(f"$JS.API.CONSUMER.CREATE.{arguments[0]}", {
        "stream_name": arguments[0],
        "config": {"deliver_subject": "in.messages", "deliver_policy": "all", "ack_policy": "none"}})
    for _ in range(count):
        sys.stdout.buffer.write((early.pop(0) if early else next_message())[1] + b"\n")
else:
    while received.readline() != b"PONG\r\n":
        pass
