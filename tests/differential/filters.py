#!/usr/bin/env python3
"""Display filters: the packets that ours select against those that tshark's select.

Without arguments: the filters of filters.tsv, each of the samples named there. A row with a cause wants a difference.
--all: all filters, of filters.tsv and filters_more.txt, of every capture in filters_captures.txt; filters_causes.tsv
explains the differences. --made N: N filters from the seed (--seed, default 1), too. --list FILE: write all differences.
One process of each program asks all filters of a capture: filters.lua, ask.c. Exit status 1: a difference
without a cause.
"""
import argparse
import collections
import fnmatch
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

SOURCE = os.environ["SOURCE"]
HERE = os.path.join(SOURCE, "tests/differential")
ASK = os.environ["ASK"]
CORPUS = os.environ.get("CORPUS", "none")


def rows(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                yield line.rstrip("\n").split("\t")


def made(count, seed):
    script = os.path.join(HERE, "filter_generator.awk")
    out = subprocess.run(["awk", "-v", f"seed={seed}", "-v", f"count={count}", "-f", script], stdin=subprocess.DEVNULL,
                         capture_output=True, text=True, check=True).stdout
    return [line.split(" ", 1) for line in out.splitlines()]


def path_of(capture):
    if capture.startswith("corpus/"):
        return os.path.join(CORPUS, capture[7:])
    return os.path.join(SOURCE, "samples", capture)


def answers(text, count):
    """A tuple of packet numbers for each filter, or None for one that was refused."""
    found = [[] for _ in range(count)]
    for line in text.splitlines():
        cells = line.split("\t")
        n = int(cells[0]) - 1
        if cells[1] == "refused":
            found[n] = None
        elif found[n] is not None:
            found[n].append(int(cells[1]))
    return [None if f is None else tuple(sorted(set(f))) for f in found]


def ask(capture, filters):
    env = dict(os.environ, TZ="UTC")
    with tempfile.TemporaryDirectory() as work:
        env["FILTERS"], env["ANSWERS"] = os.path.join(work, "filters"), os.path.join(work, "answers")
        with open(env["FILTERS"], "w", encoding="utf-8") as f:
            f.write("".join(text + "\n" for text in filters))
        path = path_of(capture)
        ours = subprocess.run([ASK, env["FILTERS"], path], env=env, capture_output=True, text=True, errors="replace",
                              check=False)
        if ours.returncode != 0:
            raise RuntimeError(f"{capture}: {ours.stderr}")
        subprocess.run(["tshark", "-n", "-q", "-X", "lua_script:" + os.path.join(HERE, "filters.lua"), "-r", path],
                       env=env, capture_output=True, check=False)
        with open(env["ANSWERS"], encoding="utf-8", errors="replace") as f:
            theirs = f.read()
    return answers(ours.stdout, len(filters)), answers(theirs, len(filters))


def describe(ours, theirs):
    if ours is None or theirs is None:
        return "we refuse it" if ours is None else "tshark refuses it"
    only = [f"{n}" for n in ours if n not in theirs][:3]
    missing = [f"{n}" for n in theirs if n not in ours][:3]
    return "; ".join(([f"only ours: {' '.join(only)}"] if only else []) +
                     ([f"only tshark's: {' '.join(missing)}"] if missing else []))


def known_rows(arguments):
    """Samples: {capture: [(filter, cause)]}."""
    asked = collections.defaultdict(list)
    for cells in rows("filters.tsv"):
        cause = cells[2] if len(cells) > 2 else ""
        for capture in cells[0].split(" "):
            if os.path.exists(path_of(capture)):
                asked[capture].append((cells[1], cause))
    for capture, text in made(arguments.made, arguments.seed):
        asked[capture].append((text, ""))
    return asked


def all_rows(arguments):
    filters = [cells[1] for cells in rows("filters.tsv")] + [cells[0] for cells in rows("filters_more.txt")]
    filters = dict.fromkeys(filters + [text for _, text in made(arguments.made, arguments.seed)])
    filters = [text for text in filters if "time_delta_displayed" not in text] # a tap has no displayed packets
    print(f"{len(filters)} filters")
    return {"corpus/" + cells[0]: [(text, "") for text in filters] for cells in rows("filters_captures.txt")}


class Causes:
    def __init__(self):
        self.rows = [(c[0], c[1], re.compile(c[2])) for c in rows("filters_causes.tsv")]

    def find(self, capture, text):
        for name, pattern, expression in self.rows:
            if any(fnmatch.fnmatch(capture, p) for p in pattern.split("|")) and expression.search(text):
                return name
        return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--made", type=int, default=int(os.environ.get("FILTERS_MADE", "40")))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("FILTERS_SEED", "1")))
    parser.add_argument("--list")
    arguments = parser.parse_args()
    asked = all_rows(arguments) if arguments.all else known_rows(arguments)
    causes = Causes() if arguments.all else None
    counts, pairs, equal, unexplained = collections.Counter(), 0, 0, 0
    listed = open(arguments.list, "w", encoding="utf-8") if arguments.list else None
    with ThreadPoolExecutor(2) as pool:
        for capture, (ours, theirs) in zip(asked, pool.map(lambda c: ask(c, [f for f, _ in asked[c]]), asked)):
            for (text, cause), a, b in zip(asked[capture], ours, theirs):
                pairs += 1
                equal += a == b
                if a == b:
                    if cause:
                        print(f"no difference any more: {text} on {capture}: remove its cause ({cause})")
                    continue
                cause = cause or (causes.find(capture, text) if causes else "")
                counts[cause or "none"] += 1
                if listed:
                    print(capture, text, cause, describe(a, b), sep="\t", file=listed)
                if not cause:
                    unexplained += 1
                    if unexplained <= 40:
                        print(f"differs: {text} on {capture}: {describe(a, b)}")
    print(f"{pairs} questions, {equal} equal: {100 * equal / max(pairs, 1):.3f} %")
    for name, count in counts.most_common():
        print(f"{count}\t{name}")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
