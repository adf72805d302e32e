#!/usr/bin/env bash
# --metrics: the counters of a run over HTTP, in the text format of Prometheus.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
command -v python3 >/dev/null || exit 77
file=$SOURCE/samples/showcase.pcap
programs=()
trap 'for p in "${programs[@]}"; do kill "$p" 2>/dev/null; done; rm -rf "$work"' EXIT

coproc asking { exec python3 -I -S "$SOURCE/tests/cli/metrics.py" 2>asking.err; }
programs+=("$asking_PID")
# Asks the process that reads metrics. usage: ask WHAT [TEXT]; sets answer.
ask() {
    printf '%s\t%s\t%s\n' "$1" "$url" "${2-}" >&"${asking[1]}"
    IFS= read -r -t 30 -u "${asking[0]}" answer || fail "no answer to $*: $(cat asking.err)"
}
# Starts a run that reads the file and then waits for more; its answers are at $url. usage: start NAME OPTIONS..
start() {
    name=$1
    mkfifo "$name.pipe"
    "$TAPLIGHT" -r "$name.pipe" --metrics :0 "${@:2}" >"$name.out" 2>"$name.err" &
    programs+=($!)
    program=$!
    exec {pipe}<>"$name.pipe"
    cat "$file" >&"$pipe"
    for _ in {1..200}; do
        url=$(sed -n 's/^taplight: metrics at //p' "$name.err")
        [[ ! $url ]] || return
        sleep 0.05
    done
    fail "$name: does not say where it listens: $(cat "$name.err")"
}
await() {
    ask await "$1"
    [[ $answer == so ]] || fail "$name: $1: $answer"
}
finish() {
    kill -INT "$program"
    exec {pipe}>&-
    rc=0
    wait "$program" || rc=$?
    ran="taplight --metrics, $name"
    rc_is "${1:-0}"
}

for address in 9101 127.0.0.1 127.0.0.1: localhost:9101 :99999 :1x '[::1' '[::1]' ::1:9101 300.0.0.1:9101; do
    run -r "$file" --json --metrics "$address"
    rc_is 2
    error_is 'give IP:PORT'
done
run -r "$file" --metrics :0 -o out
rc_is 2
error_is 'prints nothing for -o'
run -i lo --view -w x.pcap --metrics :0
rc_is 2

# The records are the same, and are those that are counted.
"$TAPLIGHT" -r "$file" --json --no-meta >due
"$TAPLIGHT" -q -r "$file" --json --no-meta --metrics :0 >got
same due got 'records with --metrics'
start json --json -l --workers 2
packets=$("$TAPLIGHT" -r "$file" --count)
bytes=$("$TAPLIGHT" -r "$file" --json | sed -n '/"_path":"stats"/s/.*"bytes":\([0-9]*\).*/\1/p')
await "v('taplight_packets_total') == $packets and v('taplight_packet_bytes_total') == $bytes"
flows=$(grep -c '"_path":"conn"' due)
await "v('taplight_flows_active') + v('taplight_flows_ended_total') == $flows"
await 'v("taplight_flows_ended_total") == v("taplight_records_total", kind="conn")'
await 'v("taplight_records_total", kind="dns") > 0'
await 'v("taplight_dropped_packets_total", where="kernel") == 0 and v("taplight_memory_limit_bytes") == 2**30'
await 'v("process_resident_memory_bytes") > 2**20 and v("process_cpu_seconds_total") > 0'
for _ in {1..100}; do
    ask records
    sed 's/^{"_path":"\([a-z_0-9]*\)".*/\1/' json.out | LC_ALL=C sort | uniq -c |
        awk '$2 != "meta" { print $2, $1 }' >written
    cmp -s counted written && break
    sleep 0.05
done
same counted written 'records by kind'
same_url=$url
run -r "$file" --json --metrics "$(sed 's,http://\(.*\)/metrics,\1,' <<<"$url")"
rc_is 1
error_is 'cannot listen on .*: Address already in use: give another'

# Requests that are not GET /metrics.
answer_is() { # REQUEST ANSWER
    ask request "$1"
    [[ $answer == "$2" ]] || fail "'${1:0:60}' is answered with '$answer', not '$2'"
}
answer_is 'GET /metrics?x=1 HTTP/1.0\r\n\r\n' '200 OK'
answer_is 'GET / HTTP/1.1\r\n\r\n' '404 Not Found'
answer_is 'GET /metrics/x HTTP/1.1\r\n\r\n' '404 Not Found'
answer_is 'POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc' '405 Method Not Allowed Allow: GET, HEAD'
answer_is 'HEAD /metrics HTTP/1.1\r\n\r\n' '200 OK without a body'
answer_is 'HEAD / HTTP/1.1\r\n\r\n' '404 Not Found without a body'
answer_is 'GET http://localhost:9101/metrics?x HTTP/1.1\r\n\r\n' '200 OK'
answer_is 'GET http://localhost HTTP/1.1\r\n\r\n' '404 Not Found'
answer_is '\r\nGET /metrics HTTP/1.1\nHost: x\n\r\n' '200 OK'
answer_is 'GET /metrics HTTP/1.1\r\nX: \x00\r\n\r\n' '400 Bad Request'
answer_is 'GET  HTTP/1.1\r\n\r\n' '400 Bad Request'
answer_is 'GET /metrics\r\n\r\n' '400 Bad Request'
answer_is '\r\n\r\n' '400 Bad Request'
answer_is "GET /metrics HTTP/1.1\r\nX: $(printf 'x%.0s' {1..9000})\r\n\r\n" '400 Bad Request'
# A slow client is cut off; others wait so long.
ask slow begin

# Without another output records are counted, and nothing is printed.
json_program=$program json_pipe=$pipe
start alone
await "v('taplight_packets_total') == $packets and v('taplight_records_total', kind='dns') > 0"
finish
[[ ! -s alone.out ]] || fail "--metrics alone prints: $(head -n 2 alone.out)"
# Where nothing is decoded there are no records and no flows.
start count --count
await "v('taplight_packets_total') == $packets"
await "v('taplight_flows_active') is None and not any(name == 'taplight_records_total' for name, _ in samples)"
finish
if (: <>/dev/tcp/::1/9) 2>err || grep -q refused err; then
    run -r "$file" --metrics '[::1]:0'
    rc_is 0
    grep -q 'metrics at http://\[::1\]:[0-9]*/metrics' err || fail "IPv6: $(cat err)"
fi

# Servers: nothing listens at the port of this one.
if ! "$TAPLIGHT" -r "$file" --to 'clickhouse://127.0.0.1/db?x=1' 2>&1 | grep -q 'this build has no'; then
    labels='server="1", url="clickhouse://127.0.0.1:9/db"'
    for options in '' '--spool box'; do
        # shellcheck disable=SC2086
        start "to${options:+-spool}" --to 'clickhouse://127.0.0.1:9/db?create=1' --to-wait 0.2 $options
        await "v('taplight_server_records_waiting', $labels) > 0"
        await "v('taplight_server_batches_failed_total', $labels) > 2"
        await "v('taplight_server_lag_seconds', $labels) > 1 and v('taplight_server_up', $labels) == 0"
        await "v('taplight_server_lag_seconds', $labels) < 10 and v('taplight_server_records_sent_total', $labels) == 0"
        await "(v('taplight_server_outbox_bytes', $labels) > 0) == bool('$options')"
        finish $((${#options} == 0)) # what waits in the outbox is not lost
    done
    # Each of several has its own figures.
    start several --to 'clickhouse://127.0.0.1:9/db?create=1' --to "file://$PWD/several.json" --to-wait 0.2
    second="server=\"2\", url=\"file://$PWD/several.json\""
    await "v('taplight_server_records_sent_total', $second) > 100 and v('taplight_server_records_sent_total', $labels) == 0"
    await "v('taplight_server_up', $second) == 1 and v('taplight_server_batches_sent_total', $second) > 0"
    await "v('taplight_server_batches_failed_total', $labels) > 1 and v('taplight_server_up', $labels) == 0"
    await "v('taplight_server_batches_failed_total', $second) == 0 and v('taplight_server_records_waiting', $second) == 0"
    await "v('taplight_server_lag_seconds', $second) == 0 and v('taplight_server_lag_seconds', $labels) > 0"
    finish 1
    grep -q '127.0.0.1:9/db: [0-9]* records were lost' several.err || fail "several: $(cat several.err)"
fi

ask slow end
[[ $answer =~ ^[12]$ ]] || fail "a slow client was kept $answer s, not 1"
program=$json_program pipe=$json_pipe name=json url=$same_url
await 'v("taplight_packets_total") > 0'
finish
done_testing
