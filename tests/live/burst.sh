#!/usr/bin/env bash
# Under a burst, at both sizes: packets on screen do not move while the user reads, keys work, and follow mode shows the
# newest.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
: "${SENDER:?the program that sends}"
needs tmux ping
export LC_ALL=C.UTF-8 HOME=$work
unset XDG_CONFIG_HOME TMUX
server=()
end() {
    "${server[@]}" kill-server 2>/dev/null
    tidy
}
trap end EXIT
screen() { "${server[@]}" capture-pane -p; }
screen_has() { screen | grep -qE -- "$1"; }
shown() {
    until_true 20 screen_has "$1" && return
    fail "$columns columns: the view did not show '$1':"
    screen
}
keys() { "${server[@]}" send-keys "$@"; }
# The list, and the fields and bytes of the selected packet, without titles and status line.
read_now() { screen | grep -vE '^[━─]{2} ' | head -n -1; }

for size in '80 24' '200 60'; do
    read -r columns rows <<<"$size"
    server=(tmux -L "taplight-burst-$$-$columns" -f /dev/null)
    in_a env TERM=screen "${server[@]}" new-session -d -x "$columns" -y "$rows" \
        "'$TAPLIGHT' -i va --mem 64M; echo rc=\$?; read -r"
    shown '^ va '
    in_b ping -q -c 50 -i 0.002 10.9.0.1 >/dev/null
    shown ' 100 packets'
    keys g j j j
    shown '^.. Packets .* 4/100 '
    shown '^.. Fields .* packet 4 '
    read_now >before
    start burst ip netns exec "$b" "$SENDER" vb 20000 6000 200
    shown ' [0-9]{5,} packets' # during the burst
    read_now >during
    cmp -s before during || fail "$columns columns: the packets on screen move: $(diff before during)"
    kill -0 "$burst_pid" 2>/dev/null || fail "$columns columns: the burst ended before the check"
    keys j
    shown '^.. Fields .* packet 5 '
    keys 2
    shown '^.. Flows '
    keys 1 G
    shown '^.. Packets .* follows '
    wait "$burst_pid"
    count=$(sed -nE 's/^([0-9]+) .*/\1/p' burst.out)
    drops=$(screen | sed -nE 's/.* ([0-9]+) drops.*/\1/p')
    shown " $((count + 100 - ${drops:-0})) packets"
    shown "^ *$((count + 100 - ${drops:-0})) "
    keys q
    shown 'rc=0'
    "${server[@]}" kill-server
done
done_testing
