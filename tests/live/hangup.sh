#!/usr/bin/env bash
# The terminal is killed: the program ends soon and in order, with all captured packets in the file.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs ping tmux

server=(tmux -L "taplight-hangup-$$" -f /dev/null)
trap '"${server[@]}" kill-server 2>/dev/null; tidy' EXIT
# in_terminal COMMANDS: a shell runs them in a new terminal on side a; the program is its child.
in_terminal() {
    ran=$1
    rm -f rc err
    HOME=$work TERM=screen "${server[@]}" new-session -d -x 100 -y 30 "ip netns exec $a sh -c 'echo \$\$ >shell; $1 2>err; echo \$? >rc'"
}
program() { pgrep -P "$(cat shell)" -x taplight; }
# kill_terminal: expects the program's pid in $process.
kill_terminal() {
    process=$(program)
    [[ $process ]] || fail "$ran: no such process"
    "${server[@]}" kill-server
    until_true 5 test -s rc || fail "$ran: does not end: $(cat "/proc/$process/stat")"
    [[ $(cat rc) == 0 ]] || fail "$ran: exit code $(cat rc), $(cat err)"
}
shows() { "${server[@]}" capture-pane -p | grep -q "$1"; }

# The shell survives its terminal. Its child gets SIGHUP, or no signal and a missing terminal.
for shell in 'trap : HUP' 'trap "" HUP'; do
    in_terminal "$shell; $TAPLIGHT -i va"
    until_true 20 shows Packets || fail "$ran: the view does not open: $("${server[@]}" capture-pane -p)"
    ping_b 5
    until_true 10 shows ICMP || fail "$ran: the view shows no packet"
    kill_terminal
done

# Without the view, and with the shell killed: an interactive shell passes SIGHUP on, then the kernel sends it again.
in_terminal "$TAPLIGHT -i va -w hup.pcap --json -o hup.json"
until_true 20 grep -q 'capturing on' err || fail "$ran: does not start"
ping_b 20
process=$(program)
kill -HUP "$process"
sleep 0.02
"${server[@]}" kill-server
until_true 5 gone "$process" || fail "$ran: does not end"
[[ $(packets_of hup.pcap) == 40 ]] || fail "$ran: $(packets_of hup.pcap) packets of 40"
grep -q '"orig_pkts":20' hup.json || fail "$ran: the flow was not written"
tail -n 1 hup.json | grep -q '"_path":"stats"' || fail "$ran: no stats at the end"
grep -q '40 packets captured' err || fail "$ran: no counts: $(cat err)"
done_testing
