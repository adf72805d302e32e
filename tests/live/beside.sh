#!/usr/bin/env bash
# --view with a capture file and records, as user nobody, from a directory of root's. The file has all packets even if
# the terminal is killed. Engine messages are shown in the view and printed again after it closes.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs tmux ping jq
export LC_ALL=C.UTF-8 HOME=$work
unset XDG_CONFIG_HOME TMUX
server=(tmux -L "taplight-beside-$$" -f /dev/null)
end() {
    "${server[@]}" kill-server 2>/dev/null
    tidy
}
trap end EXIT
mkdir private
chmod 700 private
opened=0
open() {
    server=(tmux -L "taplight-beside-$$-$((++opened))" -f /dev/null) # the previous server may still be running
    in_a env TERM=screen "${server[@]}" new-session -d -x 120 -y 30 "'$TAPLIGHT' -i va $* 2>private/told; echo rc=\$?; read -r"
}
screen() { "${server[@]}" capture-pane -p; }
screen_has() { screen | grep -qE -- "$1"; }
shown() {
    until_true 20 screen_has "$1" && return
    fail "the view did not show '$1':"
    screen
}
count_in() { "$TAPLIGHT" -q -r "$1" --count icmp; }

open --view -w private/seen.pcapng --json -o private/records.json icmp
shown '^ va '
in_b ping -q -c 20 -i 0.02 10.9.0.1 >/dev/null
shown ' 40 packets'
# A save runs as the user of the view; the whole error is shown.
"${server[@]}" send-keys w a Enter private/other.pcap Enter
shown 'the view runs as .*save to /tmp, or start with -Z USER'
"${server[@]}" send-keys c
shown '^ *taplight -i va --view -w private/seen.pcapng --json -o private/records.json -f icmp'
"${server[@]}" send-keys q
"${server[@]}" send-keys q
shown 'rc=0'
[[ $(count_in private/seen.pcapng) == 40 ]] || fail "the file has $(count_in private/seen.pcapng) packets, not 40"
jq -es '(.[0]._path == "meta") and (.[-1]._path == "stats") and any(.[]; ._path == "conn" and .orig_pkts == 20)' \
    private/records.json >/dev/null || fail "records: $(cat private/records.json)"
grep -q '40 packets captured' private/told || fail "the counters were not printed: $(cat private/told)"
"${server[@]}" kill-server

# Files being written cannot be saved over, under any name.
chmod 711 "$work"
mkdir -m 777 open
ln -s live.pcap open/link.pcap
open --view -w open/live.pcap icmp
shown '^ va '
in_b ping -q -c 20 -i 0.02 10.9.0.1 >/dev/null
shown ' 40 packets'
for name in live link; do
    "${server[@]}" send-keys w a Enter "open/$name.pcap" Enter
    shown "open/$name.pcap is being read or written: name another file"
done
"${server[@]}" send-keys w a Enter open/saved.pcap Enter
shown '40 packets saved: open/saved.pcap'
"${server[@]}" send-keys q
shown 'rc=0'
for name in live saved; do
    [[ $(count_in open/$name.pcap) == 40 ]] || fail "$name.pcap has $(count_in open/$name.pcap) packets, not 40"
done
"${server[@]}" kill-server

# The terminal dies: the captured packets are in the file.
open --view -w private/killed.pcap icmp
shown '^ va '
in_b ping -q -c 20 -i 0.02 10.9.0.1 >/dev/null
shown ' 40 packets'
pid=$(pgrep -x taplight -P "$("${server[@]}" display-message -p '#{pane_pid}')")
uid=$(awk '/^Uid:/ { print $3 }' "/proc/$pid/status")
((uid != 0)) || fail "the view runs as root"
"${server[@]}" kill-server
is_gone() { ! kill -0 "$pid" 2>/dev/null; }
until_true 20 is_gone || fail "the view still runs without its terminal"
[[ $(count_in private/killed.pcap) == 40 ]] ||
    fail "without its terminal the file has $(count_in private/killed.pcap) packets"

# The terminal dies while the reader of the records is stalled. Nothing can interrupt the wait, so the program ends
# itself.
mkfifo still
open --view --json=packets -o still -w private/still.pcap --mem 16M icmp
sleep 1000 <still &
started+=($!)
shown '^ va '
in_b ping -q -c 500 -i 0.002 -s 1400 10.9.0.1 >/dev/null
shown ' 1000 packets'
pid=$(pgrep -x taplight -P "$("${server[@]}" display-message -p '#{pane_pid}')")
"${server[@]}" kill-server
until_true 30 is_gone || fail "the view still waits for the reader of its records"
[[ $(count_in private/still.pcap) == 1000 ]] ||
    fail "without its terminal the file has $(count_in private/still.pcap) packets"

# The reader of the records stalls: the view goes on, records without room are left out and reported, and the view can
# quit.
mkfifo pipe
open --view --json=packets -o pipe --mem 16M icmp
sleep 1000 <pipe &
started+=($!)
shown '^ va '
in_b ping -q -c 1000 -i 0.002 -s 1400 10.9.0.1 >/dev/null
shown ' 2000 packets +0 drops'
"${server[@]}" send-keys e
shown 'records are left out, their reader is too slow'
"${server[@]}" send-keys q
pid=$(pgrep -x taplight -P "$("${server[@]}" display-message -p '#{pane_pid}')")
"${server[@]}" send-keys q
said() { grep -q 'still being written' private/told; }
until_true 20 said || fail "no message about the pending records: $(cat private/told)"
kill -TERM "$pid"
until_true 20 is_gone || fail "the view does not end while the reader of its records is stalled"
"${server[@]}" kill-server

# A stalled -w does not stop the view either.
mkfifo disk
exec {disk}<>disk # never read
open --view -w disk --mem 16M icmp
shown '^ va '
in_b ping -q -c 2500 -i 0.001 -s 1400 10.9.0.1 >/dev/null
shown ' 5000 packets +[1-9][0-9]* drops +.*, -w [1-9][0-9]*\)'
"${server[@]}" send-keys e
shown 'packets are left out of -w: its disk or reader does not keep up'
"${server[@]}" send-keys q q
pid=$(pgrep -x taplight -P "$("${server[@]}" display-message -p '#{pane_pid}')")
until_true 20 said || fail "no message about the pending packets: $(cat private/told)"
kill -TERM "$pid"
until_true 20 is_gone || fail "the view does not end while its file is stalled"
"${server[@]}" kill-server
exec {disk}>&-

# An interface disappears while the view shows it.
open icmp
shown '^ va '
ip -n "$a" link del va
shown 'va.*(gone|disappeared|removed|went)'
"${server[@]}" send-keys e
shown 'Messages'
"${server[@]}" send-keys q
"${server[@]}" send-keys q
shown 'rc='
grep -qE 'va.*(gone|disappeared|removed|went)' private/told ||
    fail "the message was not printed again: $(cat private/told)"
done_testing
