"""Servers for the tests of --to: they play ClickHouse, Elasticsearch and Loki, and their faults.

usage: server.py FIFO
A line of the FIFO is a request, which a process of its own answers: its folder, a word and arguments.

  serve PORT PASSWORD [FAULT:COUNT ..]  PORT may be 0, PASSWORD `-`. The server writes its port to the file port, its
        process to server.pid, and a line for each row that was taken to stored: TABLE<tab>JSON
  count           counts the kinds of the rows, without doubles, into the file found
  compare FILE    compares the rows with the records of --json in FILE: found is empty if all values are there

Faults are played once each, in order, before anything is taken: 500, late (a status of 200 whose last line is an error,
nothing taken), lost (taken, but the connection is reset before the answer), slow (the answer takes 0.5 s), large (a
request of several documents is too large), reset, badrow (rows that contain the word are refused:
badrow=WORD). lines: a table has a type that blocks of columns cannot fill.
"""
import json
import os
import re
import signal
import socket
import struct
import sys
import time
import zlib

tables = {}
faults = []
refused = None
lines_only = False
password = "-"
store = None


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
    if password != "-" and headers.get("x-clickhouse-key") != password:
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
    if "FROM system.tables" in statement:
        return 200, "ReplacingMergeTree\n"
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


def write_file(name, content):
    with open(name + ".part", "w") as f:
        f.write(content)
    os.rename(name + ".part", name)


def run_server(port, secret, words):
    global password, refused, lines_only, store
    password = secret
    for word in words:
        if word.startswith("badrow="):
            refused = word[len("badrow="):].encode()
        elif word == "lines":
            lines_only = True
        else:
            name, _, count = word.partition(":")
            faults.extend([name] * int(count or 1))
    store = open("stored", "a", buffering=1)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(port)))
    listener.listen()
    write_file("server.pid", str(os.getpid()))
    write_file("port", str(listener.getsockname()[1]))
    while True:
        client = listener.accept()[0]
        try:
            serve(client)
        except (Over, ConnectionError):
            pass
        client.close()


# --- what came ---

def rows_that_came():
    rows = {}
    for line in open("stored"):
        kind, row = line.rstrip("\n").split("\t", 1)
        row = json.loads(row)
        rows[row["_sensor"], row["_run"], row["_seq"]] = kind.removeprefix("taplight-"), row
    return rows


def count():
    rows = rows_that_came()
    kinds = [kind for kind, _ in rows.values()]
    lines = [f"{kind} {kinds.count(kind)}" for kind in sorted(set(kinds))]
    if len({key[1] for key in rows}) > 1:
        lines.append("several runs")
    write_file("found", "".join(line + "\n" for line in lines))


def compare(path):
    """Columns without a value are NULL or empty; times may differ between runs in records about the run."""
    rows = {key[2]: row for key, (_, row) in rows_that_came().items()}
    wrong = []
    for number, line in enumerate(open(path)):
        row, record = rows.pop(number, {}), json.loads(line)
        if record.pop("_path") in ("meta", "stats"):
            continue
        for key, value in record.items():
            found = row.pop(key.replace(".", "_"), None)
            if isinstance(value, list) and value and isinstance(value[0], dict):
                found = json.loads(found)
            elif isinstance(found, str) and not isinstance(value, str):
                found = float(found)
            if found != value:
                wrong.append(f"{number}: {key}: {found} instead of {value}")
        wrong += [f"{number}: {key}" for key, value in row.items()
                  if value not in (None, "", [], 0) and key not in ("_sensor", "_run", "_seq")]
    write_file("found", "".join(line + "\n" for line in wrong + [f"{number}: not due" for number in rows]))


signal.signal(signal.SIGCHLD, signal.SIG_IGN)
asked = os.fdopen(os.open(sys.argv[1], os.O_RDWR), "r")
while True:
    folder, word, *arguments = asked.readline().split()
    if os.fork() == 0:
        os.chdir(folder)
        os.dup2(os.open("server.err", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if word == "serve":
            run_server(arguments[0], arguments[1], arguments[2:])
        elif word == "count":
            count()
        else:
            compare(arguments[0])
        os._exit(0)
