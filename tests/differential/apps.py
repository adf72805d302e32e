#!/usr/bin/env python3
"""Compares fields of application protocols with tshark's answers in oracle-apps: apps.py PROTOCOL...

A pair is all values of a field in a packet. It is equal; moved, if the same values are at another packet of the same flow
(tshark reads a message at the packet that ends it, or guesses where one begins after lost bytes, which we know to be
lost at an acknowledgment);
or it has a cause in causes.tsv, by kind, field, file and the two values. What has none is printed, and fails.
"""
import collections
import fnmatch
import json
import os
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
taplight, corpus, oracle = os.environ["TAPLIGHT"], os.environ["CORPUS"], os.environ["ORACLE_APPS"]
ENDS = ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport")
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
        if "." in value and value.count(".") == 1:
            return repr(float(value))
    except ValueError:
        pass
    if value in ("True", "False"):
        return "1" if value == "True" else "0"
    parts = value.split(":")
    return value.replace(":", "") if len(parts) > 1 and all(len(part) == 2 for part in parts) else value


def flatten(value, out, key=None):
    if isinstance(value, dict):
        for name, inner in value.items():
            flatten(inner, out, name)
    elif isinstance(value, list):
        for inner in value:
            flatten(inner, out, key)
    else:
        out[key].append(norm(("1" if value else "0") if isinstance(value, bool) else str(value)))


def ours(name):
    run = subprocess.run([taplight, "-q", "-r", os.path.join(corpus, name), "--json=packets", "--no-checksums",
                          "--show-secrets", "--workers", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for line in run.stdout.decode("utf8", "replace").split("\n"):
        if not line.startswith('{"number"'):
            continue
        packet, fields = json.loads(line), collections.defaultdict(list)
        for layer in packet["layers"]:
            flatten(layer, fields, "protocol")
        yield packet["number"], fields


def theirs(name, prefixes):
    with open(os.path.join(oracle, name + ".tsv"), errors="replace") as file:
        head = file.readline().rstrip("\n").split("\t")
        if not any(field.startswith(prefixes) for field in head):
            return
        for line in file:
            cells = line.rstrip("\n").split("\t")
            yield int(cells[0]), {field: [norm(x) for x in cell.split("\x1f")]
                                  for field, cell in zip(head, cells) if cell and field.startswith(prefixes)}


def causes():
    rules = []
    with open(os.path.join(here, "causes.tsv")) as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                rules.append((line.rstrip("\n").split("\t") + [""] * 8)[:8])
    return rules


def fits(patterns, value):
    return patterns in ("", "*") or any(fnmatch.fnmatchcase(value, p) for p in patterns.split("|"))


def cause_of(rules, kind, field, name, mine, their):
    for rule in rules:
        cause, kinds, fields, files, layers, protocols, our_values, their_values = rule
        if layers in ("", "*") and protocols in ("", "*") and fits(kinds, kind) and fits(fields, field) and \
                fits(files, name) and fits(our_values, ",".join(mine)) and fits(their_values, ",".join(their)):
            return cause
    return None


def compare(name, prefixes, rules, counts, whys, unexplained):
    tshark = dict(theirs(name, prefixes))
    if not tshark:
        return
    spare, late = collections.defaultdict(collections.Counter), []
    for number, fields in ours(name):
        ends = tuple(sorted(tuple(fields.get(end, [""])[-1] for end in ENDS[side::2]) for side in range(2)))
        answer = tshark.pop(number, {})
        for field in set(answer) | {f for f in fields if f.startswith(prefixes)}:
            mine, their = fields.get(field, []), answer.get(field, [])
            if mine == their:
                counts[field.split(".")[0], "equal"] += 1
                continue
            spare[ends, field].update(mine)
            if their:
                late.append((number, ends, field, mine, their))
    for number, answer in tshark.items():
        late += [(number, None, field, [], their) for field, their in answer.items()]
    for number, ends, field, mine, their in late:
        protocol, wanted = field.split(".")[0], collections.Counter(their)
        if not wanted - spare[ends, field]:
            spare[ends, field] -= wanted
            counts[protocol, "moved"] += 1
            continue
        kind = "different" if mine else "missing"
        why = cause_of(rules, kind, field, name, mine, their)
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
