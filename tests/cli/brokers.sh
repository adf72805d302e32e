#!/usr/bin/env bash
# --to a broker: each record is there once without doubles, whatever the broker and the program go through. A broker that is
# not installed is left out.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
command -v python3 >/dev/null || exit 77
PATH=$PATH:/usr/sbin
broker=''

# Prints a port that is not used.
free_port() {
    local port
    while port=$((10000 + RANDOM % 20000)); (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}
kill_broker() {
    [[ -z $broker ]] || { kill -9 "$broker"; wait "$broker"; } 2>/dev/null
    broker=''
}
# A broker that stands still acknowledges nothing, so the program sees the kill, and says so before there is a broker again.
see_kill() { # SAID
    kill_broker
    for _ in {1..400}; do grep -q 'does not take records' "$1" && return; sleep 0.05; done
    fail "a kill of the broker is not seen: $(cat "$1")"
}
# Runs a part of the test in a folder of its own, beside the others.
parts=()
part() {
    mkdir "$1"
    (
        trap kill_broker EXIT
        cd "$1" || exit 1
        wrong=0
        "$@"
        ((wrong == 0))
    ) >"$1/said" 2>&1 &
    parts+=("$!" "$1")
}
has_all() { # SENSOR LIST, records on standard input
    python3 -I -S "$SOURCE/tests/sinks/came.py" "$1" >found
    same found "$2" "$1: records that came"
}

start_redis() {
    # Without fsync(2) the file is written before each answer, which is all that a kill asks for.
    redis-server --port "$port" --bind 127.0.0.1 --dir "$PWD" --save '' --appendonly yes --appendfsync no \
        --loglevel warning >>broker.log 2>&1 &
    broker=$!
    for _ in {1..200}; do [[ $(ask_redis ping 2>/dev/null) == PONG ]] && return; sleep 0.05; done
    fail "redis-server does not start: $(cat broker.log)"
}
ask_redis() { redis-cli -p "$port" "$@"; }

redis_usage() {
    for url in 'redis://127.0.0.1/?maxlen=many' 'redis://127.0.0.1/?db=-1' 'redis://127.0.0.1/?maxlen='; do
        run -r "$file" --to "$url"
        rc_is 2
        error_is 'maxlen and db are numbers'
    done
    run -r "$file" --to redis://me@127.0.0.1/
    rc_is 2
    error_is 'needs a password'
    run -r "$file" --to redis://127.0.0.1,127.0.0.2/
    rc_is 2
    error_is 'takes one host'
    run -r "$file" --to 'redis://127.0.0.1/?token-file=x'
    rc_is 2
    error_is "no 'token-file'"
}
# A name whose server does not answer: the program waits no longer than it is told to.
redis_names() {
    unshare -rnm true 2>/dev/null || return
    run -r "$file" --to redis://no-such.invalid/ --to-wait 0.2
    rc_is 1
    grep -q 'cannot look up no-such.invalid' err || fail "no such name: $(cat err)"
    echo 'nameserver 127.0.0.1' >resolv.conf
    echo 'hosts: dns' >nsswitch.conf
    unshare -rnm bash -c '
        mount --bind resolv.conf /etc/resolv.conf && mount --bind nsswitch.conf /etc/nsswitch.conf && ip link set lo up || exit 77
        exec python3 -I -S -c "
import socket, subprocess, sys
silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind((\"127.0.0.1\", 53))
sys.exit(subprocess.run(sys.argv[1:]).returncode)" "$@"' names \
        "$TAPLIGHT" -r "$file" --to redis://db.example.org/ --to-wait 0.2 2>err &
    local running=$!
    for _ in {1..120}; do kill -0 $running 2>/dev/null || break; sleep 0.05; done
    kill -0 $running 2>/dev/null && fail 'a name server that does not answer holds the run up'
    wait $running
    [[ $? != 77 ]] || return
    grep -q 'were lost' err || fail "a name server that does not answer: $(cat err)"
}
redis_streams() {
    port=$(free_port)
    start_redis
    run -r "$file" --sensor name --to "redis://localhost:$port/named" # may have an IPv6 address, too
    rc_is 0
    quiet_is
    run -r "$file" --sensor one --to "redis://127.0.0.1:$port/?db=1"
    rc_is 0
    ask_redis -n 1 xrange taplight - + | has_all one "$work/due"
    ask_redis acl setuser me on '>open-sesame' '~t:*' +xadd +ping >/dev/null
    echo open-sesame >password
    run -r "$file" --sensor two --to "redis://me@127.0.0.1:$port/t:{kind}?password-file=password"
    rc_is 0
    for key in $(ask_redis keys 't:*'); do ask_redis xrange "$key" - +; done | has_all two "$work/due"
    (($(ask_redis xlen t:dns) == $(grep -c '"_path":"dns"' "$work/json"))) || fail 'a stream for each kind'
    run -r "$work/many.pcap" --to "redis://127.0.0.1:$port/short?maxlen=100"
    rc_is 0
    (($(ask_redis xlen short) <= 300)) || fail "maxlen: $(ask_redis xlen short) entries"

    # What it does not take is tried again: a wrong password, another type, no memory.
    echo open-barley >password
    run -r "$file" --to "redis://me@127.0.0.1:$port/t:x?password-file=password" --to-wait 0.3
    rc_is 1
    grep -q WRONGPASS err || fail "a wrong password: $(cat err)"
    ! grep -q open-barley err || fail 'the password is shown'
    # A server repeats a part of a command that it does not know.
    printf 'open-sesame%0150d\n' 0 >password
    redis-server --port "$((port + 1))" --bind 127.0.0.1 --save '' --rename-command AUTH '' --daemonize no >renamed.log 2>&1 &
    local renamed=$!
    for _ in {1..100}; do redis-cli -p $((port + 1)) ping >/dev/null 2>&1 && break; nap 0.05; done
    run -r "$file" --to "redis://me@127.0.0.1:$((port + 1))/x?password-file=password" --to-wait 0.3
    kill $renamed
    grep -q 'refuses the login' err || fail "a server without AUTH: $(cat err)"
    ! grep -q open-sesame err || fail "a part of the password is shown: $(cat err)"
    ask_redis set text x >/dev/null
    run -r "$file" --to "redis://127.0.0.1:$port/text" --to-wait 0.3
    rc_is 1
    grep -q WRONGTYPE err || fail "a key of another type: $(cat err)"
    ask_redis config set maxmemory 1 >/dev/null
    "$TAPLIGHT" -r "$file" --sensor three --to "redis://127.0.0.1:$port/full" --to-wait 60 2>full.err &
    running=$!
    for _ in {1..200}; do grep -q OOM full.err && break; sleep 0.05; done
    ask_redis config set maxmemory 0 >/dev/null
    wait $running || fail "a server without memory: $(cat full.err)"
    ask_redis xrange full - + | has_all three "$work/due"
}
# The server is killed, connections are cut, the program is killed.
redis_kills() {
    local running pause
    port=$(free_port)
    start_redis
    kill -STOP "$broker"
    "$TAPLIGHT" -r "$work/many.pcap" --sensor kill-seen --to "redis://127.0.0.1:$port" --spool box --to-wait 60 2>kill-seen.err &
    running=$!
    sleep 0.2
    see_kill kill-seen.err
    start_redis
    wait $running || fail "the server is killed: $(cat kill-seen.err)"
    grep -q 'takes records again' kill-seen.err || fail "the end of the trouble is not shown: $(cat kill-seen.err)"
    for pause in 0.05 0.15 0.3; do
        "$TAPLIGHT" -r "$work/many.pcap" --sensor "kill-$pause" --to "redis://127.0.0.1:$port" --spool box --to-wait 60 \
            2>"kill-$pause.err" &
        running=$!
        sleep $pause
        kill_broker
        sleep 0.2
        start_redis
        sleep $pause
        ask_redis client kill type normal >/dev/null
        wait $running || fail "the server is killed after $pause s: $(cat "kill-$pause.err")"
    done
    for pause in 0.1 0.2; do
        "$TAPLIGHT" -r "$work/many.pcap" --sensor "dead-$pause" --to "redis://127.0.0.1:$port" --spool box 2>/dev/null &
        running=$!
        sleep $pause
        { kill -9 $running; wait $running; } 2>/dev/null
    done
    run -r "$file" --sensor last --to "redis://127.0.0.1:$port" --spool box --to-wait 60
    rc_is 0
    ask_redis xrange taplight - + >stored
    for said in kill-*.err; do has_all "${said%.err}" "$work/due-many" <stored; done
    has_all last "$work/due" <stored
    for pause in 0.1 0.2; do
        python3 -I -S "$SOURCE/tests/sinks/came.py" --prefix "dead-$pause" <stored || fail "dead-$pause: records are missing"
    done
}

start_kafka() {
    mkfifo words
    "$KAFKA_MOCK" servers <words >answers 2>broker.log &
    broker=$!
    exec {words}>words
    for _ in {1..200}; do [[ -s servers ]] && break; sleep 0.05; done
    servers=$(cat servers)
    answered=0
}
tell_kafka() {
    echo "$@" >&"$words"
    answered=$((answered + 1))
    for _ in {1..1200}; do (($(wc -l <answers) >= answered)) && return; sleep 0.05; done
    fail "the mock does not answer '$*': $(cat broker.log)"
}
kafka_usage() {
    for wrong_url in 'kafka://h/a b' kafka://h/.. 'kafka://h/?max-bytes=1' 'kafka://h/?compress=wrong' kafka://me@h/ \
        'kafka://me@h/?password-env=PASSWORD&sasl=WRONG' 'kafka://h/?token-file=x' 'kafka://h/?ca=x'; do
        PASSWORD=s3cret run -r "$file" --to "$wrong_url"
        rc_is 2
        ! grep -q s3cret err || fail "$wrong_url: the password is shown"
    done
}
# All brokers go and come again, and so does the program. Records of a flow have its key.
kafka_faults() {
    local running
    start_kafka
    tell_kafka topic taplight
    run -r "$file" --sensor one --to "kafka://$servers"
    rc_is 0
    tell_kafka read taplight "$PWD/stored"
    has_all one "$work/due" <stored
    flow=$(sed -n '/"_path":"dns"/s/.*"community_id":"\([^"]*\)".*/\1/p' "$work/json" | head -n 1)
    (($(cut -f 1,2 stored.keys | grep -F "$flow" | sort -u | wc -l) == 1)) || fail 'a flow is in several partitions'
    grep -q "$(printf '\tkind=dns\tsensor=one\trun=[0-9a-f]*\tseq=[0-9]')" stored.keys || fail "headers: $(head -n 3 stored.keys)"

    tell_kafka down
    "$TAPLIGHT" -r "$work/many.pcap" --sensor two --to "kafka://$servers" --spool box --to-wait 60 2>two.err &
    running=$!
    for _ in {1..200}; do grep -q retrying two.err && break; sleep 0.05; done
    tell_kafka up
    sleep 0.5
    tell_kafka down
    sleep 0.5
    tell_kafka up
    wait $running || fail "brokers that go and come: $(cat two.err)"
    grep -q 'retrying' two.err || fail "no fault is shown: $(cat two.err)"
    tell_kafka read taplight "$PWD/stored"
    has_all two "$work/due-many" <stored

    # What waits in the outbox is sent by the next run.
    tell_kafka down
    run -r "$file" --sensor three --to "kafka://$servers" --spool box --to-wait 0.5
    rc_is 0
    grep -q 'wait in the outbox' err || fail "no broker: $(cat err)"
    tell_kafka up
    run -r "$file" -c 1 --sensor four --to "kafka://$servers" --spool box --to-wait 60
    rc_is 0
    tell_kafka read taplight "$PWD/stored"
    has_all three "$work/due" <stored

    # A topic for each kind; a record that is too large is set aside.
    tell_kafka topic t.dns
    run -r "$file" --sensor five --to "kafka://$servers/t.{kind}?max-bytes=1000" --spool box2
    rc_is 0
    tell_kafka read t.dns "$PWD/stored"
    cat box2/*/refused.json >refused
    (($(cat stored refused | grep -c '"_path":"dns"') == $(grep -c '"_path":"dns"' "$work/json"))) ||
        fail 'a topic for each kind'
    [[ -s refused && -s stored ]] || fail 'no record was too large, or all were'
    grep -q 'larger than max-bytes' err || fail "records that are too large: $(cat err)"
}

start_nats() {
    nats-server -a 127.0.0.1 -p "$port" -js -sd "$PWD/store" "$@" >>broker.log 2>&1 &
    broker=$!
    for _ in {1..200}; do stream ping 2>/dev/null && return; sleep 0.05; done
    fail "nats-server does not start: $(cat broker.log)"
}
stream() { python3 -I -S "$SOURCE/tests/sinks/nats_stream.py" "$port" "$@"; }
nats_usage() {
    for wrong_url in 'nats://h/a b' nats://h/a..b nats://h/.a 'nats://h/a.*' 'nats://h/>' nats://me@h/ natss://h,i/; do
        run -r "$file" --to "$wrong_url"
        rc_is 2
    done
}
nats_stream() {
    port=$(free_port)
    start_nats
    run -r "$file" --to "nats://127.0.0.1:$port" --to-wait 0.3
    rc_is 1
    grep -q 'no stream takes the subject taplight.{kind}' err || fail "no stream: $(cat err)"
    stream create ALL 'taplight.>' || fail 'the stream is not made'
    run -r "$file" --sensor one --to "nats://127.0.0.1:1,127.0.0.1:$port"
    rc_is 0
    run -r "$file" --sensor one --to "nats://127.0.0.1:$port" # the stream takes no record twice
    rc_is 0
    stream read ALL >stored
    has_all one "$work/due" <stored
    (($(wc -l <stored) == $(wc -l <"$work/json"))) || fail "records came twice: $(wc -l <stored)"
    stream create SMALL 'small.>' 800 || fail 'the stream is not made'
    run -r "$file" --sensor two --to "nats://127.0.0.1:$port/small.{kind}" --spool box
    rc_is 0
    grep -q 'message size exceeds' err || fail "records that are too large: $(cat err)"
    stream read SMALL >stored
    cat stored box/*/refused.json | has_all two "$work/due"
    [[ -s stored && -s $(echo box/*/refused.json) ]] || fail 'no record was too large, or all were'
}
nats_password() {
    port=$(free_port)
    printf 'port: %s\nauthorization { user: me, password: open-sesame }\n' "$port" >nats.conf
    nats-server -c nats.conf -a 127.0.0.1 >broker.log 2>&1 &
    broker=$!
    for _ in {1..200}; do (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.05; done
    TAPLIGHT_PASSWORD=open-barley run -r "$file" --to "nats://me@127.0.0.1:$port" --to-wait 0.3
    rc_is 1
    grep -qi 'authoriz' err || fail "a wrong password: $(cat err)"
    ! grep -q open-barley err || fail 'the password is shown'
    TAPLIGHT_PASSWORD=open-sesame run -r "$file" --to "nats://me@127.0.0.1:$port" --to-wait 0.3
    rc_is 1
    grep -q 'no stream' err || fail "the right password: $(cat err)"
}
nats_kills() {
    local running pause
    port=$(free_port)
    start_nats
    stream create ALL 'taplight.>' || fail 'the stream is not made'
    kill -STOP "$broker"
    "$TAPLIGHT" -r "$work/many.pcap" --sensor kill-seen --to "nats://127.0.0.1:$port" --spool box --to-wait 60 2>kill-seen.err &
    running=$!
    sleep 0.2
    see_kill kill-seen.err
    start_nats
    wait $running || fail "the server is killed: $(cat kill-seen.err)"
    grep -q 'takes records again' kill-seen.err || fail "the end of the trouble is not shown: $(cat kill-seen.err)"
    for pause in 0.1 0.3; do
        "$TAPLIGHT" -r "$work/many.pcap" --sensor "kill-$pause" --to "nats://127.0.0.1:$port" --spool box --to-wait 60 \
            2>"kill-$pause.err" &
        running=$!
        sleep $pause
        kill_broker
        sleep 0.2
        start_nats
        wait $running || fail "the server is killed after $pause s: $(cat "kill-$pause.err")"
    done
    "$TAPLIGHT" -r "$work/many.pcap" --sensor dead --to "nats://127.0.0.1:$port" --spool box 2>/dev/null &
    running=$!
    sleep 0.2
    { kill -9 $running; wait $running; } 2>/dev/null
    run -r "$file" --sensor last --to "nats://127.0.0.1:$port" --spool box --to-wait 60
    rc_is 0
    stream read ALL >stored
    for said in kill-*.err; do has_all "${said%.err}" "$work/due-many" <stored; done
    has_all last "$work/due" <stored
    python3 -I -S "$SOURCE/tests/sinks/came.py" --prefix dead <stored || fail 'dead: records are missing'
}

play_nats() {
    python3 -I -S "$SOURCE/tests/sinks/nats_server.py" "$port" "$1" 2>broker.log &
    broker=$!
    for _ in {1..200}; do [[ -e $port.log ]] && (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return; sleep 0.05; done
    fail "the server that is played does not start: $(cat broker.log)"
}
# Records of two runs have the same numbers: no answer fits both.
nats_runs() {
    port=$(free_port)
    run -r "$file" --sensor one --to "nats://127.0.0.1:$port" --spool box --to-wait 0.2
    rc_is 0
    play_nats answers
    run -r "$file" --sensor two --to "nats://127.0.0.1:$port" --spool box --to-wait 60
    rc_is 0
    (($(wc -l <"$port.log") == 2 * $(wc -l <"$work/json"))) || fail "$(wc -l <"$port.log") messages"
    [[ ! $(cut -d ' ' -f 1 "$port.log" | sort | uniq -d) ]] || fail 'two runs wait for the same answer'
}
# A server that takes no more bytes: a write ends after its deadline, and the run does.
nats_still() {
    port=$(free_port)
    play_nats still
    SECONDS=0
    run -r "$work/many.pcap" --to "nats://127.0.0.1:$port" --spool box --to-wait 7
    rc_is 0
    grep -qi 'does not take records: .*\(closed\|timeout\|stale\|write\|IO error\)' err || fail "a server that stands still: $(cat err)"
    ((SECONDS < 60)) || fail "a server that stands still held the run up for $SECONDS s"
}

file=$SOURCE/samples/showcase.pcap
python3 -I -S "$SOURCE/tests/sinks/many_queries.py" 10000 >many.pcap
kinds() { sed 's/^{"_path":"\([a-z_0-9]*\)".*/\1/' | LC_ALL=C sort | uniq -c | awk '{ print $2, $1 }'; }
"$TAPLIGHT" -r "$file" --json >json
kinds <json >due
"$TAPLIGHT" -r many.pcap --json | kinds >due-many

# Whether this build has a scheme, and the broker's program is there.
has() { # SCHEME PROGRAM
    "$TAPLIGHT" -r "$file" --to "$1://127.0.0.1/?nonsense=1" 2>schemes
    grep -q "no 'nonsense'" schemes && command -v "$2" >/dev/null && return
    echo "no $1://: left out"
    return 1
}
if has redis true; then part redis_usage; part redis_names; fi
if has redis redis-server; then part redis_streams; part redis_kills; fi
if has kafka true; then part kafka_usage; fi
if has kafka "${KAFKA_MOCK:-no mock}"; then part kafka_faults; fi
if has nats true; then part nats_usage; part nats_runs; part nats_still; fi
if has nats nats-server; then part nats_stream; part nats_password; part nats_kills; fi
((${#parts[@]} > 0)) || exit 77
for ((i = 0; i < ${#parts[@]}; i += 2)); do
    wait "${parts[i]}" || fail "${parts[i + 1]}: $(cat "${parts[i + 1]}/said")"
done
done_testing
