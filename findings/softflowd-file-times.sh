#!/usr/bin/env bash
# softflowd 1.1.0 (Debian 12) with -r exports the flows of an older capture as flows of the next weeks.
#
# Input: two UDP packets of 14 November 2023, read with `softflowd -r FILE -v 5 -n COLLECTOR`. NetFlow 5 has no date in a record:
# First and Last are values of SysUptime, and a collector takes unix_secs - SysUptime + First for the time. Expected: 2023 cannot
# be written so, as SysUptime goes back 49.7 days at most; a refusal, a warning, or times relative to the capture. Seen: no word;
# SysUptime is near 0, and First is the age of the capture taken from 2^32: a flow after its own export. (With -v 10 -A milli, which
# exports absolute times, they are right.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# softflowd, and those of its libraries that this machine does not have.
missing=$(apt-get install -s --no-install-recommends softflowd=1.1.0-1+b1 |
    sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vx softflowd || true)
# shellcheck disable=SC2086 # names of packages
apt-get download softflowd=1.1.0-1+b1 $missing >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done

cat >try.py <<'END'
import glob, os, socket, struct, subprocess
packet = bytes.fromhex("020000000002020000000001" + "0800")
packet += bytes.fromhex("4500001d000100004011f6cb" + "c0000201c0000202" + "9c40000900090000" + "78")
with open("old.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    for i in range(2):
        f.write(struct.pack("<IIII", 1700000000 + i, 0, len(packet), len(packet)) + packet)
collector = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
collector.bind(("127.0.0.1", 0))
collector.settimeout(10)
environment = dict(os.environ, LD_LIBRARY_PATH=":".join(glob.glob("usr/lib/*-linux-gnu")))
address = "127.0.0.1:%d" % collector.getsockname()[1]
run = subprocess.run(["usr/sbin/softflowd", "-r", "old.pcap", "-v", "5", "-n", address], env=environment,
                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=30)
message = collector.recv(65535)
version, count, uptime, seconds, nanoseconds = struct.unpack(">HHIII", message[:16])
first, last = struct.unpack(">II", message[48:56])
print("exit", run.returncode, "version", version, "flows", count, "duration", last - first)
when = (first - uptime) / 1000
print("the flow begins", "before" if when < 0 else "%s the export" % ("within 50 days after" if when < 50 * 86400 else "long after"))
END

seen=$(python3 try.py)
echo "$seen"
[[ $seen == $'exit 0 version 5 flows 1 duration 1000\nthe flow begins within 50 days after the export' ]]
