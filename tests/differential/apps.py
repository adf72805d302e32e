#!/usr/bin/env python3
"""Compares fields of application protocols with tshark's answers in oracle-apps: apps.py PROTOCOL...

A pair is all values of a field in a packet. It is equal; moved, if the same values are at another packet of the same
flow (tshark reads a message at the packet that ends it, or guesses where one begins after lost bytes, which we know to be
lost at an acknowledgment);
or it has a cause in causes.tsv, by kind, field, file, our layers and the two values. What has none is printed and
fails. Kinds are those of compare.c, and three that narrow them. "repeated" is missing, but each value is at another packet
of the flow; "edges" is different, but only in the first value, the last one or both; "again" is different, but tshark only
has the values of packets before once more in front.
"""
import calendar
import collections
import fnmatch
import itertools
import json
import os
import re
import subprocess
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
taplight, corpus, oracle = os.environ["TAPLIGHT"], os.environ["CORPUS"], os.environ["ORACLE_APPS"]
ENDS = ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport")
DATE = re.compile(r"([A-Z][a-z]{2} [ \d]\d, \d{4} \d\d:\d\d:\d\d)\.(\d{9}) UTC")
TIMES = re.compile(r"\d+\.\d{9}")
UNREADABLE = re.compile(r"(?:[^\x00-\x7f]|\\x[89a-f][0-9a-f])+")
NTP_TIMES = ("ntp.reftime", "ntp.org", "ntp.rec", "ntp.xmt")
ESCAPES = {"\\r": "\r", "\\n": "\n", "\\t": "\t", "\\\\": "\\"}


def unescape(text):
    out, at = [], 0
    while at < len(text):
        two = text[at:at + 2]
        out.append(ESCAPES.get(two, text[at]))
        at += 2 if two in ESCAPES else 1
    return "".join(out)


def norm(value):
    """Values are compared, not their spelling."""
    value = unescape(value)
    try:
        if value.startswith("0x"):
            return str(int(value, 16))
        if "." in value and value.count(".") == 1 and not TIMES.fullmatch(value):
            return repr(float(value))
    except ValueError:
        pass
    if value in ("True", "False"):
        return "1" if value == "True" else "0"
    date = DATE.fullmatch(value)
    if date:
        seconds = calendar.timegm(time.strptime(date[1], "%b %d, %Y %H:%M:%S"))
        return "%d.%s" % (seconds, date[2])
    parts = value.split(":")
    return value.replace(":", "") if len(parts) > 1 and all(len(part) == 2 for part in parts) else value


def ntp_time(raw):
    """A timestamp of NTP (RFC 5905 section 6), which is a number here, as tshark has it: a time, or NULL."""
    seconds, fraction = raw >> 32, raw & 0xffffffff
    era = 0 if seconds & 0x80000000 else 1 << 32
    return "%d.%09d" % (seconds + era - 2208988800, fraction * 10 ** 9 >> 32) if raw else "NULL"


def flatten(value, out, key=None):
    if isinstance(value, dict):
        for name, inner in value.items():
            flatten(inner, out, name)
    elif isinstance(value, list):
        for inner in value:
            flatten(inner, out, key)
    else:
        out[key].append(ntp_time(value) if key in NTP_TIMES else
                        norm(("1" if value else "0") if isinstance(value, bool) else str(value)))


def ours(name):
    run = subprocess.run([taplight, "-q", "-r", os.path.join(corpus, name), "--json=packets", "--no-checksums",
                          "--show-secrets", "--workers", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for line in run.stdout.decode("utf8", "replace").split("\n"):
        if not line.startswith('{"number"'):
            continue
        packet, fields = json.loads(line, parse_float=str), collections.defaultdict(list)
        for layer in packet["layers"]:
            flatten(layer, fields, "protocol")
        yield packet["number"], fields, ":".join(layer["protocol"] for layer in packet["layers"])


def custom_blocks(name):
    """The numbers that tshark gives to custom blocks of a pcapng file, which it counts as packets."""
    with open(os.path.join(corpus, name), "rb") as file:
        data = file.read(4)
        data += file.read() if data == b"\n\r\r\n" else b""
    at, count, order, custom = 0, 0, "little", set()
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\n\r\r\n":
            order = "little" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else "big"
        kind, size = (int.from_bytes(data[at + i:at + i + 4], order) for i in (0, 4))
        count += kind in (2, 3, 6, 0xbad, 0x40000bad)
        if kind in (0xbad, 0x40000bad):
            custom.add(count)
        at += max(size, 12)
    return custom


def theirs(name, prefixes):
    custom = custom_blocks(name)
    with open(os.path.join(oracle, name + ".tsv"), errors="replace") as file:
        head = file.readline().rstrip("\n").split("\t")
        if not any(field.startswith(prefixes) for field in head):
            return
        for line in file:
            cells = line.rstrip("\n").split("\t")
            number = int(cells[0])
            if number not in custom:
                values = {field: [norm(x) for x in cell.split("\x1f")]
                          for field, cell in zip(head, cells) if cell and field.startswith(prefixes)}
                yield number - sum(block < number for block in custom), values


def causes():
    rules = []
    with open(os.path.join(here, "causes.tsv")) as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                rules.append((line.rstrip("\n").split("\t") + [""] * 8)[:8])
    return rules


def fits(patterns, value):
    return patterns in ("", "*") or any(fnmatch.fnmatchcase(value, p) for p in patterns.split("|"))


def alike(mine, their):
    """tshark writes U+FFFD for bytes of a text that it cannot read. Then what is no ASCII is the same in both."""
    if not any("\ufffd" in value for value in their):
        return mine, their
    return [UNREADABLE.sub("\ufffd", value) for value in mine], [UNREADABLE.sub("\ufffd", value) for value in their]


def kind_of(mine, their, shown, until_now):
    """The kind of a difference and, behind it, the kind that it narrows."""
    if not mine:
        return ("repeated", "missing") if set(shown).issuperset(their) else ("missing",)
    if len(their) > len(mine) and their == shown[until_now - len(their):until_now]:
        return "again", "different"
    for a, b, c, d in itertools.product((0, 1), repeat=4):
        middle = mine[a:len(mine) - b]
        if middle and middle == their[c:len(their) - d]:
            return "edges", "different"
    return ("different",)


def cause_of(rules, its_kinds, field, name, layers, mine, their):
    for rule in rules:
        cause, kinds, fields, files, our_layers, protocols, our_values, their_values = rule
        if protocols in ("", "*") and fits(our_layers, layers) and \
                any(fits(kinds, kind) for kind in its_kinds) and fits(fields, field) and \
                fits(files, name) and fits(our_values, ",".join(mine)) and fits(their_values, ",".join(their)):
            return cause
    return None


def compare(name, prefixes, rules, counts, whys, unexplained):
    tshark = dict(theirs(name, prefixes))
    if not tshark:
        return
    spare, shown, late = collections.defaultdict(collections.Counter), collections.defaultdict(list), []
    for number, fields, layers in ours(name):
        ends = tuple(sorted(tuple(fields.get(end, [""])[-1] for end in ENDS[side::2]) for side in range(2)))
        answer = tshark.pop(number, {})
        for field in set(answer) | {f for f in fields if f.startswith(prefixes)}:
            mine, their = alike(fields.get(field, []), answer.get(field, []))
            shown[ends, field] += mine
            if mine == their:
                counts[field.split(".")[0], "equal"] += 1
                continue
            spare[ends, field].update(mine)
            if their:
                late.append((number, ends, field, layers, mine, their, len(shown[ends, field])))
    for number, answer in tshark.items():
        late += [(number, None, field, "", [], their, 0) for field, their in answer.items()]
    for number, ends, field, layers, mine, their, until_now in late:
        protocol, wanted = field.split(".")[0], collections.Counter(their)
        if not wanted - spare[ends, field]:
            spare[ends, field] -= wanted
            counts[protocol, "moved"] += 1
            continue
        why = cause_of(rules, kind_of(mine, their, shown[ends, field], until_now), field, name, layers, mine, their)
        counts[protocol, "caused" if why else "none"] += 1
        whys[protocol, why or "-"] += 1
        if not why:
            unexplained.append((name, number, field, mine, their))


def main():
    prefixes = tuple(p + "." for p in sys.argv[1:])
    rules, counts, whys, unexplained = causes(), collections.Counter(), collections.Counter(), []
    for folder, _, files in sorted(os.walk(oracle)):
        for file in sorted(files):
            if file.endswith(".tsv"):
                compare(os.path.relpath(os.path.join(folder, file[:-4]), oracle), prefixes, rules, counts, whys, unexplained)
    for protocol in sorted({p for p, _ in counts}):
        n = [counts[protocol, kind] for kind in ("equal", "moved", "caused", "none")]
        print("%-12s %6d pairs: %6d equal, %5d moved, %4d with a cause, %3d without; %.2f%% equal or moved" %
              (protocol, sum(n), *n, 100 * (n[0] + n[1]) / max(sum(n), 1)))
    for (protocol, why), n in sorted(whys.items()):
        print("  %-10s %-30s %5d" % (protocol, why, n))
    for name, number, field, mine, their in unexplained[:int(os.environ.get("SHOWN", "40"))]:
        print("FAILED: no cause:", name, number, field, "ours", str(mine)[:100], "theirs", str(their)[:100])
    return 1 if unexplained or not counts else 0


sys.exit(main())
