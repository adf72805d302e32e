"""A server for the tests of --to: it plays ClickHouse, Elasticsearch and Loki, and their faults.

usage: server.py PORTFILE STORE [FAULT:COUNT ..]
STORE gets a line for each row that was taken: TABLE<tab>JSON. Faults are played once each, in order, before anything is
taken: 500, late (a status of 200 whose last line is an error, nothing taken), lost (taken, but the connection is reset
before the answer), slow (the answer takes 0.5 s), large (a request of several documents is too large), reset, badrow
(rows that contain the word are refused: badrow=WORD). lines: a table has a type that blocks cannot fill. The
environment variable PORT gives the port, PASSWORD what ClickHouse wants. It uses few modules: it is started often.
"""
import json
import os
import re
import socket
import struct
import sys
import time
import zlib

store = open(sys.argv[2], "a", buffering=1)
tables = {}
faults = []
refused = None
lines_only = False
for word in sys.argv[3:]:
    if word.startswith("badrow="):
        refused = word[len("badrow="):].encode()
    elif word == "lines":
        lines_only = True
    else:
        name, _, count = word.partition(":")
        faults += [name] * int(count or 1)


class Over(Exception):
    """The connection is over."""


def unescape(text):
    return re.sub(rb"%(..)", lambda m: bytes([int(m[1], 16)]), text.encode()).decode()


def fault(take):
    """Plays a fault. Returns the answer, or None if there is none."""
    name = faults.pop(0) if faults else None
    if name == "500":
        return 500, "Code: 241. DB::Exception: Memory limit exceeded\n"
    if name == "late":
        return 200, "\nCode: 159. DB::Exception: Timeout exceeded\n"
    if name == "reset":
        raise Over
    if name == "lost":
        take()
        raise Over
    if name == "slow":
        time.sleep(0.5)
    return None


# --- columns of ClickHouse's format Native ---

def number(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def text(data, at):
    size, at = number(data, at)
    return data[at:at + size].decode("utf-8", "surrogateescape"), at + size


FIXED = {"UInt8": "B", "UInt16": "H", "UInt64": "Q", "Int64": "q", "Float64": "d"}


def values(data, at, kind, rows):
    if kind.startswith("Nullable("):
        nulls, (found, at) = data[at:at + rows], values(data, at + rows, kind[9:-1], rows)
        return [None if null else value for null, value in zip(nulls, found)], at
    if kind.startswith("Array("):
        ends = struct.unpack_from(f"<{rows}Q", data, at)
        found, at = values(data, at + 8 * rows, kind[6:-1], ends[-1])
        return [found[begin:end] for begin, end in zip((0,) + ends, ends)], at
    if kind == "Decimal(38, 9)":
        found = [int.from_bytes(data[at + 16 * i:at + 16 * i + 16], "little", signed=True) for i in range(rows)]
        return [f"{n // 10**9}.{n % 10**9:09}" for n in found], at + 16 * rows
    if kind == "String":
        found = []
        for _ in range(rows):
            value, at = text(data, at)
            found.append(value)
        return found, at
    form = f"<{rows}{FIXED[kind]}"
    return list(struct.unpack_from(form, data, at)), at + struct.calcsize(form)


def native(data):
    """Returns the rows of a block as lines of JSON."""
    count, at = number(data, 0)
    rows, at = number(data, at)
    columns = {}
    for _ in range(count):
        key, at = text(data, at)
        kind, at = text(data, at)
        columns[key], at = values(data, at, kind, rows)
    assert at == len(data), (at, len(data))
    lines = ({key: column[i] for key, column in columns.items()} for i in range(rows))
    return [json.dumps(line, separators=(",", ":")) for line in lines]


# --- servers ---

def clickhouse(query, headers, body):
    statement = query.get("query") or body.decode()
    if os.environ.get("PASSWORD") and headers.get("x-clickhouse-key") != os.environ["PASSWORD"]:
        return 403, "Code: 516. DB::Exception: Authentication failed\n"
    if statement == "SELECT version()":
        return 200, "18.16.1\n"
    made = re.match(r"CREATE TABLE IF NOT EXISTS `(\w+)`.*?\((.*)\) ENGINE", statement)
    if made:
        kind = r"((?:[^(),]|\((?:[^()]|\([^()]*\))*\))*)"
        columns = dict(re.findall("`([^`]+)` " + kind, made[2]))
        if lines_only:
            columns["_sensor"] = "FixedString(64)"
        tables.setdefault(made[1], columns)
        return 200, ""
    asked = re.search(r"FROM system.columns .* table = '(\w+)'", statement)
    if asked:
        columns = tables.get(asked[1], {}).items()
        return 200, "".join(f"{name}\t{kind}\n" if "name, type" in statement else f"{name}\n" for name, kind in columns)
    table, form = re.match(r"INSERT INTO `(\w+)`.* FORMAT (\w+)$", statement).groups()
    rows = native(body) if form == "Native" else body.decode().splitlines()

    def take():
        for row in rows:
            assert set(json.loads(row)) <= set(tables[table]), row
            store.write(f"{table}\t{row}\n")

    answer = fault(take)
    if answer:
        return answer
    if refused and any(refused in row.encode() for row in rows):
        return 400, "Code: 27. DB::Exception: Cannot parse input: (at row 1)\n"
    take()
    return 200, ""


def bulk(body):
    lines = body.decode().splitlines()
    pairs = [(json.loads(a)["create"], b) for a, b in zip(lines[::2], lines[1::2])]

    def take():
        items = []
        for action, row in pairs:
            key = (action["_index"], action["_id"])
            status = 409 if key in tables else 400 if refused and refused in row.encode() else 201
            if status == 201 and faults and faults[0] == "429":
                faults.pop(0)
                status = 429
            if status == 201:
                tables[key] = True
                store.write(f"{action['_index']}\t{row}\n")
            item = {"_index": action["_index"], "_id": action["_id"], "status": status}
            if status >= 400:
                item["error"] = {"type": "mapper_parsing_exception", "reason": "no good \"value\" {"}
            items.append({"create": item})
        return items

    if faults and faults[0] == "large" and len(pairs) > 1:
        faults.pop(0)
        return 413, "Request Entity Too Large\n"
    answer = fault(take) if not faults or faults[0] != "429" else None
    if answer:
        return answer
    items = take()
    return 200, json.dumps({"took": 1, "errors": any(i["create"]["status"] > 201 for i in items), "items": items})


def loki(body):
    streams = json.loads(body)["streams"]

    def take():
        for stream in streams:
            for when, line in stream["values"]:
                assert when.isdigit()
                store.write(f"{stream['stream']['kind']}\t{line}\n")

    answer = fault(take)
    if answer:
        return answer
    if refused and any(refused in line.encode() for stream in streams for _, line in stream["values"]):
        return 400, "entry has no good \"value\"\n"
    take()
    return 204, ""


def receive(connection, data, enough):
    while not enough(data):
        more = connection.recv(1 << 20)
        if not more:
            raise Over
        data += more
    return data


def serve(connection):
    data = b""
    while True:
        data = receive(connection, data, lambda d: b"\r\n\r\n" in d)
        head, _, data = data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        size = int(headers["content-length"])
        data = receive(connection, data, lambda d: len(d) >= size)
        body, data = data[:size], data[size:]
        if headers.get("content-encoding") == "gzip":
            body = zlib.decompress(body, 31)
        path, _, query = first.split(" ")[1].partition("?")
        if path == "/_bulk":
            status, answer = bulk(body)
        elif path == "/loki/api/v1/push":
            status, answer = loki(body)
        else:
            keys = (part.partition("=") for part in query.split("&"))
            status, answer = clickhouse({key: unescape(value) for key, _, value in keys}, headers, body)
        length = "" if status == 204 else f"Content-Length: {len(answer)}\r\n"
        connection.sendall(f"HTTP/1.1 {status} Status\r\n{length}\r\n{answer}".encode())


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(os.environ.get("PORT", "0"))))
listener.listen()
with open(sys.argv[1] + ".part", "w") as f:
    f.write(str(listener.getsockname()[1]))
os.rename(sys.argv[1] + ".part", sys.argv[1])
while True:
    client = listener.accept()[0]
    try:
        serve(client)
    except (Over, ConnectionError):
        pass
    client.close()
