#!/usr/bin/env bash
# The view on an interface: live packets, a changed filter, no root privileges.
((EUID == 0)) || { echo "skipped: only root may capture"; exit 77; }
command -v tmux >/dev/null || { echo "skipped: there is no tmux"; exit 77; }

work=$(mktemp -d)
server=(tmux -L "taplight-live-$$" -f /dev/null)
trap '"${server[@]}" kill-server 2>/dev/null; rm -rf "$work"' EXIT
chmod 755 "$work"
port=$((20000 + $$ % 20000))
unset XDG_CONFIG_HOME
HOME=$work TERM=screen "${server[@]}" new-session -d -x 100 -y 30 "'$TAPLIGHT' -i lo udp port $port; echo rc=\$?; read -r"

# shown TEXT: the screen shows it within 20 seconds, while a datagram is sent to $to.
to=''
shown() {
    local i
    for ((i = 0; i < 100; i++)); do
        [[ -z $to ]] || echo x >"/dev/udp/127.0.0.1/$to" 2>/dev/null
        ! "${server[@]}" capture-pane -p | grep -qF -- "$1" || return 0
        sleep 0.2
    done
    "${server[@]}" capture-pane -p
    echo "the view did not show '$1'"
    exit 1
}
shown Packets
to=$port
shown "> $port"
shown ' lo  filter: udp port'
shown '0 drops'
shown ' packets/s '
process=$("${server[@]}" display-message -p '#{pane_pid}')
child=$(pgrep -P "$process")
uid=$(awk '/^Uid:/ { print $3 }' "/proc/${child:-$process}/status")
((uid != 0)) || { echo "the view runs as root"; exit 1; }
"${server[@]}" send-keys B C-u "udp port $((port + 1))" Enter
to=''
shown 'the filter applies'
to=$((port + 1))
shown "> $to"
"${server[@]}" send-keys q
to=''
shown rc=0
