# capture_databases.sh - samples of databases and message brokers, sourced by capture.sh.
# Needs: postgresql mariadb-server mariadb-client redis-server redis-tools memcached mosquitto mosquitto-clients nats-server
# libcoap3-bin

need() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || { say "capture.sh: $tool is missing (see README.md)"; exit 1; }
    done
}

# Sends what comes from stdin to a port of b, and reads until the server is silent for a second.
lines_to() {
    in_a "$python" -c 'import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)
s.settimeout(0.7)
def read():
    try:
        while s.recv(65536):
            pass
    except OSError:
        pass
for part in sys.stdin.buffer.read().split(b"\0\0pause\0\0"):
    s.sendall(part)
    read()
s.close()' 10.77.0.2 "$1" || true
}
listens() { in_a bash -c "exec 3<>/dev/tcp/10.77.0.2/$1" 2>/dev/null; }

# A key and a certificate for all that speak TLS here.
data_certificate() {
    [[ -s $tmp/data.pem ]] || openssl req -x509 -newkey rsa:2048 -nodes -keyout "$tmp/data.key" -out "$tmp/data.pem" \
        -days 3650 -subj /CN=db.example.test 2>/dev/null
}

# PostgreSQL: users with each kind of password, with and without TLS.
pg_bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
start_postgresql() {
    need psql openssl
    data_certificate
    mkdir -p "$tmp/pg"
    chown postgres "$tmp/pg"
    runuser -u postgres -- "$pg_bin/initdb" -D "$tmp/pg/data" -A trust >/dev/null 2>&1
    install -o postgres -m 600 "$tmp/data.key" "$tmp/pg/data/server.key"
    install -o postgres -m 600 "$tmp/data.pem" "$tmp/pg/data/server.crt"
    cat >"$tmp/pg/data/pg_hba.conf" <<'CONF'
local all all trust
host all ann all md5
host all bob all password
host all cid all scram-sha-256
host all all all trust
CONF
    ip netns exec tlcap-b runuser -u postgres -- "$pg_bin/postgres" -D "$tmp/pg/data" -c listen_addresses=10.77.0.2 \
        -c ssl=on -c unix_socket_directories="$tmp/pg" >"$tmp/pg/log" 2>&1 &
    pids+=($!)
    until_ready pg_sql -c 'select 1'
    pg_sql -q <<'SQL' >/dev/null
set password_encryption = 'md5';
create user ann password 'pl4nted-md5';
create user bob password 'pl4nted-plain';
set password_encryption = 'scram-sha-256';
create user cid password 'pl4nted-scram';
grant all on schema public to ann, bob, cid;
SQL
}
pg_sql() { psql -h "$tmp/pg" -U postgres -d postgres "$@"; }
pg() { in_a env PGPASSWORD="$2" PGSSLMODE="$3" PGCONNECT_TIMEOUT=5 psql -X -q -h 10.77.0.2 -U "$1" -d postgres "${@:4}" >/dev/null 2>&1 || true; }
postgres_session() {
    pg ann pl4nted-md5 disable <<'SQL'
create table people (id integer primary key, name text, born date);
insert into people values (1, 'Ada ''the first''', '1815-12-10'), (2, E'Alan\'s', '1912-06-23');
select id, name, born from people where name like 'A%' and id < 100 order by id;
begin;
update people set name = 'x' where id = 2;
rollback;
select * from nowhere;
select 1/0;
listen news;
notify news, 'a payload';
do $$ begin raise notice 'a notice'; end $$;
drop table people;
SQL
}
postgres_passwords() {
    pg bob pl4nted-plain disable -c 'select current_user'
    pg cid pl4nted-scram disable -c 'select current_user'
    pg ann wr0ng-pl4nted disable -c 'select 1'
    pg nobody x disable -c 'select 1'
    pg bob pl4nted-plain disable -c "alter user bob password 'pl4nted-n3w'" -c "alter user bob password 'pl4nted-plain'"
}
postgres_tls() { pg ann pl4nted-md5 require -c 'select 1'; pg ann pl4nted-md5 prefer -c 'select 2'; }
postgres_copy() {
    pg ann pl4nted-md5 disable <<'SQL'
create table numbers (n integer, word text);
copy numbers from stdin;
1	one
2	two
\.
copy numbers to stdout with csv;
copy numbers from stdin;
not a number
\.
drop table numbers;
SQL
}
# pgbench with prepared statements uses Parse, Bind, Describe, Execute and Sync.
postgres_extended() {
    printf '\\set id 7\nselect relname from pg_class where oid = :id or relname = '"'pg_type'"';\n' >"$tmp/pg/script"
    in_a env PGPASSWORD=pl4nted-md5 PGSSLMODE=disable "$pg_bin/pgbench" -n -M prepared -t 3 -f "$tmp/pg/script" -h 10.77.0.2 -U ann postgres >/dev/null 2>&1 || true
    in_a env PGPASSWORD=pl4nted-md5 PGSSLMODE=disable "$pg_bin/pgbench" -n -M extended -t 2 -f "$tmp/pg/script" -h 10.77.0.2 -U ann postgres >/dev/null 2>&1 || true
}
postgres_cancel() {
    in_a env PGPASSWORD=pl4nted-md5 PGSSLMODE=disable timeout -s INT 1 psql -X -q -h 10.77.0.2 -U ann -d postgres -c 'select pg_sleep(20)' >/dev/null 2>&1 || true
    sleep 0.5
}

! wanted postgresql/ || start_postgresql
cap postgresql/session.pcap "psql: an MD5 password, queries and their rows, a transaction, errors, a notice, a notification" "tcp port 5432" postgres_session
cap postgresql/passwords.pcap "logins: in clear, SCRAM, wrong, of an unknown user; a password is set" "tcp port 5432" postgres_passwords
cap postgresql/tls.pcap "psql asks for TLS" "tcp port 5432" postgres_tls
cap postgresql/copy.pcap "rows copied in and out; one that is wrong" "tcp port 5432" postgres_copy
cap postgresql/extended.pcap "pgbench: prepared and extended queries with parameters" "tcp port 5432" postgres_extended
cap postgresql/cancel.pcap "a query that psql cancels on a second connection" "tcp port 5432" postgres_cancel

# MariaDB: users with passwords of two plugins, with and without TLS.
start_mariadb() {
    need mariadbd mariadb mariadb-install-db openssl
    data_certificate
    mkdir -p "$tmp/my/data"
    chown -R mysql "$tmp/my"
    install -o mysql -m 600 "$tmp/data.key" "$tmp/my/key"
    install -o mysql "$tmp/data.pem" "$tmp/my/cert"
    mariadb-install-db --no-defaults --user=mysql --datadir="$tmp/my/data" --auth-root-authentication-method=normal >/dev/null 2>&1
    ip netns exec tlcap-b mariadbd --no-defaults --user=mysql --datadir="$tmp/my/data" --socket="$tmp/my/socket" --bind-address=10.77.0.2 \
        --ssl-cert="$tmp/my/cert" --ssl-key="$tmp/my/key" --pid-file="$tmp/my/pid" --plugin-load-add=auth_ed25519 \
        --skip-name-resolve >"$tmp/my/log" 2>&1 &
    pids+=($!)
    until_ready mariadb --no-defaults -S "$tmp/my/socket" -u root -e 'select 1'
    mariadb --no-defaults -S "$tmp/my/socket" -u root <<'SQL'
create database shop;
create user ann@'%' identified by 'pl4nted-native';
create user bob@'%' identified via ed25519 using password('pl4nted-ed25519');
grant all on *.* to ann@'%';
grant all on shop.* to bob@'%';
SQL
}
my() { in_a mariadb --no-defaults -h 10.77.0.2 -u "$1" -p"$2" "${@:3}" >/dev/null 2>&1 || true; }
mysql_session() {
    my ann pl4nted-native --skip-ssl shop -f <<'SQL'
create table goods (id int primary key auto_increment, name varchar(20), price decimal(6,2));
insert into goods (name, price) values ('tea "green"', 3.50), ("coffee's", 12.00), (null, 0);
select id, name, price from goods where name <> 'x' and price < 10.5 order by id; -- a comment with 'pl4nted-c0mment'
select * from goods where id = 99;
update goods set price = price * 2 where id > 1;
select * from nowhere;
use mysql
select nothing;
drop table shop.goods;
SQL
    in_a mariadb-admin --no-defaults --skip-ssl -h 10.77.0.2 -u ann -ppl4nted-native ping status >/dev/null 2>&1 || true
}
mysql_prepared() {
    my ann pl4nted-native --skip-ssl shop -e "prepare s from 'select ? + 1, ?'; set @a = 41, @b = 'bound'; execute s using @a, @b; deallocate prepare s"
    my ann pl4nted-native --skip-ssl shop -e "set password for bob@'%' = password('pl4nted-s3t')" -e 'select 1; select 2'
}
mysql_logins() {
    my bob pl4nted-ed25519 --skip-ssl shop -e 'select current_user()'
    my ann wr0ng-pl4nted --skip-ssl -e 'select 1'
    my nobody x --skip-ssl -e 'select 1'
    my ann pl4nted-native --skip-ssl nothing -e 'select 1'
}
mysql_tls() { my ann pl4nted-native --ssl shop -e 'select 1'; }
mysql_compressed() { my ann pl4nted-native --skip-ssl --compress shop -e "select repeat('a', 2000)"; }

! wanted mysql/ || start_mariadb
cap mysql/session.pcap "mariadb: a login, queries and their rows, errors, another database, ping, status" "tcp port 3306" mysql_session
cap mysql/prepared.pcap "statements prepared in SQL, a password set, several statements in a query" "tcp port 3306" mysql_prepared
cap mysql/logins.pcap "logins: another plugin, a wrong password, an unknown user, a database that is not there" "tcp port 3306" mysql_logins
cap mysql/tls.pcap "TLS after the greeting" "tcp port 3306" mysql_tls
cap mysql/compressed.pcap "the compressed protocol" "tcp port 3306" mysql_compressed

# Redis: with a password.
start_redis() {
    need redis-server redis-cli
    ip netns exec tlcap-b redis-server --bind 10.77.0.2 --port 6379 --requirepass pl4nted-redis --save '' --dir "$tmp" >/dev/null 2>&1 &
    pids+=($!)
    until_ready in_a redis-cli -h 10.77.0.2 --no-auth-warning -a pl4nted-redis ping
}
rc() { in_a redis-cli -h 10.77.0.2 --no-auth-warning "$@" >/dev/null 2>&1 || true; }
redis_session() {
    rc <<'CMD'
PING
AUTH wr0ng-pl4nted
AUTH pl4nted-redis
SET greeting "hello world" EX 60
GET greeting
GET nothing
INCRBY counter 41
LPUSH list a b c
LRANGE list 0 -1
HSET hash field1 v1 field2 v2
HGETALL hash
INCR greeting
NOSUCH command
MULTI
SET x 1
GET x
EXEC
EVAL "return {1,'two',{3,{4}}}" 0
DEL greeting counter list hash x
QUIT
CMD
}
redis_resp3() {
    local command
    while read -r command; do
        # shellcheck disable=SC2086
        rc -3 --user default --pass pl4nted-redis $command
    done <<'CMD'
HSET hash field1 v1
HGETALL hash
SADD set a b
SMEMBERS set
ZADD z 1.5 one
ZSCORE z one
GET nothing
DEL hash set z
CMD
}
redis_pubsub() {
    in_a timeout 2 redis-cli -h 10.77.0.2 --no-auth-warning -a pl4nted-redis subscribe news >/dev/null 2>&1 &
    local waiting=$!
    sleep 0.7
    rc -a pl4nted-redis publish news 'first message'
    rc -a pl4nted-redis publish news second
    wait "$waiting" || true
}
redis_inline() { printf 'AUTH pl4nted-redis\r\nPING\r\nSET inline "a value"\r\nGET inline\r\nDEL inline\r\nQUIT\r\n' | lines_to 6379; }

! wanted redis/ || start_redis
cap redis/session.pcap "redis-cli: a wrong and a right password, values of all types, errors, a transaction, a script" "tcp port 6379" redis_session
cap redis/resp3.pcap "RESP3: HELLO with a password, maps, sets, doubles, null" "tcp port 6379" redis_resp3
cap redis/pubsub.pcap "a subscriber and two messages" "tcp port 6379" redis_pubsub
cap redis/inline.pcap "commands as lines" "tcp port 6379" redis_inline

# memcached: the text protocol by lines, the binary one by a client that asks for SASL's list.
start_memcached() {
    need memcached
    ip netns exec tlcap-b memcached -u nobody -l 10.77.0.2 -p 11211 -U 0 >/dev/null 2>&1 &
    pids+=($!)
    until_ready listens 11211
}
mc() { lines_to 11211; }
memcache_text() {
    printf 'version\r\nset k1 5 60 5\r\nhello\r\nget k1\r\ngets k1 missing\r\nadd k1 0 0 1\r\nx\r\nset n 0 0 2\r\n10\r\nincr n 5\r\ndecr n 3\r\nincr missing 1\r\ntouch k1 10\r\ncas k1 0 0 3 99999\r\nabc\r\nbogus\r\ndelete k1\r\ndelete k1\r\nset q 0 0 1 noreply\r\nz\r\nmg q v f t\r\nmn\r\nflush_all\r\nstats settings\r\nquit\r\n' | mc
}
memcache_binary() {
    { printf '\x80\x01\x00\x02\x08\x00\x00\x00\x00\x00\x00\x0f\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x3cb1hello'
      printf '\x80\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00b1'
      printf '\x80\x05\x00\x02\x14\x00\x00\x00\x00\x00\x00\x16\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x0a\x00\x00\x00\x00n2'
      printf '\x80\x0c\x00\x07\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00missing'
      printf '\x80\x0b\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00'
      printf '\x80\x04\x00\x02\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00\x00b1'
      printf '\x80\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x00'; } | mc
}

! wanted memcache/ || start_memcached
cap memcache/text.pcap "memcached: storage, retrieval, counters, meta commands, statistics, errors" "tcp port 11211" memcache_text
cap memcache/binary.pcap "the binary protocol: set, get, increment, a miss, delete" "tcp port 11211" memcache_binary

# MQTT: mosquitto with a password, over TCP and WebSocket.
start_mosquitto() {
    need mosquitto mosquitto_pub mosquitto_passwd
    mkdir -p "$tmp/mqtt"
    printf 'ann:pl4nted-mqtt\n' >"$tmp/mqtt/users"
    mosquitto_passwd -U "$tmp/mqtt/users"
    chown -R mosquitto "$tmp/mqtt"
    cat >"$tmp/mqtt/conf" <<CONF
listener 1883 10.77.0.2
listener 8080 10.77.0.2
protocol websockets
allow_anonymous true
password_file $tmp/mqtt/users
CONF
    ip netns exec tlcap-b mosquitto -c "$tmp/mqtt/conf" >/dev/null 2>&1 &
    pids+=($!)
    until_ready listens 1883
}
mqtt() { in_a timeout 4 "mosquitto_$1" -h 10.77.0.2 "${@:2}" >/dev/null 2>&1 || true; }
# $1: version; publishes with each quality to a subscriber.
mqtt_talk() {
    mqtt sub -V "$1" -i reader -q 2 -t 'rooms/+/temperature' -t 'alarms/#' -C 3 -W 3 &
    local waiting=$!
    sleep 0.5
    mqtt pub -V "$1" -i writer -t rooms/1/temperature -m 21.5
    mqtt pub -V "$1" -i writer -q 1 -t rooms/2/temperature -m 19.0 -r
    mqtt pub -V "$1" -i writer -q 2 -u ann -P pl4nted-mqtt -t alarms/fire -m 'a test' --will-topic gone --will-payload 'writer is gone' --will-qos 1
    wait "$waiting" || true
    mqtt pub -V "$1" -t rooms/2/temperature -n -r
}
mqtt_v31() { mqtt_talk mqttv31; mqtt pub -V mqttv31 -u ann -P wr0ng-pl4nted -t a -m b; }
mqtt_v311() { mqtt_talk mqttv311; mqtt pub -V mqttv311 -u ann -P wr0ng-pl4nted -t a -m b; }
mqtt_v5() {
    mqtt_talk mqttv5
    mqtt pub -V mqttv5 -u ann -P wr0ng-pl4nted -t a -m b
    mqtt pub -V mqttv5 -t props -m '{"a":1}' -D publish content-type application/json -D publish user-property key value \
        -D publish response-topic answers -D publish correlation-data 77 -D publish message-expiry-interval 60 -D connect session-expiry-interval 30
    mqtt sub -V mqttv5 -t x/y -U x/z -E -D subscribe subscription-identifier 5
}

! wanted mqtt/ || start_mosquitto
cap mqtt/v31.pcap "mosquitto: version 3.1, all qualities, a will, a wrong password" "tcp port 1883" mqtt_v31
cap mqtt/v311.pcap "version 3.1.1, all qualities, a will, a wrong password" "tcp port 1883" mqtt_v311
cap mqtt/v5.pcap "version 5: properties, reasons, a wrong password" "tcp port 1883" mqtt_v5

# NATS: a server with a user, by lines.
start_nats() {
    need nats-server
    ip netns exec tlcap-b nats-server -a 10.77.0.2 -p 4222 --user ann --pass pl4nted-nats >/dev/null 2>&1 &
    pids+=($!)
    until_ready listens 4222
}
nats_session() {
    { printf 'CONNECT {"verbose":true,"pedantic":false,"user":"ann","pass":"pl4nted-nats","name":"sample","headers":true}\r\nPING\r\nSUB news.* 1\r\nSUB work queue 2\r\nPUB news.today 5\r\nhello\r\n'
      printf '\0\0pause\0\0HPUB news.head 22 27\r\nNATS/1.0\r\nKey: val\r\n\r\nworld\r\nUNSUB 1 1\r\nPUB work answer.1 0\r\n\r\nBOGUS\r\n'; } | lines_to 4222
    printf 'CONNECT {"user":"ann","pass":"wr0ng-pl4nted","verbose":false}\r\nPING\r\n' | lines_to 4222
}

! wanted nats/ || start_nats
cap nats/session.pcap "nats-server: a login, subscriptions, messages with and without headers, an error, a wrong password" "tcp port 4222" nats_session

# CoAP: libcoap's server and client.
start_coap() {
    need coap-server-notls coap-client-notls
    ip netns exec tlcap-b coap-server-notls -A 10.77.0.2 -v 0 >/dev/null 2>&1 &
    pids+=($!)
    until_ready in_a coap-client-notls -v 0 -B 2 coap://10.77.0.2/
}
coap() { in_a timeout 5 coap-client-notls -v 0 -B 3 "$@" >/dev/null 2>&1 || true; }
coap_session() {
    coap coap://10.77.0.2/
    coap coap://10.77.0.2/.well-known/core
    coap -N coap://10.77.0.2/time
    coap -m put -t text/plain -e 1700000000 coap://10.77.0.2/time
    coap -m delete coap://10.77.0.2/time
    coap 'coap://10.77.0.2/nothing/here?a=b&c=d'
    coap coap://10.77.0.2/async?2
}
coap_blocks() {
    head -c 700 /dev/zero | tr '\0' x >"$tmp/coap.txt"
    coap -b 64 coap://10.77.0.2/.well-known/core
    coap -m put -b 128 -f "$tmp/coap.txt" coap://10.77.0.2/example_data
    coap -b 128 coap://10.77.0.2/example_data
}
coap_observe() { coap -s 3 coap://10.77.0.2/time; }
coap_tcp() { coap coap+tcp://10.77.0.2/time; coap coap+tcp://10.77.0.2/.well-known/core; }

! wanted coap/ || start_coap
cap coap/observe.pcap "a resource that is observed" "udp port 5683" coap_observe
cap coap/tcp.pcap "over TCP" "tcp port 5683" coap_tcp
cap coap/blocks.pcap "blockwise transfers in both directions" "udp port 5683" coap_blocks
cap coap/session.pcap "libcoap: GET, PUT, DELETE, confirmable and not, not found, a late response" "udp port 5683" coap_session

# Modbus: pymodbus serves and asks.
start_modbus() {
    "$python" -c 'import pymodbus' 2>/dev/null || { say "capture.sh: python3-pymodbus is missing (see README.md)"; exit 1; }
    ip netns exec tlcap-b "$python" "$here/capture_modbus.py" serve 10.77.0.2 >/dev/null 2>&1 &
    pids+=($!)
    until_ready listens 502
}
modbus_session() { in_a "$python" "$here/capture_modbus.py" ask 10.77.0.2 >/dev/null 2>&1 || true; }

! wanted modbus/ || start_modbus
cap modbus/session.pcap "pymodbus: coils and registers read and written, masks, identification, exceptions" "tcp port 502" modbus_session
