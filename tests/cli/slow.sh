#!/usr/bin/env bash
# Input that arrives slowly is decoded and written as it arrives, and the output does not depend on when it arrives.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
command -v python3 >/dev/null || { echo 'skipped: needs python3'; exit 77; }

cat >slow.py <<'END_OF_SCRIPT'
"""slow.py KIND BURST OPTIONS...: gives taplight bursts of packets, half a second apart; prints how late output came.

Exit code 1: output of a burst was later than a quarter of a second (a second and a half with sanitizers).
"""
import os, re, select, struct, subprocess, sys, time, zlib

program, kind, burst, options = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
limit = 1.5 if os.environ.get("SANITIZED", "") not in ("", "OFF", "0") else 0.25
limit += burst / 4096 # time to read and compare that much
step = 100 if "step" in kind else 1

def query(i):
    name = b"".join(bytes([len(l)]) + l for l in (b"n%d" % i, b"example", b"com")) + b"\0"
    dns = struct.pack(">6H", i & 0xffff, 0x100, 1, 0, 0, 0) + name + struct.pack(">HH", 1, 1)
    udp = struct.pack(">4H", 1024 + i % 60000, 53, 8 + len(dns), 0) + dns
    if "ipv6" in kind:
        ip = struct.pack(">IHBB", 0x60000000, len(udp), 17, 64) + bytes(15) + b"\1" + bytes(15) + b"\2"
    else:
        ip = struct.pack(">BBHHHBBH4B4B", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, 192, 0, 2, 1, 192, 0, 2, 53)
    tag = struct.pack(">HH", 0x8100, 7) if "vlan" in kind else b""
    return bytes(6) + b"\2" + bytes(5) + tag + struct.pack(">H", 0x86dd if "ipv6" in kind else 0x800) + ip + udp

def block(kind_of, body):
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind_of, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))

ng = "pcapng" in kind
head = struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)
if ng:
    head = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)) + block(1, struct.pack("<HHI", 1, 0, 0))

def record(i, n):
    data, when = query(i), 1700000000 + n * step
    if ng:
        t = when * 1000000 + i
        return block(6, struct.pack("<5I", 0, t >> 32, t & 0xffffffff, len(data), len(data)) + data)
    return struct.pack("<4I", when, i, len(data), len(data)) + data

bursts = [b"".join(record(n * burst + i, n) for i in range(burst)) for n in range(4)]
squeeze = zlib.compressobj(wbits=31) if "gzip" in kind else None
def pack(data):
    return squeeze.compress(data) + squeeze.flush(zlib.Z_SYNC_FLUSH) if squeeze else data

path = "input." + kind
command = [program, "-q"]
if "fifo" in kind:
    os.mkfifo(path)
    command += ["-r", path]
elif "follow" in kind:
    open(path, "wb").close()
    command += ["--follow", "-r", path]
else:
    command += ["-r", "-"]
ends = os.pipe() if "fifo" not in kind and "follow" not in kind else None
run = subprocess.Popen(command + options, stdin=ends[0] if ends else subprocess.DEVNULL, stdout=subprocess.PIPE)
out = os.fdopen(ends[1], "wb", 0) if ends else open(path, "ab" if "follow" in kind else "wb", 0)
if ends:
    os.close(ends[0])

got = b""
def wait_for(test, seconds):
    global got
    begin = time.monotonic()
    while not test(got) and time.monotonic() - begin < seconds:
        if select.select([run.stdout], [], [], 0.01)[0]:
            data = os.read(run.stdout.fileno(), 1 << 20)
            if not data:
                break
            got += data
    return time.monotonic() - begin

def count_of(data):
    if "-w" in options:
        return data.count(b"\7example\3com\0")
    if "--json" in options:
        return data.count(b'"_path":"dns"')
    return data.count(b"example.com") if "--text" in options else data.count(b"\n")

wrong, name = 0, "%s, bursts of %d, %s" % (kind, burst, " ".join(options))
time.sleep(0.1)
out.write(pack(head))
time.sleep(0.6)
for n, data in enumerate(bursts):
    data = pack(data)
    cut = 20 if "split" in kind else 0
    out.write(data[:len(data) - cut])
    if cut:
        time.sleep(0.3)
        out.write(data[len(data) - cut:])
    # Records of a query without answer come when its flow ends, so only text and packets are expected at once.
    want = 1 if "--json" in options else burst * (n + 1)
    test = (lambda g: b'"_path":"meta"' in g) if "--json" in options else (lambda g: count_of(g) >= want)
    late = wait_for(test, 5)
    if late > limit or not test(got):
        wrong = 1
        print("%s: burst %d: %d of %d after %.2f s" % (name, n, count_of(got), want, late))
    time.sleep(0.2)
if "follow" in kind:
    run.terminate()
if squeeze:
    out.write(squeeze.flush())
out.close()
wait_for(lambda g: False, 10)
run.wait()
open("whole.in", "wb").write(head + b"".join(bursts))
once = subprocess.run([program, "-q", "-r", "whole.in"] + options, stdout=subprocess.PIPE).stdout
if "--json" in options:
    ours, theirs = (re.findall(b'.*"_path":"(?!meta|stats).*', d) for d in (got, once))
else:
    ours, theirs = got, once
if ours != theirs or run.returncode != 0:
    wrong = 1
    print("%s: the output is not that of the whole file, exit code %d" % (name, run.returncode))
sys.exit(wrong)
END_OF_SCRIPT

# slow NUMBER KIND BURST OPTIONS...: a case in a folder of its own; what is wrong goes to NUMBER.wrong.
slow() {
    local number=$1
    shift
    mkdir "$number" && cd "$number" || return
    timeout 60 python3 ../slow.py "$TAPLIGHT" "$@" >../"$number".wrong 2>&1 ||
        echo "exit code $? of slow.py $*" >>../"$number".wrong
}

cases=0
while read -r kind burst options; do
    # shellcheck disable=SC2086
    slow $cases "$kind" "$burst" $options &
    ((++cases % 4 == 0)) && wait
done <<'END'
pipe 1 --text
pipe 1 --json=packets
pipe 1 -w -
pipe 1 --json
pipe-ipv6 2 --text --workers 0
pipe-vlan 3 --json=packets --workers 3
pipe-pcapng 1 -w -
pipe-gzip 1 --text
pipe-split 1 --text
pipe-step 1 --text
pipe-step-pcapng 2 --json=packets
pipe 128 --text --workers 0
pipe 256 --json=packets --workers 2
pipe 4096 --text --workers 2
pipe 128 -w -
fifo 1 --text
fifo-pcapng 2 --json=packets
follow 1 --text
follow-split 1 --json=packets
follow-pcapng 1 -w -
follow-gzip 2 --text
follow-step-ipv6 1 --text
END

wait
for ((i = 0; i < cases; i++)); do [[ ! -s $i.wrong ]] || fail "$(cat $i.wrong)"; done

# A second input that waits does not hold back what the first one gave.
capture 128 >first.pcap
for workers in 0 2; do
    mkfifo second.fifo
    { pcap_header; sleep 1.2; packet 200; } >second.fifo &
    "$TAPLIGHT" -q -r first.pcap -r second.fifo --text --workers $workers >out &
    sleep 0.9
    (($(wc -l <out) == 128)) || fail "two inputs, $workers workers: $(wc -l <out) lines before the second one gives any"
    wait
    (($(wc -l <out) == 129)) || fail "two inputs, $workers workers: $(wc -l <out) lines, not 129"
    rm second.fifo
done

# The header of -w depends on the first packet that passes, not on when the input pauses: two link types, of which the
# filter passes the second.
{ pcap_header 71; sleep 0.4; } | "$TAPLIGHT" -q -r - -w slow.pcap
pcap_header 71 >quick.in
"$TAPLIGHT" -q -r quick.in -w quick.pcap
same slow.pcap quick.pcap 'a slow input without packets'
pcap_header 71 >other.in
capture 2 >usual.in
"$TAPLIGHT" -q -r other.in -r usual.in -w quick.pcap
{ cat usual.in; sleep 0.4; } | "$TAPLIGHT" -q -r other.in -r - -w slow.pcap
same slow.pcap quick.pcap 'a slow input after one of another link type'

# --follow: -c ends the run, a file that is cut is reported, and other inputs refuse the option.
capture 4 >grow.pcap
run --follow -r grow.pcap -c 4 --text
rc_is 0
lines_are 4
run --follow -i lo
rc_is 2
error_is 'add -r FILE'
"$TAPLIGHT" -q --follow -r grow.pcap --text >out 2>err &
follower=$!
sleep 0.5
truncate -s 100 grow.pcap
for ((i = 0; i < 40; i++)); do kill -0 $follower 2>/dev/null || break; sleep 0.1; done
kill -0 $follower 2>/dev/null && { fail '--follow: a cut file is not noticed'; kill $follower; }
rc=0
wait $follower || rc=$?
ran='--follow of a file that was cut'
rc_is 4
error_is 'cut short after packet 4'
done_testing
