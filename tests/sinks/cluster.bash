# Three ClickHouse servers of Debian in a cluster named net, with ZooKeeper, on loopback: 1 and 2 are copies of one shard,
# 3 is the other shard. For scripts that are not in CI; sets $work. node N: starts a server; ask N QUERY.
# shellcheck shell=bash
for program in clickhouse-server java curl; do
    command -v $program >/dev/null || { echo "skipped: no $program" && exit 77; }
done
work=$(mktemp -d)
cd "$work" || exit 1
declare -A running
end_cluster() {
    kill -9 "${running[@]}" 2>/dev/null
    wait "${running[@]}" 2>/dev/null
    rm -rf "$work"
}
trap end_cluster EXIT

ask() { curl -sf --max-time 60 "http://127.0.0.1:1842$1/" --data-binary "$2"; }

node() {
    clickhouse-server --config-file="$work/$1/config.xml" >"$1/out" 2>&1 &
    running[$1]=$!
    until ask "$1" 'select 1' >answer 2>&1; do sleep 0.2; done
}
stop_node() {
    kill -9 "${running[$1]}"
    wait "${running[$1]}" 2>/dev/null
}

replica() { echo "<replica><host>127.0.0.1</host><port>1942$1</port></replica>"; }
mkdir zookeeper
printf '%s\n' tickTime=2000 "dataDir=$work/zookeeper" clientPort=12181 clientPortAddress=127.0.0.1 admin.enableServer=false \
    >zookeeper/zoo.cfg
java -Xmx256m -cp "/etc/zookeeper/conf:/usr/share/java/*" org.apache.zookeeper.server.quorum.QuorumPeerMain \
    "$work/zookeeper/zoo.cfg" >zookeeper/out 2>&1 &
running[zookeeper]=$!
until (exec 3<>/dev/tcp/127.0.0.1/12181) 2>/dev/null; do sleep 0.2; done
for i in 1 2 3; do
    mkdir -p $i/data $i/tmp
    cat >$i/config.xml <<EOF
<yandex><logger><level>error</level><log>$work/$i/log</log><errorlog>$work/$i/err</errorlog></logger>
<listen_host>127.0.0.1</listen_host><http_port>1842$i</http_port><tcp_port>1942$i</tcp_port>
<interserver_http_port>1952$i</interserver_http_port><interserver_http_host>127.0.0.1</interserver_http_host>
<path>$work/$i/data/</path><tmp_path>$work/$i/tmp/</tmp_path><users_config>users.xml</users_config>
<mark_cache_size>100000000</mark_cache_size><default_profile>default</default_profile><default_database>default</default_database>
<zookeeper><node><host>127.0.0.1</host><port>12181</port></node></zookeeper>
<macros><shard>$(((i + 1) / 2))</shard><replica>copy-$i</replica></macros>
<distributed_ddl><path>/clickhouse/task_queue/ddl</path></distributed_ddl>
<remote_servers><net><shard><internal_replication>true</internal_replication>$(replica 1)$(replica 2)</shard>
<shard><internal_replication>true</internal_replication>$(replica 3)</shard></net></remote_servers></yandex>
EOF
    echo '<yandex><profiles><default/></profiles><users><default><password></password><networks><ip>::/0</ip></networks>
<profile>default</profile><quota>default</quota></default></users><quotas><default/></quotas></yandex>' >$i/users.xml
    node $i
done
