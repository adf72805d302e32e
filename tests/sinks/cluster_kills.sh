#!/usr/bin/env bash
# Records go to a cluster of three ClickHouse servers while servers and taplight are killed and started again; in the end
# each record is there once, through the Distributed tables, and a copy has what the other has. Not in CI: it needs Debian's
# clickhouse-server and zookeeper. usage: TAPLIGHT=PROGRAM cluster_kills.sh CAPTURE [ROUNDS]
set -u
capture=$(realpath "${1:?a capture file}") rounds=${2:-10}
: "${TAPLIGHT:?the path of the program}"
. "$(dirname "$(realpath "$0")")/cluster.bash"
taplight() {
    exec "$TAPLIGHT" -r "$capture" --sensor a --spool box --to-wait 120 \
        --to 'clickhouse://127.0.0.1:18421/default?create=1&cluster=net&replicated=1' "$@"
}
for ((round = 0; round < rounds; round++)); do
    taplight 2>/dev/null & # exec: the process is the program
    sensor=$!
    sleep "$((1 + RANDOM % 3)).$((RANDOM % 9))"
    victim=$((round % 3 + 1))
    kill -9 $sensor
    stop_node $victim
    wait $sensor 2>/dev/null
    node $victim
done
(taplight) || exit 1
wrong=0
for ((i = 0; i < 100; i++)); do # the copy is fetched in the background
    [[ $(ask 1 'select count() from conn_local final') == "$(ask 2 'select count() from conn_local final')" ]] && break
    sleep 0.2
done
while read -r due kind; do
    found=$(ask 1 "select count() from \`$kind\` final")
    echo "$kind: $due due, $found there, $(ask 1 "select count() from \`$kind\`") with doubles; copies of a shard:" \
        "$(ask 1 "select count() from \`${kind}_local\` final") and $(ask 2 "select count() from \`${kind}_local\` final")"
    ((due == found)) || wrong=1
done < <("$TAPLIGHT" -q -r "$capture" --json | sed 's/^{"_path":"\([a-z_0-9]*\)".*/\1/' | LC_ALL=C sort | uniq -c)
exit $wrong
