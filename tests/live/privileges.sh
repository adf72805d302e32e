#!/usr/bin/env bash
# Root privileges are dropped once everything is open. Without permission to capture, the message says what to do.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs ping

status() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$live_pid/status"; }
no_capabilities() {
    local set
    for set in CapInh CapPrm CapEff CapAmb; do
        [[ $(status $set) == "${1-0000000000000000}" || ($set != CapPrm && $set != CapEff && $(status $set) == 0000000000000000) ]] ||
            fail "$ran: $set is $(status $set)"
    done
}

mkdir -m 700 mine # only root can write to it or enter it
live -i va -w mine/a.pcap -C 2K --json -o mine/a.json
until_true 10 test "$(status Uid)" != $'0\t0\t0\t0' || true
nobody=$(id -u nobody)
[[ $(status Uid) == "$nobody"$'\t'"$nobody"$'\t'"$nobody"$'\t'"$nobody" ]] || fail "$ran: the user is $(status Uid)"
[[ $(status Gid) != *0$'\t'* && $(status Groups) != *' 0 '* ]] ||
    fail "$ran: the groups are $(status Gid), $(status Groups)"
[[ $(status NoNewPrivs) == 1 ]] || fail "$ran: new privileges are possible"
no_capabilities
if [[ $(cat /proc/self/status | sed -n 's/^CapEff:\t//p') == *[13579bdf]?? ]]; then
    [[ $(status CapBnd) == 0000000000000000 ]] || fail "$ran: the bounding set is $(status CapBnd)"
fi
# Files in root's directory are still created and reopened, by a process that can do nothing else.
ping_b 50
kill -HUP "$live_pid"
ping_b 10
opener=$(cat "/proc/$live_pid/task/$live_pid/children")
[[ $opener ]] || fail "$ran: no opener process"
# shellcheck disable=SC2086
[[ $(sed -n 's/^CapEff:\t//p' /proc/${opener% }/status) == 000000000000000a ]] ||
    fail "the opener can do $(sed -n 's/^CapEff:\t//p' /proc/${opener% }/status)"
live_ends TERM
rc_is 0
[[ $(packets_of mine/a-*.pcap) == 120 ]] || fail "$ran: $(packets_of mine/a-*.pcap) packets of 120"
(($(find mine -name 'a-*' | wc -l) >= 6)) || fail "$ran: $(ls mine)"
[[ ! -d /proc/${opener% } ]] || fail 'the opener still runs'

# After the drop nothing more is loaded; it opens only kernel files.
if [[ $(type -P strace) ]]; then
    cat >replay.py <<'END'
import socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("vb", 0))
for name in sys.argv[1:]:
    data = open(name, "rb").read()
    at = 24
    while at < len(data):
        length, = struct.unpack_from("<I", data, at + 8)
        s.send(data[at + 16:at + 16 + length])
        at += 16 + length
END
    saved=$TAPLIGHT
    printf '#!/bin/sh\nASAN_OPTIONS=detect_leaks=0 exec strace -f -qq -e trace=open,openat,connect,setresuid -o %q %q "$@"\n' "$work/trace" "$TAPLIGHT" >traced
    chmod 755 traced
    TAPLIGHT=$work/traced
    live -i va --json -o traced.json -w traced.pcap
    in_b python3 replay.py "$SOURCE"/samples/{smtp/subjects,http/session,dns/names}.pcap
    kill -INT "$(pgrep -P "$live_pid" -f -- --json)"
    live_ends
    TAPLIGHT=$saved
    rc_is 0
    grep -q '日本' traced.json || fail "$ran: no multibyte text was decoded"
    later=$(sed -e '1,/setresuid/d' -e '/"\/sys\/class\/net\/va\/\|"\/proc\/self\//d' -e '/SIG\|^[0-9]* +++/d' trace)
    [[ -z $later ]] || fail "$ran: opened after privileges were dropped: $later"
fi

# The sudo caller; a named user; root, if requested.
daemon=$(id -u daemon)
export SUDO_UID=$daemon
live -i va -w b.pcap
unset SUDO_UID
[[ $(status Uid) == "$daemon"$'\t'* ]] || fail "sudo: the user is $(status Uid), not $daemon"
no_capabilities
live_ends INT
live -i va -w b.pcap -Z daemon
[[ $(status Uid) == "$daemon"$'\t'* ]] || fail "-Z daemon: the user is $(status Uid)"
live_ends INT
live -i va -w b.pcap -Z root
[[ $(status Uid) == 0$'\t'* ]] || fail "-Z root: the user is $(status Uid)"
live_ends INT
rc_is 0
ran='taplight -Z no-such-user'
rc=0
in_a "$TAPLIGHT" -i va -Z no-such-user >out 2>err || rc=$?
rc_is 2
error_is 'no user no-such-user'

# Streams and files by kind are written as the new user, who gets the folder if it is made for them.
for folder in streams split-records; do
    live -i va --$folder made-$folder
    ping_b 2
    live_ends INT
    rc_is 0
    [[ $(stat -c %U made-$folder) == nobody ]] || fail "$ran: the new folder belongs to $(stat -c %U made-$folder)"
done
[[ -s made-split-records/conn.log ]] || fail "$ran: no conn.log"
mkdir mine/streams
ran='taplight --streams in a directory of root'"'"'s' rc=0
in_a "$TAPLIGHT" -i va --streams mine/streams >out 2>err || rc=$?
rc_is 3
error_is 'user "nobody" cannot write to mine/streams: give -Z a user who can'

# --wait keeps CAP_NET_RAW and reports it.
live -i va --wait -w b.pcap
grep -q '^taplight: --wait: CAP_NET_RAW is kept' err || fail "--wait: no message: $(cat err)"
no_capabilities 0000000000002000
live_ends INT

# An ordinary user, with and without the capability.
cp "$TAPLIGHT" program
as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
rc=0 ran='taplight -i va as an ordinary user'
in_a "${as_nobody[@]}" "$work/program" -i va --json >out 2>err || rc=$?
rc_is 3
error_is "no permission to capture on va: run it with sudo, or allow it once with 'sudo setcap cap_net_raw=ep $work/program'.*container.*files \(-r\) need no privilege"
[[ ! -s out ]] || fail "$ran: wrote to standard output"
run -r b.pcap --count
rc_is 0
if [[ $(PATH=$PATH:/usr/sbin type -P setcap) ]] && setcap cap_net_raw=ep program 2>/dev/null; then
    mkdir -m 777 theirs
    saved=$TAPLIGHT
    TAPLIGHT=$work/program
    : >err
    # shellcheck disable=SC2024
    ip netns exec $a env --default-signal=INT setsid "${as_nobody[@]}" "$TAPLIGHT" -i va -w theirs/c.pcap -C 2K >out 2>err </dev/null &
    live_pid=$!
    started+=($!)
    ran='taplight with setcap'
    if until_true 10 grep -q 'capturing on' err; then
        no_capabilities
        ping_b 20
        live_ends INT
        rc_is 0
        [[ $(packets_of theirs/c-*.pcap) == 40 ]] || fail "$ran: $(packets_of theirs/c-*.pcap) packets of 40"
    else
        grep -q 'Operation not permitted' err || fail "$ran: $(cat err)"
    fi
    TAPLIGHT=$saved
fi
done_testing
