#!/usr/bin/env bash
# --process: conn records name the processes of ends that are of this host. --netns and --container: a capture in another
# network namespace.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs python3 curl
for side in a b; do
    ip netns exec "${!side}" sh -c "echo 0 >/proc/sys/net/ipv6/conf/v$side/disable_ipv6"
    ip -n "${!side}" addr add "fd00:9::$([[ $side == a ]] && echo 1 || echo 2)/64" dev v$side nodad
done

# A program that serves HTTP on TCP and echoes UDP, at all addresses: server.py PORT. One that talks to it: talker.py
# ADDRESS PORT SECONDS.
cat >server.py <<'END'
import select, socket, sys
port = int(sys.argv[1])
tcp = socket.socket(socket.AF_INET6)
tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
tcp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
tcp.bind(("::", port))
tcp.listen(16)
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("0.0.0.0", port))
print("ready", flush=True)
kept = []
while True:
    for ready in select.select([tcp, udp] + kept, [], [])[0]:
        if ready is tcp:
            kept.append(tcp.accept()[0])
        elif ready is udp:
            data, peer = udp.recvfrom(100)
            udp.sendto(data, peer)
        else:
            data = ready.recv(1000)
            if not data:
                kept.remove(ready)
                ready.close()
            elif data.startswith(b"GET"):
                import time
                time.sleep(1.6)
                ready.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
                kept.remove(ready)
                ready.close()
            else:
                ready.send(data)
END
cat >talker.py <<'END'
import socket, sys, time
address, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
tcp = socket.create_connection((address, port))
tcp.send(b"text")
tcp.recv(100)
if ":" not in address:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.sendto(b"text", (address, port))
    udp.recv(100)
time.sleep(seconds)
END
real=$(python3 -I -S -c 'import os, sys; print(os.path.realpath(sys.executable))')
python=$(basename "$real")
cp "$real" 'py thon' # a program with a space in its name
[[ $("./py thon" -I -S -c 'import select, socket; print(1)' 2>/dev/null) == 1 ]] || skip 'python3 does not run from elsewhere'
start far in_b "$real" -I -S server.py 8001
start near in_a "$PWD/py thon" -I -S server.py 8000
until_true 20 grep -q ready near.out && until_true 20 grep -q ready far.out || fail "no servers: $(cat near.err far.err)"
near=$(ip netns pids $a | while read -r p; do [[ $(readlink "/proc/$p/exe") != *'py thon' ]] || echo "$p"; done)

# fields FILE PROTO PORT SIDE: pid, process, command, uid and container of that side of the flow, "-" where there is none.
cat >fields.py <<'END'
import json, sys
file, proto, port, side = sys.argv[1:5]
for line in open(file):
    r = json.loads(line)
    if r["_path"] == "conn" and r["proto"] == proto and r["id.resp_p"] == int(port) and (len(sys.argv) < 6 or r["id.orig_h"] == sys.argv[5]):
        print(*(r.get(f"{side}_{key}", "-") for key in ("pid", "process", "command", "uid", "container")), sep="|")
END
fields() { python3 -I -S fields.py "$@" | sort -u; }

live -i va --json -o rec.json --process
[[ $(cat err) != *'only processes'* ]] || fail "$ran: $(cat err)"
start talk in_a setpriv --reuid daemon --regid daemon --clear-groups "$real" -I -S talker.py 10.9.0.2 8001 2
start six in_a "$real" -I -S talker.py fd00:9::2 8001 2
start back in_b "$real" -I -S talker.py 10.9.0.1 8000 2
start get in_a curl -s http://10.9.0.2:8001/
sleep 0.5
talk=$(pgrep -u daemon -f '[0-9] -I -S talker.py 10.9.0.2')
finder=$(pgrep -x taplight-finder -P "$live_pid")
[[ $(sed -n 's/^CapEff:\t//p' "/proc/$finder/status") == 0000000000080004 ]] ||
    fail "the finder can do $(sed -n 's/^CapEff:\t//p' "/proc/$finder/status")"
[[ $(awk '/^Uid:/ { print $2 }' "/proc/$finder/status") == "$(id -u nobody)" ]] || fail 'the finder is another user'
sleep 2.5
live_ends INT
rc_is 0
daemon=$(id -u daemon)
is() {
    [[ $1 == "$2" ]] || fail "$3: '$1', not '$2'"
}
is "$(fields rec.json udp 8001 orig)" "$talk|$python|$python|$daemon|-" 'UDP of a talker'
fields rec.json tcp 8001 orig 10.9.0.1 >tcp
grep -qxF "$talk|$python|$python|$daemon|-" tcp || fail "TCP of a talker: $(cat tcp), not $talk"
grep -qE "^[0-9]+\|curl\|curl\|0\|-$" tcp || fail "curl: $(cat tcp)"
is "$(fields rec.json tcp 8001 orig fd00:9::1 | sed 's/^[0-9]*//')" "|$python|$python|0|-" 'TCP over IPv6'
is "$(fields rec.json tcp 8000 resp)" "$near|py thon|py thon|0|-" 'TCP of a server'
is "$(fields rec.json udp 8000 resp)" "$near|py thon|py thon|0|-" 'UDP of a server'
is "$(fields rec.json tcp 8001 resp)" '-|-|-|-|-' 'the other host'
[[ ! -d /proc/$finder ]] || fail 'the finder still runs'

# A finder that is killed is told at once and once, and does not stay a zombie; the capture goes on.
live -i va --json -o killed.json --process
finder=$(pgrep -x taplight-finder -P "$live_pid")
kill -KILL "$finder"
until_true 5 grep -q 'the process that looks for processes has ended: conn records have no processes' err ||
    fail "$ran: a finder that was killed: $(cat err)"
until_true 5 test ! -d "/proc/$finder" || fail "$ran: the finder stays a zombie"
in_a curl -s http://10.9.0.2:8001/ >/dev/null
sleep 0.3
live_ends INT
rc_is 0
grep -q 'too many flows' err && fail "$ran: $(cat err)"
[[ $(grep -c 'has ended:' err) == 1 ]] || fail "$ran: $(cat err)"
grep -qE 'the processes of [1-9][0-9]* ends were not looked for after that process had ended' err ||
    fail "$ran: $(cat err)"
is "$(fields killed.json tcp 8001 orig)" '-|-|-|-|-' 'no finder'

# The loopback interface: both ends.
live -i lo --json -o lo.json --process
start own in_a "$real" -I -S talker.py 127.0.0.1 8000 1
sleep 2
live_ends INT
is "$(fields lo.json tcp 8000 resp)" "$near|py thon|py thon|0|-" 'loopback, server'
is "$(fields lo.json tcp 8000 orig | sed 's/^[0-9]*//')" "|$python|$python|0|-" 'loopback, client'

# Offline, and where there is nothing to add to.
run -r "$SOURCE/samples/dns/pairing.pcap" --json --process
rc_is 2
error_is 'add -i IF'
run -i lo --text --process
rc_is 2
error_is 'add one of them'
# Without the capabilities it says which are missing.
if cp "$TAPLIGHT" ./unprivileged && setcap cap_net_raw=ep unprivileged 2>/dev/null; then
    chmod 755 unprivileged
    mkdir -m 777 open
    in_a timeout -s INT 3 setpriv --reuid daemon --regid daemon --clear-groups ./unprivileged -i va -c 1 -a duration:1 --json -o open/x --process 2>err
    grep -q 'only processes of this user are found: without CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH' err || fail "no capabilities: $(cat err)"
fi

# --geoip: SIGHUP reads the files again; if they are wrong, the old ones stay.
country() { python3 -I -S "$SOURCE/tests/cli/mmdb.py" "$1" GeoLite2-Country 24 6 "$2" <<<"{ \"10.9.0.0/24\": { \"country\": { \"iso_code\": \"$3\" } } }"; }
mkdir geo && chmod 755 geo
country geo/country.mmdb 1 NZ
live -i va --json -l -o geo.json --geoip geo --udp-timeout 1
talk_once() { in_b "$real" -I -S -c "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('10.9.0.1', $1))"; }
talk_once 7001
until_true 20 grep -q '"id.resp_p":7001.*"orig_cc":"NZ"' geo.json || fail "$ran: $(cat geo.json)"
country new.mmdb 2 FR && mv new.mmdb geo/country.mmdb
kill -HUP "$live_pid"
until_true 20 grep -q 'databases are read again: GeoLite2-Country' err || fail "$ran: SIGHUP: $(cat err)"
talk_once 7002
until_true 20 grep -q '"id.resp_p":7002.*"orig_cc":"FR"' geo.json || fail "$ran: after SIGHUP: $(tail -n 2 geo.json)"
echo damaged >geo/country.mmdb
kill -HUP "$live_pid"
until_true 20 grep -q 'the old databases stay: .*no whole MaxMind DB' err || fail "$ran: second SIGHUP: $(cat err)"
talk_once 7003
until_true 20 grep -q '"id.resp_p":7003.*"orig_cc":"FR"' geo.json || fail "$ran: after a wrong file: $(tail -n 2 geo.json)"
live_ends INT
rc_is 0

# --- --netns: from outside, by name, process and path ---
outside() {
    ran="taplight $*"
    env --default-signal=INT setsid "$TAPLIGHT" "$@" >out 2>err </dev/null &
    live_pid=$!
    started+=($!)
    until_true 20 grep -q 'capturing on' err || fail "$ran: does not start: $(cat err)"
}
printf -- '-i va\n--json\n--process\n--netns %s\n' $a >options
for how in "--netns $a" "--netns $near" "--netns /run/netns/$a" '--options options'; do
    # shellcheck disable=SC2086
    case $how in --options*) outside $how -o ns.json ;; *) outside -i va --json -o ns.json --process $how ;; esac
    [[ $(readlink "/proc/$live_pid/ns/net") == "$(readlink /proc/self/ns/net)" ]] || fail "$ran: the program moved"
    start back in_b "$real" -I -S talker.py 10.9.0.1 8000 0.5
    sleep 1
    live_ends INT
    rc_is 0
    is "$(fields ns.json tcp 8000 resp)" "$near|py thon|py thon|0|-" "$how"
    rm -f ns.json
done
run -D --netns $a
rc_is 0
grep -q '10.9.0.1' out && ! grep -q '10.9.0.2' out || fail "-D --netns: $(cat out)"
run -i va -L --netns $a
rc_is 0
out_has 'EN10MB'
number=$("$TAPLIGHT" -D --netns $a | awk '$2 == "va" { print $1 }')
outside -i "$number" --netns $a --count -a duration:1
live_ends
rc_is 0
run -i nothere --netns $a -c 1 --count
rc_is 1
error_is 'no interface nothere'
run -i va --netns tl-no-such -c 1 --count
rc_is 1
error_is "cannot open /run/netns/tl-no-such: No such file or directory: there are "
run -i va --netns "$SOURCE/README.md" -c 1 --count
rc_is 1
error_is 'it is no network namespace'
run -i va --netns $a --wait
rc_is 2
run -r "$SOURCE/samples/dns/pairing.pcap" --netns $a --count
rc_is 2
error_is 'add -i IF, or -D'

# --- --container: a control group that is named as docker names them stands in for one ---
for root in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd /sys/fs/cgroup/pids; do
    [[ -e $root/cgroup.procs ]] && mkdir "$root/tl-$$" 2>/dev/null && break
    root=
done
if [[ $root ]]; then
    one=$(printf "ab12%060d" $$) two=$(printf "ab13%060d" $$)
    mkdir -p "$root/tl-$$/docker-$one.scope" "$root/tl-$$/libpod-$two.scope"
    echo "$near" >"$root/tl-$$/docker-$one.scope/cgroup.procs"
    start other sleep 100
    echo "$other_pid" >"$root/tl-$$/libpod-$two.scope/cgroup.procs"
    outside -i va --json -o ct.json --process --container ab12
    start back in_b "$real" -I -S talker.py 10.9.0.1 8000 0.5
    sleep 1
    live_ends INT
    is "$(fields ct.json tcp 8000 resp)" "$near|py thon|py thon|0|$one" '--container'
    run -i va --container $$-none -c 1 --count
    rc_is 1
    error_is "no process is in a container $$-none: there are .*ab1[23]0000"
    run -i va --container ab1 -c 1 --count # too few digits to be one
    rc_is 1
    run -D --container "$one"
    grep -q '10.9.0.1' out || fail "-D --container: $(cat out err)"
    run replay -r "$SOURCE/samples/showcase.pcap" -c 1 --top-speed --container "$one" -i va # it is not here
    rc_is 0
    three=${one%????}beef
    mkdir "$root/tl-$$/cri-containerd-$three.scope"
    echo "$other_pid" >"$root/tl-$$/cri-containerd-$three.scope/cgroup.procs"
    run -i va --container ab120 -c 1 --count
    rc_is 2
    error_is "is one of 2: give more of ($one, $three|$three, $one|ab12[0-9]+, ab12[0-9]+)"
    kill "$other_pid"
    echo "$near" >"$root/cgroup.procs"
    sleep 0.2
    rmdir "$root/tl-$$"/*.scope "$root/tl-$$"
fi
run -i va --container x --netns y -c 1 --count
rc_is 2
run ping -c 1 --netns $a 10.9.0.2
rc_is 0
run ping -c 1 --netns tl-no-such 10.9.0.2
rc_is 1
error_is 'tl-no-such: No such file or directory: there are'
done_testing
