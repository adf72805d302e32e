#!/usr/bin/env bash
# capture_amqp.sh [OUTDIR] - samples of AMQP 0-9-1: RabbitMQ and the tools of librabbitmq, in two network namespaces that a veth
# pair connects. Needs root and (Debian 12): rabbitmq-server amqp-tools tcpdump.
out=$(realpath "${1:-samples}") ns=tlmq net=10.90.0
# shellcheck source=samples/pair.bash
source "$(dirname "$0")/pair.bash"

cd "$tmp" || exit 1
printf 'loopback_users = none\ncluster_name = broker.example.test\ndefault_user = alice\ndefault_pass = wonderland\n' >rabbitmq.conf
background b epmd -address 127.0.0.1
HOME=$tmp HOSTNAME=localhost RABBITMQ_NODENAME=rabbit@localhost RABBITMQ_NODE_IP_ADDRESS=$net.2 RABBITMQ_MNESIA_BASE=$tmp/mnesia \
    RABBITMQ_LOG_BASE=$tmp/logs RABBITMQ_CONFIG_FILE=$tmp/rabbitmq.conf RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_PID_FILE=$tmp/pid \
    RABBITMQ_ENABLED_PLUGINS_FILE=$tmp/plugins background b /usr/lib/rabbitmq/bin/rabbitmq-server
for _ in {1..120}; do in_a bash -c "exec 3<>/dev/tcp/$net.2/5672" 2>/dev/null && break; sleep 0.5; done

# amqp TOOL PASSWORD ARGUMENT..
amqp() { local tool=$1 password=$2; shift 2; in_a timeout 5 "amqp-$tool" --url="amqp://alice:$password@$net.2/%2f" "$@"; }
session() {
    amqp declare-queue wonderland -q orders
    amqp publish wonderland -r orders -C text/plain -b 'one dozen eggs' -p
    printf 'first\nsecond\n' | amqp publish wonderland -r orders -l -H 'store: five' -t answers
    amqp get wonderland -q orders
    amqp consume wonderland -q orders -c 2 cat
    amqp get wonderland -q orders
    amqp delete-queue wonderland -q orders
}
cap amqp/rabbitmq.pcap 'tcp port 5672' 1 session

# The mechanism AMQPLAIN, which no client of these has, with a heartbeat after the login.
cat >amqplain.py <<'END'
import socket, struct, sys
def long_text(b): return struct.pack(">I", len(b)) + b
def short_text(b): return bytes([len(b)]) + b
def frame(kind, channel, body): return struct.pack(">BHI", kind, channel, len(body)) + body + b"\xce"
def session(password):
    s = socket.create_connection((sys.argv[1], 5672), timeout=5)
    s.sendall(b"AMQP\x00\x00\x09\x01")
    s.recv(4096)
    response = short_text(b"LOGIN") + b"S" + long_text(b"alice") + short_text(b"PASSWORD") + b"S" + long_text(password)
    s.sendall(frame(1, 0, struct.pack(">HH", 10, 11) + long_text(b"") + short_text(b"AMQPLAIN") + long_text(response) + short_text(b"en_US")))
    if s.recv(4096)[7:11] == struct.pack(">HH", 10, 30):
        s.sendall(frame(1, 0, struct.pack(">HHHIH", 10, 31, 8, 4096, 1)) + frame(1, 0, struct.pack(">HH", 10, 40) + short_text(b"/") + b"\0\0"))
        s.recv(4096)
        s.recv(4096)
        s.sendall(frame(8, 0, b""))
        s.sendall(frame(1, 0, struct.pack(">HHH", 10, 50, 200) + short_text(b"bye") + b"\0\0\0\0"))
        s.recv(4096)
    s.close()
session(b"wonderland")
session(b"looking-glass")
END
refused() {
    amqp get looking-glass -q orders
    amqp get wonderland -q no-such-queue
    amqp publish wonderland -e no-such-exchange -r orders -b lost
    amqp consume wonderland -e amq.topic -r 'tea.#' -x -c 1 cat &
    sleep 1
    amqp publish wonderland -e amq.topic -r tea.green -b 'a cup'
    wait $!
    in_a timeout 5 amqp-get --url="amqp://alice:wonderland@$net.2/no-such-host" -q orders
    in_a timeout 8 python3 amqplain.py "$net.2"
    printf 'GET / HTTP/1.0\r\n\r\n' | in_a timeout 2 bash -c "exec 3<>/dev/tcp/$net.2/5672; cat >&3; cat <&3"
}
cap amqp/rabbitmq-refused.pcap 'tcp port 5672' 1 refused
