#!/usr/bin/env python3
"""scaling.py: simulates the pipeline of a live capture on machines with more cores; prints docs/SCALING.md.

The stages are those of docs/ARCHITECTURE.md: taps (--capture-threads) copy packets out of the kernel's buffer, one thread
merges, numbers and shards them in blocks, workers decode their share, one thread writes. Block k of a stage begins when
the stage has finished block k - 1, the stage before has finished block k, and a slot is free. The costs are measured
(nanoseconds of CPU a packet, see COSTS); all else is computed. With a fixed seed the output is the same each time.
"""
import random

# What: bytes of a packet, tap, merge, worker, writer (ns), share of the largest flow, flows.
# Measured 2026-11-30, two cores of an AMD EPYC under a hypervisor: tap and merge by live captures of 60, 445 and 1,400
# bytes at 200,000 to 300,000 packets/s with --capture-threads 4 (/proc/PID/task/*/schedstat, wake-ups included), worker
# and writer by reading files with --workers 1 (perf, by thread).
COSTS = {
    "Small packets, 1,000 flows": (60, 32, 73, 92, 26, 0.002, 1000),
    "Mix of the corpus": (445, 48, 97, 958, 75, 0.02, 5000),
    "Large packets, an elephant": (1400, 115, 133, 260, 30, 0.10, 200),
}
BLOCK, SLOTS, BLOCKS = 4096, 48, 400
CORES = (2, 8, 16, 64)
RATES = (10, 40, 100)  # Gbit/s
FRAME = 20  # bytes of preamble and gap on the wire


def shares(workers, largest, flows, rng):
    """The share of the packets that each worker has: flows are hashed to workers, flow n has a share as 1 / n."""
    total = sum(1 / n for n in range(1, flows + 1))
    load = [0.0] * workers
    for n in range(1, flows + 1):
        load[rng.randrange(workers)] += largest if n == 1 else (1 - largest) * (1 / n) / (total - 1)
    return load


def rate(cost, taps, workers, cores, rng):
    """Packets a second that come through, and the stage that limits them."""
    _, tap, merge, worker, writer, largest, flows = cost
    if taps == 1:  # the thread that merges reads the kernel's buffer itself
        tap, merge = 0, tap + merge
    load = shares(workers, largest, flows, rng)
    tapped = merged = written = 0.0
    decoded = [0.0] * workers
    done = []
    busy = dict.fromkeys(("taps", "merge", "worker", "writer"), 0.0)
    for k in range(BLOCKS):
        free = done[k - SLOTS] if k >= SLOTS else 0.0
        tapped += BLOCK * tap / taps * 1.1  # the kernel's hash is not even
        merged = max(merged, tapped, free) + BLOCK * merge
        for w in range(workers):
            decoded[w] = max(decoded[w], merged) + BLOCK * load[w] * worker + 300
        written = max(written, max(decoded)) + BLOCK * writer
        done.append(written)
    busy["taps"] = BLOCKS * BLOCK * tap / taps * 1.1
    busy["merge"] = BLOCKS * BLOCK * merge
    busy["worker"] = BLOCKS * BLOCK * max(load) * worker
    busy["writer"] = BLOCKS * BLOCK * writer
    spent = BLOCKS * BLOCK * (tap + merge + worker + writer)
    if spent / cores > written:
        return BLOCKS * BLOCK / (spent / cores) * 1e9, "cores"
    return BLOCKS * BLOCK / written * 1e9, max(busy, key=busy.get)


def best(cost, cores):
    """The fewest threads that come within 2 % of the highest rate: taps, workers, rate, limit."""
    found = []
    for taps in (1, 2, 4, 8, 16):
        for workers in (1, 2, 4, 6, 8, 12, 16, 24, 32, 48):
            if cores > 2 and (taps if taps > 1 else 0) + workers + 2 > cores:
                continue
            pps, limit = rate(cost, taps, workers, cores, random.Random(1))
            found.append((pps, taps, workers, limit))
    top = max(found)[0]
    pps, taps, workers, limit = min((f for f in found if f[0] >= top * 0.98), key=lambda f: (f[1] + f[2], f[1]))
    return taps, workers, pps, limit


def main():
    print(HEAD, end="")
    for name, cost in COSTS.items():
        size = cost[0] + FRAME
        print(f"\n## {name}: {cost[0]} bytes a packet\n")
        print("Costs, ns a packet: " + ", ".join(f"{what} {ns}" for what, ns in
              zip(("tap", "merge", "worker", "writer"), cost[1:5])) + ".\n")
        wanted = ", ".join(f"{gbit} Gbit/s is {gbit / 8 / size * 1000:.2f} M packets/s" for gbit in RATES)
        print(wanted + ".\n")
        print("| cores | `--capture-threads` | `--workers` | M packets/s | Gbit/s | limited by | holds |")
        print("| --: | --: | --: | --: | --: | --- | --- |")
        for cores in CORES:
            taps, workers, pps, limit = best(cost, cores)
            gbit = pps * size * 8 / 1e9
            holds = ", ".join(f"{r}" for r in RATES if gbit >= r) or "none"
            print(f"| {cores} | {taps} | {workers} | {pps / 1e6:.1f} | {gbit:.1f} | {limit} | {holds} |")
    print(TAIL, end="")


HEAD = """# Scaling

Made by `tests/bench/scaling.py`, a simulation: the costs of the stages are measured on a machine with two cores, the rates
on more cores are computed from them and have not been seen. What the kernel spends on receiving is not in it; it
runs on other cores (RSS queues), and drivers and memory set limits of their own.

Packets that share an address pair are one worker's, so the largest flow is a limit whatever the number of cores:
flows have shares as in Zipf's law, and one elephant.
"""
TAIL = """
## What limits it

- **merge** is one thread that puts the packets of all taps into one order and numbers them: 70 to 130 ns a packet, wake-ups
  included, so 8 to 14 million packets a second, whatever the number of cores. What need not be in one thread is in those of
  the taps: the copy out of the kernel's buffer and the shard parser.
- **worker**: a flow is never split. More workers than flows that matter are of no use.
- Above that several processes, each with its interface or its share of the queues, are the way, at the price of one order.
- 100 Gbit/s of small packets (156 million a second) is out of reach of this design by a factor of ten; such rates are read by
  programs that leave out the kernel, and drop what they cannot use in hardware.
"""

if __name__ == "__main__":
    main()
