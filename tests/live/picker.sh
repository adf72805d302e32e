#!/usr/bin/env bash
# The list of interfaces in a namespace: rates, an interface that appears, and the capture started from it.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs tmux ping
export LC_ALL=C.UTF-8 HOME=$work
unset XDG_CONFIG_HOME TMUX
server=(tmux -L "taplight-picker-$$" -f /dev/null)
end() {
    "${server[@]}" kill-server 2>/dev/null
    tidy
}
trap end EXIT
in_a env TERM=screen "${server[@]}" new-session -d -x 100 -y 30 "'$TAPLIGHT'; echo rc=\$?; read -r"

screen() { "${server[@]}" capture-pane -p; }
screen_has() { screen | grep -qE -- "$1"; }
shown() {
    until_true 20 screen_has "$1" && return
    fail "the screen did not show '$1':"
    screen
}
shown '^ +va +up '
start flood ip netns exec $b ping -q -i 0.02 10.9.0.1
shown '^ +va +up +[1-9][0-9]* +[0-9.]+ kbit/s +10\.9\.0\.1'
ip -n $a link add late type veth peer name later
shown '^ +late +down '

# Moves to the top, then down to va.
"${server[@]}" send-keys g
steps=$(($(screen | grep -nE '^ +va +' | cut -d : -f 1) - $(screen | grep -nE '^ +Interface ' | cut -d : -f 1) - 1))
for ((i = 0; i < steps; i++)); do "${server[@]}" send-keys j; done
"${server[@]}" send-keys Enter
shown 'ICMP'
pid=$(pgrep -x taplight -P "$("${server[@]}" display-message -p '#{pane_pid}')")
uid=$(awk '/^Uid:/ { print $3 }' "/proc/${pid:-self}/status")
((uid != 0)) || fail 'the capture started from the list runs as root'
"${server[@]}" send-keys c
shown 'taplight -i va'
"${server[@]}" send-keys q q
shown 'rc=0'
done_testing
