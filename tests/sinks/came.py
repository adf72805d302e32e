"""Counts the records that came to a broker, without doubles. Lines that are no records are passed over.

usage: came.py [--prefix] SENSOR <LINES
Prints each kind of record of a sensor and its number. --prefix: prints nothing, but fails if a number in the middle of
the run is missing.
"""
import collections
import json
import sys

seen, runs = {}, set()
for line in sys.stdin.buffer:
    at = line.find(b'{"_path":')
    if at < 0:
        continue
    record = json.loads(line[at:line.rindex(b"}") + 1])
    if record["_sensor"] == sys.argv[-1]:
        seen[record["_seq"]] = record["_path"]
        runs.add(record["_run"])
if sys.argv[1] == "--prefix":
    sys.exit(sorted(seen) != list(range(len(seen))))
if len(runs) > 1:
    print("several runs")
for kind, count in sorted(collections.Counter(seen.values()).items()):
    print(kind, count)
