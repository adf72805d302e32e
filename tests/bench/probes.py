"""probes.py PROGRAM CAPTURE... - what the detection of protocols costs: instructions of each probe, by callgrind.

Prints a table for docs/BENCHMARKS.md: how often each protocol's probe was asked, instructions a call, and the share of
all instructions that the program spent on these captures. The program needs its symbols.
"""

import re
import subprocess
import sys
import tempfile


def costs(path):
    """Calls and inclusive instructions of each function, and the instructions of all."""
    names, found, total, callee, calls = {}, {}, 0, None, None
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            name = re.match(r"c?fn=\((\d+)\)(?: (.*))?", line)
            if name:
                if name[2]:
                    names[name[1]] = name[2].strip()
                callee = names[name[1]] if line[0] == "c" else None
            elif line.startswith("calls="):
                calls = int(line[6:].split()[0])
            elif line[:1] in "+-*0123456789" and len(line.split()) == 2:
                cost = int(line.split()[1])
                if calls is None:
                    total += cost
                else:
                    of = found.setdefault(callee, [0, 0])
                    of[0] += calls
                    of[1] += cost
                calls = None
    return found, total


def main(program, captures):
    with tempfile.TemporaryDirectory() as folder:
        out = folder + "/out"
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=" + out, program, "-q", "--workers", "0", "--json"]
        for capture in captures:
            command += ["-r", capture]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if done.returncode not in (0, 4): # 4: a damaged capture
            sys.exit("probes.py: %s failed under valgrind" % program)
        found, total = costs(out)
    rows = {}
    for name, (calls, cost) in found.items():
        probe = re.match(r"(\w+?)_probe(?:\.|$|')", name or "")
        if probe and not name.startswith(("tl_", "add_")):
            of = rows.setdefault(probe[1], [0, 0])
            of[0] += calls
            of[1] += cost
    if not rows:
        sys.exit("probes.py: no probe was called, or %s has no symbols" % program)
    print("| probe | calls | instructions a call | of all |")
    print("| --- | --: | --: | --: |")
    for name, (calls, cost) in sorted(rows.items(), key=lambda row: -row[1][1]):
        print("| %s | %d | %.0f | %.4f %% |" % (name, calls, cost / calls, 100 * cost / total))
    calls, cost = (sum(row[i] for row in rows.values()) for i in (0, 1))
    print("| all %d | %d | %.0f | %.3f %% |" % (len(rows), calls, cost / calls, 100 * cost / total))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
