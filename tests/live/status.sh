#!/usr/bin/env bash
# The status line of the view: rate and drops; at 80 columns drops are one number, at 200 they are separate.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs tmux ping
export LC_ALL=C.UTF-8 HOME=$work
unset XDG_CONFIG_HOME TMUX
server=(tmux -L "taplight-status-$$" -f /dev/null)
end() {
    "${server[@]}" kill-server 2>/dev/null
    tidy
}
trap end EXIT
filter='icmp or udp or (tcp and port 80) or ip6'
in_a env TERM=screen "${server[@]}" new-session -d -x 80 -y 24 "'$TAPLIGHT' -i va -B 1M -f '$filter'; echo rc=\$?; read -r"

status() { "${server[@]}" capture-pane -p "$@" | tail -n 1; }
status_has() { status | grep -qE -- "$1"; }
shown() {
    until_true 20 status_has "$1" && return
    fail "the status line did not show '$1':"
    status
}
shown '^ va '
start flood ip netns exec $b ping -q -i 0.02 10.9.0.1
shown '^ va +filter: icmp or udp .* packets +0 drops'
kill "$flood_pid"
"${server[@]}" resize-window -x 200 -y 60
start flood ip netns exec $b ping -q -i 0.02 10.9.0.1
shown '^ va +filter: .* [1-9][0-9]+ packets/s [0-9.]+ kbit/s +[0-9]+ packets +0 drops +[0-9]+ MiB'
kill "$flood_pid"
shown ' 0 packets/s '

# A stopped reader, while more arrives than the kernel buffer holds.
pid=$(pgrep -x taplight -P "$("${server[@]}" display-message -p '#{pane_pid}')")
kill -STOP "$pid"
in_b "$SENDER" vb 30000 500 1000 >/dev/null 2>&1
kill -CONT "$pid"
shown ' [1-9][0-9]* drops +\(kernel [1-9][0-9]*, interface [0-9]+, ours [0-9]+\)'
"${server[@]}" capture-pane -pe | tail -n 1 | grep -qE $'\e\\[(0;)?1(;31)?m[^ ]*[1-9][0-9]* drops' ||
    fail "drops are not in the error style: $(status -e | cat -v)"
"${server[@]}" resize-window -x 80 -y 24
shown '^ .* [1-9][0-9]* drops'
"${server[@]}" send-keys q
until_true 20 eval '"${server[@]}" capture-pane -p | grep -q rc=0' || fail 'no exit code 0'
done_testing
