#!/usr/bin/env bash
# As a service: the manager is told that the capture runs, goes on and stops; SIGHUP reads the filters again.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs python3 ping

cat >manager.py <<'END'
import os, socket, struct, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
s.bind("\0" + sys.argv[1][1:] if sys.argv[1][0] == "@" else sys.argv[1])
if sys.argv[1][0] != "@":
    os.chmod(sys.argv[1], 0o666)
if sys.argv[2:] == ["late"]:  # its queue is full for a second
    full = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    full.setblocking(False)
    try:
        while True:
            full.sendto(b"x", s.getsockname())
    except BlockingIOError:
        pass
open("manager.ready", "w").close()
if sys.argv[2:]:
    while not os.path.exists("listens"):
        time.sleep(0.05)
    time.sleep(1)
while True:
    data, ancillary, _, _ = s.recvmsg(4096, 64)
    process = struct.unpack("iii", ancillary[0][2])[0]
    print(f"{time.monotonic():.3f} {process}", data.decode().replace("\n", " "), flush=True)
END
# manager ADDRESS [late]: its lines are in manager.out.
manager() {
    rm -f manager.ready
    start manager ip netns exec $a python3 -I -S manager.py "$@"
    until_true 10 test -e manager.ready || fail "the manager does not start: $(cat manager.err)"
    export NOTIFY_SOCKET=$1
}
told() { grep -q " $1" manager.out; }
count_told() { grep -c " $1" manager.out; }

# A path, and the watchdog.
manager "$work/notify"
export WATCHDOG_USEC=400000
printf '%s\n' '-i va' '-f icmp' '--json' '-o out.json' '-Y _path == "conn"' '--icmp-timeout 0.2' \
    '--after-file env >environment; true' >options
: >environment
chmod 666 environment
export TAPLIGHT_PASSWORD=secret-1 TAPLIGHT_TOKEN=secret-2
live --options options
unset WATCHDOG_USEC TAPLIGHT_PASSWORD TAPLIGHT_TOKEN
until_true 10 told READY=1 || fail "not told that it is ready: $(cat manager.out)"
process=$(awk '{ print $2; exit }' manager.out)
[[ $(tr '\0' ' ' <"/proc/$process/cmdline") == *' --options options ' ]] || fail "told by another process: $process"
[[ $(head -n 1 manager.out) == *READY=1 ]] || fail "READY=1 is not the first: $(head -n 1 manager.out)"
sleep 1.2
awk '/WATCHDOG=1/ { if (last && $1 - last > 0.4) { print "gap: " $1 - last; wrong = 1 } last = $1; n++ }
     END { if (n < 4) print "only " n; exit n < 4 || wrong }' manager.out >gaps || fail "watchdog: $(cat gaps)"

# reload LINE MESSAGE: -f or -Y is another one from now on.
reload() {
    sed -i "/^${1:0:3}/d" options # of the same option
    echo "$1" >>options
    again "$1" "$2"
}
# again WHAT MESSAGE: the files are read again as they are.
again() {
    local before
    before=$(count_told RELOADING=1)
    lines=$(wc -l <err)
    kill -HUP "$live_pid"
    until_true 10 says "$2" || fail "$1: not '$2' but: $(cat news)"
    (($(wc -l <news) == 1)) || fail "$1: more than a line: $(cat news)"
    until_true 5 reloaded $((before + 1)) || fail "$1: not told of: $(tail -n 3 manager.out)"
}
# The program said so since the last reload.
says() {
    tail -n "+$((lines + 1))" err >news
    grep -q "$1" news
}
# The manager was told of so many reloads, and that the last one is done.
reloaded() {
    (($(count_told RELOADING=1) == $1)) && grep -v WATCHDOG manager.out | tail -n 1 | grep -q READY=1
}
flows() { (($(grep -c "$1" out.json) >= $2)); }
conn='"_path":"conn".*"proto":"icmp"'
ping_b 3
until_true 10 flows "$conn" 1 || fail "no conn record: $(cat out.json)"
reload '-f tcp port ((' 'the old filters stay: .*capture filter'
sed -i '/^-f/d' options
echo '-f icmp' >>options
reload '-Y _path ==' 'the old filters stay: -Y _path ==: at column'
reload '-Y ip.src == 10.9.0.1' 'the old filters stay: -Y .*names fields of packets'
reload '--nonsense' "the old filters stay: options:[0-9]*: unknown option '--nonsense'"
sed -i '/^--nonsense/d' options
mkfifo list # no one writes to it
reload '--file-list list' 'the old filters stay: '
sed -i '/^--file-list/d' options
reload '-Y _path == "dns"' 'filters are read again: .*dns'
ping_b 3
sleep 1
[[ $(grep -c "$conn" out.json) == 1 ]] || fail 'the new display filter is not used'
reload '-Y _path == "conn"' 'filters are read again'
ping_b 3
until_true 10 flows "$conn" 2 || fail 'the old display filter is not used again'
reload '-f udp' "filters are read again: capture filter 'udp'"
sleep 0.5 # a capture that waits for packets takes the filter within 0.2 s
ping_b 3
sleep 1
[[ $(grep -c "$conn" out.json) == 2 ]] || fail "the new capture filter is not used: $(grep "$conn" out.json | cut -c1-300)"
reload '-f udp' 'the filters are the same$'
reload '--version' 'the old filters stay: the options ask for something else'
sed -i '/^--version/d' options
reload '-w packets.pcap' 'the old filters stay: -Y selects records, -w writes packets'
sed -i '/^-w/d' options
mv options kept
: >options
again 'an empty file' 'the old filters stay: options is empty'
rm options
mkfifo -m 644 options
again 'a pipe' 'the old filters stay: options is no regular file'
rm options
mv kept options
sed 's/^-f.*/-F filter/' options >more
: >filter
cat more >options
again 'an empty filter' 'the old filters stay: filter is empty'
sed -i 's/^-F.*/-f udp/' options
reload '--icmp-timeout 0.3' 'the filters are the same; other options changed'
chmod 600 options
reload '-f icmp' 'the old filters stay: cannot read the options in options: Permission denied'
live_ends TERM
rc_is 0
until_true 5 told STOPPING=1 || fail "not told that it stops: $(tail -n 2 manager.out)"
[[ -s environment ]] && ! grep -q 'NOTIFY_SOCKET\|WATCHDOG\|secret-' environment ||
    fail 'a command gets the variables of the manager, or passwords'

# An abstract name, of a manager that is late; no watchdog. Text: its filter selects packets and stays.
rm options
manager "@taplight-$$" late
printf '%s\n' '--text' '-o out.txt' '-Y icmp' >options
live -i va --options options
: >listens
until_true 10 told READY=1 || fail "abstract: not told that it is ready: $(cat manager.out)"
reload '-Y arp' 'the old filters stay: -Y selects packets'
ping_b 1
until_true 10 grep -q 'Echo request' out.txt || fail "text: $(cat out.txt)"
live_ends TERM
rc_is 0
until_true 5 told STOPPING=1 || fail "abstract: not told that it stops: $(cat manager.out)"
told WATCHDOG && fail 'a watchdog that is not there is told'
done_testing
