#!/usr/bin/env bash
# ClickHouse of Debian is killed and started again while records go to it, and so is taplight; in the end each record is
# there once. Not in CI: it needs clickhouse-server. usage: TAPLIGHT=PROGRAM clickhouse_kills.sh CAPTURE [ROUNDS]
set -u
capture=$(realpath "${1:?a capture file}") rounds=${2:-10}
work=$(mktemp -d)
cd "$work" || exit 1
trap 'kill -9 $server 2>/dev/null; rm -rf "$work"' EXIT
mkdir data tmp
cat >config.xml <<EOF
<yandex><logger><level>error</level><log>$work/log</log><errorlog>$work/err</errorlog></logger>
<listen_host>127.0.0.1</listen_host><http_port>18223</http_port><tcp_port>19100</tcp_port>
<interserver_http_port>19109</interserver_http_port><path>$work/data/</path><tmp_path>$work/tmp/</tmp_path>
<users_config>users.xml</users_config><mark_cache_size>100000000</mark_cache_size>
<default_profile>default</default_profile><default_database>default</default_database></yandex>
EOF
echo '<yandex><profiles><default/></profiles><users><default><password></password><networks><ip>::/0</ip></networks>
<profile>default</profile><quota>default</quota></default></users><quotas><default/></quotas></yandex>' >users.xml
start() {
    clickhouse-server --config-file="$work/config.xml" >out 2>&1 &
    server=$!
    until ask 'select 1' >answer 2>&1; do sleep 0.2; done
}
ask() { curl -sf http://127.0.0.1:18223/ --data-binary "$1"; }
taplight() {
    exec "$TAPLIGHT" -r "$capture" --sensor a --to 'clickhouse://127.0.0.1:18223/default?create=1' --spool box \
        --to-wait 60 "$@"
}
start
for ((i = 0; i < rounds; i++)); do
    taplight 2>/dev/null &  # exec: the process is the program
    running=$!
    sleep "0.$((RANDOM % 9 + 1))"
    { kill -9 $running; kill -9 $server; wait $running $server; } 2>/dev/null
    start
done
(taplight) || exit 1
"$TAPLIGHT" -r "$capture" --json | sed 's/^{"_path":"\([a-z_0-9]*\)".*/\1/' | LC_ALL=C sort | uniq -c |
    while read -r due kind; do
        found=$(ask "select count() from \`$kind\` final")
        all=$(ask "select count() from \`$kind\`")
        echo "$kind: $due due, $found there, $all with doubles"
        ((due == found)) || touch wrong
    done
[[ ! -e wrong ]]
