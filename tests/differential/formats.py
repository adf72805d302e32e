"""Compares packets in tshark's JSON, jsonraw and EK with those of tshark itself: names, nesting and values.

usage: formats.py causes.tsv FORM OURS THEIRS. Prints each difference that formats.tsv does not explain, and the counts.
"""
import fnmatch
import json
import sys

LAYERS = {"frame", "eth", "vlan", "arp", "ip", "ipv6", "tcp", "udp", "icmp", "dns", "mdns"}


def keep_all(pairs):
    """Values of a name that repeats in a list, as with --no-duplicate-keys."""
    result = {}
    for key, value in pairs:
        if key not in result:
            result[key] = value
        else:
            if not isinstance(result[key], Repeated):
                result[key] = Repeated([result[key]])
            result[key].append(value)
    return result


class Repeated(list):
    pass


def walk(value, path, out, raw):
    """Collects (path, value): names from the layer on, without the places in lists."""
    if isinstance(value, dict):
        for key, member in value.items():
            walk(member, path + (key,), out, raw)
    elif isinstance(value, list) and not (raw and path[-1].endswith("_raw") and not isinstance(value[0], list)):
        for member in value:
            walk(member, path, out, raw)
    else:
        out.setdefault(path, []).append(json.dumps(value))


def read(form, name):
    text = open(name, encoding="utf-8", errors="replace").read()
    if form == "ek":
        packets = [json.loads(line, object_pairs_hook=keep_all) for line in text.splitlines()]
        return [p for p in packets if "layers" in p]
    return [p["_source"] for p in json.loads(text, object_pairs_hook=keep_all)]


def causes_of(name, form):
    rows = []
    for line in open(name, encoding="utf-8"):
        if line.strip() and not line.startswith("#"):
            cause, forms, kind, pattern = line.rstrip("\n").split("\t")
            if form in forms.split("|"):
                rows.append([cause, kind, pattern, 0])
    return rows


def main():
    causes = causes_of(sys.argv[1], sys.argv[2])
    ours, theirs = read(sys.argv[2], sys.argv[3]), read(sys.argv[2], sys.argv[4])
    wrong = equal = 0
    if len(ours) != len(theirs):
        print(f"{len(ours)} packets, tshark has {len(theirs)}")
        wrong += 1

    def explained(kind, path):
        for row in causes:
            if row[1] == kind and any(fnmatch.fnmatchcase("/".join(path), p) for p in row[2].split("|")):
                row[3] += 1
                return True
        return False

    for number, (a, b) in enumerate(zip(ours, theirs), 1):
        if sys.argv[2] == "ek" and a.get("timestamp") != b.get("timestamp"):
            print(f"packet {number}: timestamp {a.get('timestamp')}, tshark {b.get('timestamp')}")
            wrong += 1
        a, b = a["layers"], b["layers"]
        for layer in LAYERS | {name + "_raw" for name in LAYERS}:
            if layer not in a or layer not in b:
                continue
            mine, yours = {}, {}
            walk(a[layer], (layer,), mine, True)
            walk(b[layer], (layer,), yours, True)
            for path in mine.keys() | yours.keys():
                kind = "missing" if path not in mine else "extra" if path not in yours else "different"
                if kind == "different" and sorted(mine[path]) == sorted(yours[path]):
                    equal += 1
                elif not explained(kind, path):
                    wrong += 1
                    if wrong <= 40:
                        print(f"packet {number}: {kind} {'/'.join(path)}: {mine.get(path)}, tshark {yours.get(path)}")
    print(f"equal\t{equal}")
    for cause, kind, pattern, count in causes:
        print(f"cause\t{cause}\t{kind}\t{pattern}\t{count}")
    return 1 if wrong > 0 or equal == 0 else 0


sys.exit(main())
