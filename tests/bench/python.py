#!/usr/bin/env python3
"""Compares the Python module with dpkt, scapy and the command: python.py TAPLIGHT CAPTURE [CAPTURE-OF-10-MILLION]

Needs PYTHONPATH=build/release/python, and Debian's python3-dpkt and python3-scapy (a job without its module is left out).
Each job runs in a process of its own, in turns, three times: the least CPU time (user and system, of all threads) counts,
and the wall clock of that run. scapy gets the first 20,000 packets, dpkt 200,000.
"""
import os
import resource
import subprocess
import sys
import time

FOUR = ["ip.src", "ip.dst", "tcp.srcport", "tcp.dstport"]
TURNS = 3


def packets(path):
    import taplight
    n = 0
    for p in taplight.packets(path, fields=FOUR):
        p.get("ip.src"), p.get("ip.dst"), p.get("tcp.srcport"), p.get("tcp.dstport")
        n += 1
    return n


def rows(path):
    import taplight
    n = 0
    for src, dst, sport, dport in taplight.rows(path, FOUR):
        n += 1
    return n


def dpkt_packets(path):
    import socket

    import dpkt
    n = 0
    with open(path, "rb") as f:
        for _, frame in dpkt.pcap.Reader(f):
            ip = dpkt.ethernet.Ethernet(frame).data
            if isinstance(ip, dpkt.ip.IP):
                socket.inet_ntoa(ip.src), socket.inet_ntoa(ip.dst)
                if isinstance(ip.data, dpkt.tcp.TCP):
                    ip.data.sport, ip.data.dport
            n += 1
            if n == 200000:
                break
    return n


def scapy_packets(path):
    import scapy.all as s
    n = 0
    for p in s.PcapReader(path):
        if s.IP in p:
            p[s.IP].src, p[s.IP].dst
            if s.TCP in p:
                p[s.TCP].sport, p[s.TCP].dport
        n += 1
        if n == 20000:
            break
    return n


def records(path):
    import taplight
    return sum(1 for _ in taplight.records(path))


def columns(path):
    import taplight
    return len(taplight.columns(path, FOUR)["ip.src"])



JOBS = {"packets": packets, "rows": rows, "dpkt": dpkt_packets, "scapy": scapy_packets, "records": records, "columns": columns}


def child(job, path):
    """Prints the CPU time, the wall clock, what was counted, and the most memory in KiB."""
    began = time.monotonic()
    n = JOBS[job](path)
    wall, use = time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF)
    print(use.ru_utime + use.ru_stime, wall, n, use.ru_maxrss)


def measure(job, path):
    run = subprocess.run([sys.executable, __file__, "--child", job, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         text=True, check=False)
    if run.returncode != 0:
        print("%s: left out: %s" % (job, run.stderr.strip().split("\n")[-1]), file=sys.stderr)
        return None
    return tuple(float(x) for x in run.stdout.split())


def measure_command(path):
    """The command's --json into a pipe that is read to its end, and counted."""
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.Popen([sys.argv[1], "-q", "-r", path, "--json"], stdout=subprocess.PIPE)
    n = sum(chunk.count(b"\n") for chunk in iter(lambda: run.stdout.read(1 << 20), b""))
    run.wait()
    use = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = use.ru_utime + use.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.monotonic() - began, n, 0


def main():
    path = sys.argv[2]
    best = {}
    for _ in range(TURNS):
        for job in ["packets", "rows", "dpkt", "scapy", "records", "command"]:
            seen = measure_command(path) if job == "command" else measure(job, path)
            if seen is not None and (job not in best or seen < best[job]):
                best[job] = seen
    print("%-8s %10s %10s %10s %12s" % ("job", "CPU s", "wall s", "counted", "us of CPU"))
    for job, (cpu, wall, n, _) in best.items():
        print("%-8s %10.2f %10.2f %10d %12.3f" % (job, cpu, wall, n, cpu / n * 1e6))
    for job in "packets", "rows":
        for other in "dpkt", "scapy":
            if other in best:
                print("%s against %s: %.0f x" % (job, other, best[other][0] / best[other][2] / (best[job][0] / best[job][2])))
    print("records against the command: %.2f of its rate (CPU), %.2f (wall clock)" %
          (best["command"][0] / best["records"][0], best["command"][1] / best["records"][1]))
    if len(sys.argv) > 3:
        cpu, wall, n, memory = measure("columns", sys.argv[3])
        print("columns of %d packets: %.1f s of CPU, %.1f s, %.0f MiB" % (n, cpu, wall, memory / 1024))


if __name__ == "__main__":
    if len(sys.argv) > 3 and sys.argv[1] == "--child":
        child(sys.argv[2], sys.argv[3])
    else:
        main()
