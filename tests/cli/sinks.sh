#!/usr/bin/env bash
# --to: every record comes once after deduplication, whatever the server and the program go through.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
command -v python3 >/dev/null || exit 77
PATH=$PATH:/usr/sbin
file=$SOURCE/samples/showcase.pcap
server='' servers=''

# Asks the process of the servers: its folder is this one. usage: ask FILE WORD .., waits until FILE is there.
ask() {
    rm -f "$1"
    echo "$PWD ${*:2}" >"$work/requests"
    for _ in {1..600}; do [[ -e $1 ]] && return; sleep 0.05; done
    fail "no answer from the servers: $(cat server.err)"
}
# Starts a server with faults; its store is the file stored, its address $at.
start() {
    ask port serve "${PORT:-0}" "${PASSWORD:--}" "$@"
    server=$(cat server.pid)
    at=127.0.0.1:$(cat port)
}
# Prints a port that is not used, and that no connection is given.
free_port() {
    local port
    while port=$((10000 + RANDOM % 20000)); (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}
stop() {
    kill "$server"
    while kill -0 "$server" 2>/dev/null; do sleep 0.01; done
    server=''
}
# Runs a part of the test in a folder of its own, beside the others.
parts=()
part() {
    mkdir "$1"
    (
        trap '[[ -z $server ]] || kill "$server" 2>/dev/null' EXIT
        cd "$1" || exit 1
        : >stored
        wrong=0
        "$@"
        ((wrong == 0))
    ) >"$1/said" 2>&1 &
    parts+=("$!" "$1")
}
all_came() {
    ask found count
    same found "${2:-$work/due}" "$1: records that came"
    [[ ! -s server.err ]] || fail "$1: the server: $(tail -n 3 server.err)"
}

usage() {
    run -r "$file" --to http://127.0.0.1/
    rc_is 2
    error_is "unknown scheme 'http'"
    run -r "$file" --to clickhouse://user:secret@127.0.0.1/db
    rc_is 2
    error_is 'password in the URL'
    grep -q secret err && fail 'the password is shown'
    for rest in 12?34secret@127.0.0.1/db 12?34secret=5@127.0.0.1/db '12?a=b&34secret@127.0.0.1/db'; do
        run -r "$file" --to "clickhouse://user:$rest"
        rc_is 2
        grep -q secret err && fail "a part of the password is shown: $rest"
    done
    run -r "$file" --spool box
    rc_is 2
    error_is 'add --to URL'
}

# Faults of a server; what was sent twice is there once.
faults() { # URL, with AT in place of the address; FAULT ..
    start "${@:2}"
    run -r "$file" --to "${1/AT/$at}" --sensor probe-1 --to-wait 200
    rc_is 0
    grep -q 'retrying' err || fail "$1: no fault is shown: $(cat err)"
    stop
    all_came "$1"
}
faults_of_clickhouse() {
    faults 'clickhouse://AT/db?create=1' 500 late lost
    ask found compare "$work/json"
    [[ ! -s found ]] || fail "values differ from those of --json: $(head -n 5 found)"
}
faults_of_lines() { faults 'clickhouse://AT/db?create=1' lines 500 lost; }
faults_of_elastic() { faults elastic://AT lost reset slow; }
faults_of_loki() { faults loki://AT 500 reset lost; }

# 429 for some documents; a request that is too large is cut; a document that is refused is set aside, once.
documents() {
    start 429:3 large
    run -r "$file" --to "elastic://$at/records-{kind}" --to-wait 200
    rc_is 0
    stop
    sed -i 's/^records-//' stored
    all_came 'elastic 429'
}
refused() {
    start 'badrow="conn_state":"S0"'
    run -r "$file" --to "${1/AT/$at}" --spool box --to-wait 200
    rc_is 0
    local count
    count=$(grep -c '"conn_state":"S0"' "$work/json")
    grep -q "$count records were refused" err || fail "refused records are not counted: $(cat err)"
    (($(cat box/*/refused.json | wc -l) == count)) || fail 'refused.json does not have what was refused'
    stop
    awk -v n="$count" '$1 == "conn" { $2 -= n } $2 > 0' "$work/due" >less
    all_came 'refused rows' less
}
rows_refused() { refused 'clickhouse://AT/db?create=1'; }
lines_refused() { refused loki://AT; }

password() {
    echo open-sesame >password
    PASSWORD=open-sesame start
    run -r "$file" --to "clickhouse://me@$at/db?create=1&password-file=password" --to-wait 200
    rc_is 0
    ! grep -q retrying err || fail "password: $(cat err)"
    stop
    all_came 'password'
}

# A table that was made without copies gets none; that is said once.
without_copies() {
    start
    run -r "$file" --to "clickhouse://$at/db?create=1&cluster=net&replicated=1" --to-wait 200
    rc_is 0
    stop
    (($(grep -c 'table [a-z_]*_local was made without replicated=1: .*rename' err) == 1)) || fail "copies: $(cat err)"
    all_came 'copies'
}

# A file of options names two servers and what goes with them.
options_file() {
    start
    local first=$at first_server=$server
    start
    printf '%s\n' "--to elastic://$first" "--to elastic://$at" '--sensor two-servers' '--spool box' '--to-wait 200' >conf
    run --options conf -r "$file"
    rc_is 0
    stop
    kill "$first_server"
    (($(grep -c '"_sensor":"two-servers"' stored) == 2 * $(wc -l <"$work/json"))) || fail "$(wc -l <stored) records came"
    (($(find box -name acked | wc -l) == 2)) || fail "outboxes: $(find box)"
}

# No server: records wait in the outbox, also when the program is killed, and come once when there is one.
killed() {
    local port url killed running
    port=$(free_port)
    url="clickhouse://127.0.0.1:$port/db?create=1"
    run -r "$file" --to "$url" --spool box --to-wait 0.5
    rc_is 0
    grep -q 'records wait in the outbox' err || fail "what waits is not shown: $(cat err)"
    for pause in 0.02 0.1 0.2; do
        "$TAPLIGHT" -r "$file" --to "$url" --spool box --to-wait 200 2>/dev/null &
        killed=$!
        sleep $pause
        kill -9 $killed
        wait $killed 2>/dev/null
    done
    "$TAPLIGHT" -r "$file" --to "$url" --spool box --to-wait 200 2>running.err &
    running=$!
    for _ in {1..100}; do grep -q retrying running.err && break; sleep 0.05; done
    run -r "$file" --to "$url" --spool box
    rc_is 1
    error_is 'another process uses'
    PORT=$port start lost
    wait $running || fail "the last run failed: $(cat running.err)"
    stop
    all_came 'killed'
    ! grep -q 'wait in the outbox' running.err || fail "the last run: $(cat running.err)"
    ! find box -name '*.seg' | grep -q . || fail "segments are left: $(find box -type f)"
}

# A small outbox: the newest or the oldest records go, and are counted.
small() { # newest or oldest
    local options=(-r "$work/many.pcap" --no-meta --dns-timeout 1 --udp-timeout 1) total lost port url
    total=$("$TAPLIGHT" "${options[@]}" --json | wc -l)
    port=$(free_port)
    url="clickhouse://127.0.0.1:$port/db?create=1"
    run "${options[@]}" --to "$url" --spool box --spool-size 1M --spool-full "$1" --to-wait 0.2
    rc_is 1
    grep -q "its $1 records are lost" err || fail "$1: what goes is not shown: $(cat err)"
    lost=$(sed -n 's/.* \([0-9]*\) records were lost.*/\1/p' err)
    PORT=$port start
    run -r "$file" -c 1 --no-meta --to "$url" --spool box --to-wait 200
    rc_is 0
    stop
    (($(wc -l <stored) > 1000)) || fail "$1: hardly any record came"
    (($(wc -l <stored) - $("$TAPLIGHT" -r "$file" -c 1 --no-meta --json | wc -l) == total - lost)) ||
        fail "$1: $total records, $lost lost, but $(wc -l <stored) came"
    local zero=1
    [[ $1 == newest ]] && zero=2
    (($(grep -c '"_seq":0[,}]' stored) == zero)) || fail "$1: the wrong end of the records is there"
}
newest_lost() { small newest; }
oldest_lost() { small oldest; }

# Files: each line once, in order, also after a restart, a piece of a batch and a disk that was full.
has_lines() { # FILE, lines on standard input without the keys that name them
    sed 's/,"_sensor":"[^"]*","_run":"[^"]*","_seq":[0-9]*}$/}/' >"$1.lines"
    cmp -s "$1.lines" "$1.due" || fail "$1: $(wc -l <"$1.lines") lines, $(wc -l <"$1.due") due"
}
files_usage() {
    local url
    for url in file://a/b 'file:///a/%Y' file:///a/ 'file:///tmp/{kind}/a' 'file:///tmp/a?rotate=1m' 'file:///tmp/a?keep=2' \
        'file:///tmp/a?rotate=1h&keep=x' 'file:///tmp/a?rotate=0K' 'file:///tmp/a?compress=gzip' 'file:///tmp/a?cluster=x'; do
        run -r "$file" --to "$url"
        rc_is 2
        error_is "file://|rotate=|keep is|\{kind\}"
    done
    run -r "$file" --to "file://$PWD/none/a"
    rc_is 1
    error_is 'cannot write to folder .*none: No such file or directory: make it'
    mkdir a
    run -r "$file" --to "file://$PWD/a" --to-wait 0.1
    rc_is 1
    grep -q 'does not take records: cannot write a: Is a directory' err || fail "a folder: $(cat err)"
}
files() {
    cat "$work/json" "$work/json" >all.due
    printf '{"_path":"dns","ts":1' >all # what a kill left
    run -r "$file" --to "file://$PWD/all"
    rc_is 0
    quiet_is
    run -r "$file" --to "file://$PWD/all"
    has_lines all <all
    (($(cut -d '"' -f 4- all | grep -c '_seq":0}') == 2)) || fail 'records are not numbered'

    # What is of others stays.
    printf '{"a":1}' >others
    run -r "$file" --to "file://$PWD/others"
    [[ $(head -n 1 others) == '{"a":1}' ]] || fail 'a line that is not one of ours was cut off'
    (($(wc -l <others) == $(wc -l <"$work/json") + 1)) || fail "after others: $(wc -l <others) lines"
    head -c 2M /dev/zero >binary
    run -r "$file" --to "file://$PWD/binary" --to-wait 0.1
    rc_is 1
    grep -q 'binary is no file of lines: move it away' err || fail "no lines: $(cat err)"
    (($(stat -c %s binary) == 2097152)) || fail 'a file of another kind was changed'

    # A file for each kind, of at most 4 KB, the last three of each.
    grep '^{"_path":"dns"' "$work/json" >dns.due
    run -r "$file" --to "file://$PWD/{kind}.json?rotate=4K"
    rc_is 0
    cat dns.[0-9]*.json dns.json | awk -F '"_seq":' '{ print $2 + 0 "\t" $0 }' | sort -n | cut -f 2- | has_lines dns
    (($(find . -name 'dns*.json' | wc -l) > 3)) || fail "rotate=4K: $(ls -l dns*)"
    find . -name 'dns*.json' -size +4000c | while read -r large; do
        (($(wc -l <"$large") == 1)) || echo "$large"
    done >large
    [[ ! -s large ]] || fail "rotate=4K: files are larger: $(cat large)"
    : >dns.2020-01-01-00-00-00.json >dns.2020-01-01.json
    run -r "$file" --to "file://$PWD/{kind}.json?rotate=4K&keep=3"
    (($(find . -name 'dns.*-*-*-*-*.json' -o -name dns.json | wc -l) == 3)) || fail "keep=3: $(ls dns*)"
    [[ -e dns.2020-01-01.json ]] || fail 'a file of another name was removed'

    # A period that is over when the next run begins.
    cp "$work/json" hour.due
    head -n 3 all >hour
    touch -d '2 hours ago' hour
    run -r "$file" --to "file://$PWD/hour?rotate=1h"
    has_lines hour <hour
    (($(cat hour.[0-9]* | wc -l) == 3)) || fail "rotate=1h: $(ls hour*)"

    # A file has one writer.
    run -r "$file" --to "file://$PWD/a" --to "file://$PWD/a" --to-wait 0.1
    rc_is 1
    grep -q 'another process writes a' err || fail "two writers: $(cat err)"
}
files_zstd() {
    command -v zstd >/dev/null || { echo 'no zstd: left out' >>"$work/left"; return; }
    cat "$work/json" "$work/json" >all.zst.due
    run -r "$file" --to "file://$PWD/all.zst"
    rc_is 0
    head -c 100 all.zst >piece # of a frame
    cat piece >>all.zst
    run -r "$file" --to "file://$PWD/all.zst"
    rc_is 0
    zstd -dqc all.zst | has_lines all.zst
    (($(stat -c %s all.zst) < $(stat -c %s all.zst.due) / 4)) || fail "zstd: $(ls -l)"
    cp "$work/json" plain
    run -r "$file" --to "file://$PWD/plain?compress=zstd" --to-wait 0.1
    rc_is 1
    grep -q 'plain is no zstd file, or damaged: move it away' err || fail "no zstd file: $(cat err)"
    cmp -s plain "$work/json" || fail 'a file of another kind was changed'
}
# A limit of the file's size is a full disk that the test can mend.
files_full() {
    local running box
    command -v prlimit >/dev/null || return
    "$TAPLIGHT" -r "$work/many.pcap" --no-meta --dns-timeout 1 --udp-timeout 1 --json >full.due
    for box in '' '--spool box --spool-size 16M'; do
        yes '' | head -c 4M >full # segments of the outbox are smaller
        # shellcheck disable=SC2086
        (
            trap '' XFSZ
            ulimit -S -f 4200
            exec "$TAPLIGHT" -r "$work/many.pcap" --no-meta --dns-timeout 1 --udp-timeout 1 --to "file://$PWD/full" $box \
                --to-wait 60 2>full.err
        ) &
        running=$!
        for _ in {1..200}; do grep -q 'File too large' full.err && break; sleep 0.05; done
        tail -c 1 full | cmp -s - <(echo) || fail "$box: a full disk has a part of a line"
        prlimit --pid $running --fsize=unlimited
        wait $running || fail "$box: a full disk: $(cat full.err)"
        grep -q 'takes records again' full.err || fail "$box: not shown: $(cat full.err)"
        tail -c +4194305 full | has_lines full
    done
}

run -r "$file" --to 'clickhouse://127.0.0.1/db?nonsense=1'
if grep -q 'this build has no' err; then
    echo 'this build has no libcurl: skipped'
    exit 77
fi
rc_is 2
error_is "no 'nonsense'"

"$TAPLIGHT" -r "$file" --json >json
sed 's/^{"_path":"\([a-z_0-9]*\)".*/\1/' json | LC_ALL=C sort | uniq -c | awk '{ print $2, $1 }' >due
python3 -I -S - >many.pcap <<'EOF2'
import struct, sys
out = sys.stdout.buffer
out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
addresses = bytes([192, 0, 2, 1, 192, 0, 2, 53])
for n in range(4000):
    dns = struct.pack(">6H", n, 0x100, 1, 0, 0, 0) + b"\x07example\x03com\0\0\1\0\1"
    udp = struct.pack(">4H", 1024 + n, 53, 8 + len(dns), 0) + dns
    ip = bytearray(struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), n, 0, 64, 17, 0) + addresses)
    total = sum(struct.unpack(">10H", ip))
    total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into(">H", ip, 10, ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF)
    frame = bytes.fromhex("020000000001020000000002") + b"\x08\0" + bytes(ip) + udp
    out.write(struct.pack("<IIII", 1700000000 + n // 100, n % 100 * 1000, len(frame), len(frame)) + frame)
EOF2

mkfifo requests
python3 -I -S "$SOURCE/tests/sinks/server.py" "$work/requests" 2>servers.err &
servers=$!
trap '[[ -z $servers ]] || kill "$servers" 2>/dev/null; rm -rf "$work"' EXIT
part killed
part newest_lost
part oldest_lost
part faults_of_clickhouse
part faults_of_lines
part faults_of_elastic
part faults_of_loki
part documents
part rows_refused
part lines_refused
part password
part without_copies
part options_file
part usage
part files_usage
part files
part files_zstd
part files_full
for ((i = 0; i < ${#parts[@]}; i += 2)); do
    wait "${parts[i]}" || fail "${parts[i + 1]}: $(cat "${parts[i + 1]}/said")"
done
done_testing
