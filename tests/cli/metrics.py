"""Asks GET /metrics and reads the text format of Prometheus, version 0.0.4.

Reads questions from standard input, a line each, with tabs between WHAT, URL and TEXT, and answers with a line:

await     so, or not so, whether the expression TEXT became true within 10 s; v("name", label="text") is a sample
request   the status of the answer to TEXT (with escapes: \\r \\n), its Allow header, and whether it has no body
records   so; the kinds of records and their numbers are in the file counted
slow      begin: so; a client sends half a request. end: how long it was kept, in seconds
"""
import re
import socket
import sys
import threading
import time

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (-?[0-9]+(?:\.[0-9]+)?)$")


def connect(url):
    host, port = re.fullmatch(r"http://\[?([^]/]*?)\]?:(\d+)/metrics", url).groups()
    return socket.create_connection((host, int(port)), 10)


def ask(url, request):
    with connect(url) as s:
        s.sendall(request)
        parts = []
        while part := s.recv(65536):
            parts.append(part)
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    return head.decode().split("\r\n"), body.decode()


def parse(text):
    """Checks what a scrape needs: HELP and TYPE before the samples of a metric, one group each, no sample twice."""
    samples, types, current = {}, {}, None
    assert text.endswith("\n"), "the last line has no end"
    for line in text[:-1].split("\n"):
        if line.startswith("# "):
            kind, name, rest = re.fullmatch(rf"# (HELP|TYPE) ({NAME}) (.+)", line).groups()
            if kind == "HELP":
                assert name not in types, f"{name} comes twice"
                types[name], current = "", name
            else:
                assert current == name and types[name] == "" and rest in ("counter", "gauge"), line
                types[name] = rest
                assert (rest == "counter") == name.endswith("_total"), line
            continue
        name, labels, value = SAMPLE.fullmatch(line).groups()
        assert name == current and types[name] != "", f"not in its group: {line}"
        found = LABEL.findall(labels or "")
        assert ",".join(f'{k}="{v}"' for k, v in found) == (labels or ""), line
        key = (name, tuple(sorted(found)))
        assert key not in samples, f"twice: {line}"
        samples[key] = float(value)
        assert samples[key] >= 0, line
    return samples


def scrape(url):
    head, body = ask(url, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain\r\n\r\n")
    assert head[0] == "HTTP/1.1 200 OK", head
    assert "Content-Type: text/plain; version=0.0.4; charset=utf-8" in head, head
    assert f"Content-Length: {len(body.encode())}" in head, head
    return parse(body)


def await_so(url, expression):
    end = time.monotonic() + 10
    while True:
        samples = scrape(url)
        names = {"samples": samples, "v": lambda name, **labels: samples.get((name, tuple(sorted(labels.items()))))}
        if eval(expression, names):
            return "so"
        if time.monotonic() > end:
            return "not so: " + str({key: value for key, value in samples.items() if value})
        time.sleep(0.02)


def request(url, text):
    head, body = ask(url, text.encode().decode("unicode_escape").encode())
    words = [head[0].removeprefix("HTTP/1.1 "), *(line for line in head if line.startswith("Allow"))]
    return " ".join(words if body else [*words, "without a body"])


def records(url, _):
    """The kinds of records that there are, and their counts, in the file counted."""
    with open("counted", "w") as out:
        for (name, labels), value in sorted(scrape(url).items()):
            if name == "taplight_records_total" and value > 0:
                print(labels[0][1], int(value), file=out)
    return "so"


kept = []  # how long slow clients were kept, in seconds


def be_slow(url):
    with connect(url) as s:
        begun = time.monotonic()
        s.sendall(b"GET /metrics HTTP/1.1\r\n")
        while s.recv(65536):
            pass
        kept.append(round(time.monotonic() - begun))


def slow(url, what):
    if what == "begin":
        threading.Thread(target=be_slow, args=[url], daemon=True).start()
        time.sleep(0.1)
        return "so"
    for _ in range(1000):
        if kept:
            return str(kept[0])
        time.sleep(0.01)
    return "for ever"


for line in sys.stdin:
    what, url, text = line.rstrip("\n").split("\t")
    try:
        print({"await": await_so, "request": request, "records": records, "slow": slow}[what](url, text), flush=True)
    except Exception as error:
        print(f"{type(error).__name__}: {error}".replace("\n", " "), flush=True)
