"""A server for the tests of --to: it plays ClickHouse, Elasticsearch and Loki, and their faults.

usage: server.py PORTFILE STORE [FAULT:COUNT ..]
STORE gets a line for each row that was taken: TABLE<tab>JSON. Faults are played once each, in order, before anything is
taken: 500, late (a status of 200 whose last line is an error, nothing taken), lost (taken, but the connection is reset
before the answer), slow (the answer takes 0.5 s), large (a request of several documents is too large), reset, badrow
(rows that contain the word are refused: badrow=WORD).
"""
import gzip
import json
import os
import re
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

lock = threading.Lock()
store = open(sys.argv[2], "a", buffering=1)
tables = {}
faults = []
refused = None
version = "18.16.1"
for word in sys.argv[3:]:
    if word.startswith("badrow="):
        refused = word[len("badrow="):].encode()
    elif word.startswith("version="):
        version = word[len("version="):]
    else:
        name, _, count = word.partition(":")
        faults += [name] * int(count or 1)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, text, kind="text/plain"):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def drop(self):
        self.close_connection = True
        self.connection.shutdown(2)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        path = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(path.query)
        with lock:
            if path.path == "/_bulk":
                self.bulk(body)
            elif path.path == "/loki/api/v1/push":
                self.loki(body)
            else:
                self.clickhouse(query, body)

    def fault(self, take):
        """Plays a fault. Returns whether the request is over."""
        name = faults.pop(0) if faults else None
        if name == "500":
            self.answer(500, "Code: 241. DB::Exception: Memory limit exceeded\n")
        elif name == "late":
            self.answer(200, "\nCode: 159. DB::Exception: Timeout exceeded\n")
        elif name == "reset":
            self.drop()
        elif name == "lost":
            take()
            self.drop()
        elif name == "slow":
            time.sleep(0.5)
            return False
        else:
            return False
        return True

    def clickhouse(self, query, body):
        statement = query.get("query", [""])[0] or body.decode()
        if os.environ.get("PASSWORD") and self.headers.get("X-ClickHouse-Key") != os.environ["PASSWORD"]:
            return self.answer(403, "Code: 516. DB::Exception: Authentication failed\n")
        if statement == "SELECT version()":
            return self.answer(200, version + "\n")
        made = re.match(r"CREATE TABLE IF NOT EXISTS `(\w+)`.*?\((.*)\) ENGINE", statement)
        if made:
            tables.setdefault(made[1], re.findall(r"`([^`]+)` ", made[2]))
            return self.answer(200, "")
        asked = re.search(r"FROM system.columns .* table = '(\w+)'", statement)
        if asked:
            return self.answer(200, "".join(name + "\n" for name in tables.get(asked[1], [])))
        table = re.match(r"INSERT INTO `(\w+)` FORMAT JSONEachRow", statement)[1]
        rows = body.decode().splitlines()

        def take():
            for row in rows:
                assert set(json.loads(row)) <= set(tables[table]), row
                store.write(f"{table}\t{row}\n")

        if self.fault(take):
            return None
        if refused and any(refused in row.encode() for row in rows):
            return self.answer(400, "Code: 27. DB::Exception: Cannot parse input: (at row 1)\n")
        take()
        return self.answer(200, "")

    def bulk(self, body):
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
            return self.answer(413, "Request Entity Too Large\n")
        if (not faults or faults[0] != "429") and self.fault(take):
            return None
        items = take()
        return self.answer(200, json.dumps({"took": 1, "errors": any(i["create"]["status"] > 201 for i in items),
                                            "items": items}), "application/json")

    def loki(self, body):
        streams = json.loads(body)["streams"]

        def take():
            for stream in streams:
                for when, line in stream["values"]:
                    assert when.isdigit()
                    store.write(f"{stream['stream']['kind']}\t{line}\n")

        if self.fault(take):
            return None
        if refused and any(refused in line.replace('\\"', '"').encode() for s in streams for _, line in s["values"]):
            return self.answer(400, "entry has no good \"value\"\n")
        take()
        self.send_response(204)
        self.end_headers()
        return None


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), Handler)
with open(sys.argv[1] + ".part", "w") as f:
    f.write(str(server.server_address[1]))
os.rename(sys.argv[1] + ".part", sys.argv[1])
server.serve_forever()
