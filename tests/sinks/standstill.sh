#!/usr/bin/env bash
# A server stands still for minutes while a capture goes on at a full rate: the capture loses nothing, memory stays flat, the
# outbox is bounded, and all is there after. Not in CI: it needs root, Debian's clickhouse-server and minutes.
# usage: TAPLIGHT=PROGRAM standstill.sh [SECONDS [PACKETS_A_SECOND]]; a packet is a flow of two records. SCHEDULE='chrt -r 1'
# gives the sensor its part of a machine that others use, too.
set -u
: "${TAPLIGHT:?the path of the program}"
[[ ${NETWORK:-} == own ]] || NETWORK=own exec unshare -n "$0" "$@"
still=${1:-300} rate=${2:-10000} around=20 loop=60000
here=$(dirname "$(realpath "$0")")
for program in clickhouse-server curl ip; do
    command -v $program >/dev/null || { echo "skipped: no $program" && exit 77; }
done
work=$(mktemp -d -p "${TMPDIR:-/tmp}")
cd "$work" || exit 1
started=()
trap 'kill -CONT "${started[@]}" 2>/dev/null; kill -9 "${started[@]}" 2>/dev/null; rm -rf "$work"' EXIT
ip link set lo up
ip link add in0 type veth peer name out0
ip link set in0 up
ip link set out0 up

mkdir data tmp
cat >config.xml <<EOF2
<yandex><logger><level>error</level><log>$work/log</log><errorlog>$work/err</errorlog></logger>
<listen_host>127.0.0.1</listen_host><http_port>18223</http_port><tcp_port>19100</tcp_port>
<interserver_http_port>19109</interserver_http_port><path>$work/data/</path><tmp_path>$work/tmp/</tmp_path>
<users_config>users.xml</users_config><mark_cache_size>100000000</mark_cache_size>
<default_profile>default</default_profile><default_database>default</default_database></yandex>
EOF2
echo '<yandex><profiles><default/></profiles><users><default><password></password><networks><ip>::/0</ip></networks>
<profile>default</profile><quota>default</quota></default></users><quotas><default/></quotas></yandex>' >users.xml
ask() { curl -sf --max-time 600 http://127.0.0.1:18223/ --data-binary "$1"; }
clickhouse-server --config-file="$work/config.xml" >out 2>&1 &
server=$!
started+=($server)
until ask 'select 1' >answer 2>&1; do sleep 0.2; done

python3 -I -S "$here/many_queries.py" $loop >queries.pcap
${SCHEDULE:-} "$TAPLIGHT" -i in0 -Z root --dns-timeout 1 --udp-timeout 1 --sensor a --metrics :9101 --spool box --spool-size 16G \
    --to 'clickhouse://127.0.0.1:18223/default?create=1' 2>sensor.err &
sensor=$!
started+=($sensor)
metric() { # prints the sum over labels
    curl -sf --max-time 5 http://127.0.0.1:9101/metrics |
        awk -v name="$1" '{ at = $1; sub(/\{.*/, "", at) } at == name { sum += $NF; n++ } END { if (n > 0) printf "%.0f\n", sum }'
}
memory() { awk '/^VmRSS/ { print $2 }' /proc/$sensor/status; }
until [[ $(metric taplight_memory_limit_bytes) ]]; do sleep 0.1; done
${SCHEDULE:-} "$TAPLIGHT" replay -r queries.pcap -i out0 -Z root --pps "$rate" --loop $(((still + 2 * around) * rate / loop + 1)) >replay.out 2>&1 &
replay=$!
started+=($replay)

say() {
    printf '%5s s: memory %6d KiB, waiting %9s, outbox %12s bytes, lag %5.0f s, dropped %s\n' "$SECONDS" "$(memory)" \
        "$(metric taplight_server_records_waiting)" "$(metric taplight_server_outbox_bytes)" \
        "$(metric taplight_server_lag_seconds)" "$(metric taplight_dropped_packets_total)"
}
SECONDS=0 most=0 least=0
sleep $around
say
kill -STOP $server
echo 'the server stands still'
while ((SECONDS < around + still)); do
    sleep 1
    now=$(memory)
    ((now > most)) && most=$now
    ((SECONDS >= around + 10 && (least == 0 || now < least))) && least=$now
    ((SECONDS % 20 != 0)) || say
done
kill -CONT $server
echo 'the server goes on'
wait $replay || { cat replay.out; exit 1; }
while waiting=$(metric taplight_server_records_waiting); [[ $waiting != 0 ]]; do
    sleep 5
    say
done
say
kill -INT $sensor
wait $sensor || { cat sensor.err; exit 1; }
cat sensor.err replay.out
sent=$(sed -n 's/^\([0-9]*\) packets sent.*/\1/p' replay.out)
wrong=0
for kind in conn dns; do
    found=$(ask "select uniqExact(_run, _seq), count() from $kind where id_resp_p = 53")
    echo "$kind: $sent due, those there, and with doubles: $found"
    [[ ${found%%$'\t'*} == "$sent" ]] || wrong=1
done
echo "memory: $least to $most KiB while the server stood still"
((most - least < 65536)) || { echo 'FAILED: memory grows' && wrong=1; }
exit $wrong
