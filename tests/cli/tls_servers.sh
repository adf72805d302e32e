#!/usr/bin/env bash
# --to over TLS: a certificate of an unknown authority or of another name is refused and that is said; no password is sent
# then. Servers of Debian, where they are installed, get the records.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
command -v python3 >/dev/null && command -v openssl >/dev/null || exit 77
PATH=$PATH:/usr/sbin
file=$SOURCE/samples/showcase.pcap
servers=()
trap '{ kill -9 "${servers[@]}"; wait "${servers[@]}"; } 2>/dev/null; rm -rf "$work"' EXIT
free_port() {
    local port
    while port=$((10000 + RANDOM % 20000)); (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}
await_port() {
    for _ in {1..300}; do (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; nap 0.05; done
    fail "no server at port $1: $(cat server.log)"
}
# certificate NAME SUBJECT-NAME: NAME.pem and NAME.key, by the authority ca.pem.
certificate() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -subj "/CN=$2" -out "$1.csr" &&
        openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out "$1.pem" \
            -extfile <(echo "subjectAltName=DNS:$2")
} 2>openssl.log
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=authority \
    2>openssl.log && certificate right localhost && certificate wrong db.example.org || fail "openssl: $(cat openssl.log)"
has() { # SCHEME
    "$TAPLIGHT" -r "$file" --to "$1://127.0.0.1/?nonsense=1" 2>schemes
    grep -q "no 'nonsense'" schemes && return
    echo "no $1://: left out"
    return 1
}
play() { # CERTIFICATE
    port=$(free_port)
    python3 -I -S "$SOURCE/tests/sinks/tls_server.py" "$port" "$1.pem" "$1.key" "$1.log" 2>server.log &
    servers+=($!)
    await_port "$port"
}
echo open-sesame >password
play right
right=$port
play wrong
wrong_port=$port
logs=(right.log wrong.log)
refused() { # WHAT MESSAGE
    rc_is 1
    grep -qiE "does not take records: .*($2)" err || fail "$scheme: $1: $(cat err)"
    ! grep -q 'open-sesame\|^login' err "${logs[@]}" || fail "$scheme: $1: a login was sent"
    sed "s/^/$scheme: $1: /" err >>said
}
for scheme in clickhouses elastics kafkas; do
    has $scheme || continue
    run -r "$file" --to "$scheme://me@localhost:$right/x?password-file=password" --to-wait 1
    refused 'an unknown authority' 'certificate|issuer'
    [[ $scheme == kafkas ]] || grep -q 'its authority as ca=FILE' err || fail "$scheme: what to do is not said: $(cat err)"
    run -r "$file" --to "$scheme://me@localhost:$wrong_port/x?password-file=password&ca=ca.pem" --to-wait 1
    refused 'another name' "certificate|no alternative certificate subject|SSL"
    run -r "$file" --to "$scheme://me@localhost:$right/x?password-file=password&ca=no.pem" --to-wait 1
    ((rc != 0)) || fail "$scheme: a file of authorities that is not there"
done
logs=()
# Kafka: what the URL says of the login reaches the library. Debian has no broker to take it.
if has kafkas; then
    for mechanism in PLAIN SCRAM-SHA-256 SCRAM-SHA-512; do
        run -r "$file" --to "kafkas://me@localhost:$right/x?password-file=password&ca=ca.pem&sasl=$mechanism" --to-wait 1
        grep -q "^login $mechanism .*me" right.log || fail "kafkas: $mechanism: $(cat right.log)"
        ! grep -q open-sesame err || fail "kafkas: $mechanism: the password is shown"
    done
    run -r "$file" --to "kafkas://me@localhost:$wrong_port/x?password-file=password&verify=no" --to-wait 1
    grep -q '^login PLAIN .*me' wrong.log || fail "kafkas: verify=no: $(cat wrong.log)"
fi

if has natss && command -v nats-server >/dev/null; then
    for name in right wrong; do
        port=$(free_port)
        printf '%s\n' "port: $port" 'authorization { user: me, password: open-sesame }' \
            "tls { cert_file: $name.pem, key_file: $name.key, timeout: 20 }" 'jetstream { store_dir: store-'"$name"' }' >$name.conf
        nats-server -c $name.conf -a 127.0.0.1 >server.log 2>&1 &
        servers+=($!)
        await_port "$port"
        url="natss://me@localhost:$port?password-file=password"
        scheme=natss
        run -r "$file" --to "$url" --to-wait 0.5
        refused 'an unknown authority' 'certificate|SSL'
        run -r "$file" --to "$url&ca=ca.pem" --to-wait 0.5
        if [[ $name == right ]]; then
            grep -q 'no stream takes' err || fail "natss: the right certificate: $(cat err)"
            echo open-barley >other
            run -r "$file" --to "${url/=password/=other}&ca=ca.pem" --to-wait 0.5
            grep -qi 'authoriz' err || fail "natss: a wrong password: $(cat err)"
        else
            refused 'another name' 'certificate|SSL|hostname'
            run -r "$file" --to "$url&verify=no" --to-wait 0.5
            grep -q 'no stream takes' err || fail "natss: verify=no: $(cat err)"
        fi
    done
fi
if has clickhouses && command -v clickhouse-server >/dev/null; then
    port=$(free_port)
    mkdir data tmp
    cat >config.xml <<EOF2
<yandex><logger><level>error</level><log>$work/log</log><errorlog>$work/errors</errorlog></logger>
<listen_host>127.0.0.1</listen_host><https_port>$port</https_port><tcp_port>$(free_port)</tcp_port>
<path>$work/data/</path><tmp_path>$work/tmp/</tmp_path><users_config>users.xml</users_config>
<mark_cache_size>100000000</mark_cache_size><default_profile>default</default_profile><default_database>default</default_database>
<openSSL><server><certificateFile>$work/right.pem</certificateFile><privateKeyFile>$work/right.key</privateKeyFile>
<verificationMode>none</verificationMode><loadDefaultCAFile>false</loadDefaultCAFile></server></openSSL></yandex>
EOF2
    echo '<yandex><profiles><default/></profiles><users><me><password>open-sesame</password><networks><ip>::/0</ip></networks>
<profile>default</profile><quota>default</quota></me></users><quotas><default/></quotas></yandex>' >users.xml
    clickhouse-server --config-file="$work/config.xml" >server.log 2>&1 &
    servers+=($!)
    await_port "$port"
    scheme=clickhouses
    url="clickhouses://me@localhost:$port/default?create=1&password-file=password"
    run -r "$file" --to "$url" --to-wait 1
    refused 'an unknown authority' certificate
    run -r "$file" --to "$url&ca=ca.pem" --to-wait 20
    rc_is 0
    quiet_is
    echo open-barley >other
    run -r "$file" --to "${url/=password/=other}&ca=ca.pem" --to-wait 1
    rc_is 1
    grep -qi 'password' err || fail "clickhouses: a wrong password: $(cat err)"
    ! grep -q 'open-' err || fail "clickhouses: a password is shown: $(cat err)"
fi
[[ ! ${SHOW:-} ]] || cat said
done_testing
