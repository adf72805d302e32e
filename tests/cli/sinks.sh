#!/usr/bin/env bash
# --to: every record comes once after deduplication, whatever the server and the program go through.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
command -v python3 >/dev/null || exit 77
PATH=$PATH:/usr/sbin
server=''
trap '[[ -z $server ]] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

# Starts the server of the tests with faults; its store is the file stored, its address $at.
start() {
    rm -f port
    python3 "$SOURCE/tests/sinks/server.py" port stored "$@" 2>server.err &
    server=$!
    for _ in {1..100}; do [[ -s port ]] && break; sleep 0.05; done
    [[ -s port ]] || fail "the server does not start: $(cat server.err)"
    at=127.0.0.1:$(cat port)
}
stop() {
    kill "$server"
    wait "$server" 2>/dev/null
    server=''
}
# The records that came, without doubles: kind and number, or the number of each kind.
came() {
    python3 - "$1" <<'EOF'
import collections, json, sys
rows = {}
for line in open("stored"):
    kind, row = line.rstrip("\n").split("\t", 1)
    row = json.loads(row)
    rows[row["_sensor"], row["_run"], row["_seq"]] = kind.removeprefix("taplight-")
runs = {key[1] for key in rows}
if len(runs) > 1:
    print("runs", *sorted(runs))
for kind, n in sorted(collections.Counter(rows.values()).items()):
    print(kind, n)
EOF
}
# What --json of the same input has.
due() {
    "$TAPLIGHT" "$@" --json | sed 's/^{"_path":"\([a-z_0-9]*\)".*/\1/' | LC_ALL=C sort | uniq -c | awk '{ print $2, $1 }' >due
}
all_came() {
    came all | LC_ALL=C sort >found
    same found due "$1: records that came"
    [[ ! -s server.err ]] || fail "$1: the server: $(tail -n 3 server.err)"
}

file=$SOURCE/samples/showcase.pcap
run -r "$file" --to http://127.0.0.1/
rc_is 2
error_is "unknown scheme 'http'"
run -r "$file" --to clickhouse://user:secret@127.0.0.1/db
rc_is 2
error_is 'password in the URL'
grep -q secret err && fail 'the password is shown'
run -r "$file" --spool box
rc_is 2
error_is 'add --to URL'
run -r "$file" --to 'clickhouse://127.0.0.1/db?nonsense=1'
if grep -q 'this build has no' err; then
    echo 'this build has no libcurl: skipped'
    exit 77
fi
rc_is 2
error_is "no 'nonsense'"

due -r "$file"
for scheme in 'clickhouse://AT/db?create=1' elastic://AT loki://AT; do
    : >stored
    start 500 late lost reset slow
    [[ $scheme == clickhouse* ]] || { stop; start 500 lost reset slow; }
    run -r "$file" --to "${scheme/AT/$at}" --sensor probe-1 --to-wait 20
    rc_is 0
    grep -q 'retrying' err || fail "$scheme: no fault is said: $(cat err)"
    stop
    all_came "$scheme"
done

# 429 for some documents; a record that is refused is set aside, once, and the others come.
: >stored
start 429:3
run -r "$file" --to "elastic://$at/records-{kind}" --to-wait 20
rc_is 0
stop
sed -i 's/^records-//' stored
all_came 'elastic 429'
: >stored
start 'badrow="conn_state":"SF"'
run -r "$file" --to "clickhouse://$at/db?create=1" --spool box
rc_is 0
refused=$("$TAPLIGHT" -r "$file" --json | grep -c '"conn_state":"SF"')
grep -q "$refused records were refused" err || fail "refused records are not counted: $(cat err)"
(($(cat box/*/refused.json | wc -l) == refused)) || fail 'refused.json does not have what was refused'
stop
awk -v n="$refused" '$1 == "conn" { $2 -= n } $2 > 0' due >less && mv due both && mv less due
all_came 'refused rows'
mv both due

# A password from a file.
: >stored
echo open-sesame >password
PASSWORD=open-sesame start
run -r "$file" --to "clickhouse://me@$at/db?create=1&password-file=password"
rc_is 0
quiet_is
stop
all_came 'password'

# No server: records wait in the outbox, also when the program is killed, and come once when there is one.
: >stored
rm -rf box
start
port=$(cat port)
stop
url="clickhouse://127.0.0.1:$port/db?create=1"
run -r "$file" --to "$url" --spool box --to-wait 1
rc_is 0
grep -q 'records wait in the outbox' err || fail "what waits is not said: $(cat err)"
for pause in 0.02 0.1 0.3; do
    "$TAPLIGHT" -r "$file" --to "$url" --spool box --to-wait 4 2>/dev/null &
    killed=$!
    sleep $pause
    kill -9 $killed
    wait $killed 2>/dev/null
done
"$TAPLIGHT" -r "$file" --to "$url" --spool box --to-wait 4 2>/dev/null &
running=$!
sleep 0.5
run -r "$file" --to "$url" --spool box
rc_is 1
error_is 'another process uses'
PORT=$port start lost
wait $running || fail 'the last run failed'
stop
all_came 'killed'
find box -name '*.seg' | grep -q . && fail "segments are left: $(find box -type f)"

# A small outbox: the newest or the oldest go, and are counted. The newest 100 are there, or are not.
python3 - >many.pcap <<'EOF'
import struct, sys
out = sys.stdout.buffer
out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
for n in range(4000):
    dns = struct.pack(">6H", n, 0x100, 1, 0, 0, 0) + b"\x07example\x03com\0\0\1\0\1"
    udp = struct.pack(">4H", 1024 + n, 53, 8 + len(dns), 0) + dns
    ip = bytearray(struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), n, 0, 64, 17, 0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 53])))
    total = sum(struct.unpack(">10H", ip))
    total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into(">H", ip, 10, ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF)
    frame = bytes.fromhex("020000000001020000000002") + b"\x08\0" + bytes(ip) + udp
    out.write(struct.pack("<IIII", 1700000000 + n // 100, n % 100 * 1000, len(frame), len(frame)) + frame)
EOF
total=$("$TAPLIGHT" -r many.pcap --no-meta --json --dns-timeout 1 --udp-timeout 1 | wc -l)
for which in newest oldest; do
    rm -rf box
    : >stored
    run -r many.pcap --no-meta --dns-timeout 1 --udp-timeout 1 --to "$url" --spool box --spool-size 1M --spool-full $which --to-wait 1
    rc_is 1
    grep -q "its $which records are lost" err || fail "$which: what goes is not said: $(cat err)"
    lost=$(sed -n 's/.* \([0-9]*\) records were lost.*/\1/p' err)
    PORT=$port start
    run -r "$file" -c 1 --no-meta --to "$url" --spool box
    rc_is 0
    stop
    (($(grep -c example.com stored) + $(grep -c '"orig_l2_addr"' stored) > 1000)) || fail "$which: hardly any record came"
    (($(wc -l <stored) - $("$TAPLIGHT" -r "$file" -c 1 --no-meta --json | wc -l) == total - lost)) ||
        fail "$which: $total records, $lost lost, but $(wc -l <stored) came"
    grep -q '"_seq":0}' stored && [[ $which == oldest ]] && grep -c '"_seq":0}' stored >zero && (($(cat zero) > 1)) &&
        fail 'oldest: the first record is still there'
done
done_testing
