#!/usr/bin/env bash
# --view: a capture file and records are written beside the view, as nobody, from a directory of root's; the file has all packets
# also where the terminal is killed; what the engine says is shown, and told again when the view was left.
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
    server=(tmux -L "taplight-beside-$$-$((++opened))" -f /dev/null) # the one before may not have ended yet
    in_a env TERM=screen "${server[@]}" new-session -d -x 120 -y 30 "'$TAPLIGHT' -i va $* 2>private/told; echo rc=\$?; read -r"
}
screen() { "${server[@]}" capture-pane -p; }
screen_has() { screen | grep -qE -- "$1"; }
shown() {
    until_true 20 screen_has "$1" && return
    fail "the view never showed '$1':"
    screen
}
count_in() { "$TAPLIGHT" -q -r "$1" --count icmp; }

open --view -w private/seen.pcapng --json -o private/records.json icmp
shown '^ va '
in_b ping -q -c 20 -i 0.02 10.9.0.1 >/dev/null
shown ' 40 packets'
# Saved by who the view runs as: why that cannot be is said to its end.
"${server[@]}" send-keys w a Enter private/other.pcap Enter
shown 'the view runs as .*save to /tmp, or begin with -Z USER'
"${server[@]}" send-keys c
shown '^ *taplight -i va --view -w private/seen.pcapng --json -o private/records.json -f icmp'
"${server[@]}" send-keys q
"${server[@]}" send-keys q
shown 'rc=0'
[[ $(count_in private/seen.pcapng) == 40 ]] || fail "the file has $(count_in private/seen.pcapng) packets, not 40"
jq -es '(.[0]._path == "meta") and (.[-1]._path == "stats") and any(.[]; ._path == "conn" and .orig_pkts == 20)' \
    private/records.json >/dev/null || fail "records: $(cat private/records.json)"
grep -q '40 packets captured' private/told || fail "the counts were not told: $(cat private/told)"
"${server[@]}" kill-server

# What is being written is no place to save to, whatever it is called.
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

# The terminal dies: what was captured is there.
open --view -w private/killed.pcap icmp
shown '^ va '
in_b ping -q -c 20 -i 0.02 10.9.0.1 >/dev/null
shown ' 40 packets'
pid=$(pgrep -x taplight -P "$("${server[@]}" display-message -p '#{pane_pid}')")
uid=$(awk '/^Uid:/ { print $3 }' "/proc/$pid/status")
((uid != 0)) || fail "the view runs as root"
"${server[@]}" kill-server
is_gone() { ! kill -0 "$pid" 2>/dev/null; }
until_true 20 is_gone || fail "the view goes on without its terminal"
[[ $(count_in private/killed.pcap) == 40 ]] || fail "without its terminal the file has $(count_in private/killed.pcap) packets"

# It dies while who reads the records stands still: nobody could interrupt what waits, so it ends by itself.
mkfifo still
open --view --json=packets -o still -w private/still.pcap --mem 16M icmp
sleep 1000 <still &
started+=($!)
shown '^ va '
in_b ping -q -c 500 -i 0.002 -s 1400 10.9.0.1 >/dev/null
shown ' 1000 packets'
pid=$(pgrep -x taplight -P "$("${server[@]}" display-message -p '#{pane_pid}')")
"${server[@]}" kill-server
until_true 30 is_gone || fail "the view waits for ever for the reader of its records"
[[ $(count_in private/still.pcap) == 1000 ]] || fail "without its terminal the file has $(count_in private/still.pcap) packets"

# Who reads the records stands still: the view goes on, what has no room is left out and told, and it can be left all the same.
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
until_true 20 said || fail "it is not said what the end waits for: $(cat private/told)"
kill -TERM "$pid"
until_true 20 is_gone || fail "the view cannot be ended while who reads its records stands still"
"${server[@]}" kill-server

# So does the file of -w: the view goes on all the same.
mkfifo disk
exec {disk}<>disk # nobody reads
open --view -w disk --mem 16M icmp
shown '^ va '
in_b ping -q -c 2500 -i 0.001 -s 1400 10.9.0.1 >/dev/null
shown ' 5000 packets +[1-9][0-9]* drops +.*, -w [1-9][0-9]*\)'
"${server[@]}" send-keys e
shown 'packets are left out of -w: its disk or reader does not keep up'
"${server[@]}" send-keys q q
pid=$(pgrep -x taplight -P "$("${server[@]}" display-message -p '#{pane_pid}')")
until_true 20 said || fail "it is not said what the end waits for: $(cat private/told)"
kill -TERM "$pid"
until_true 20 is_gone || fail "the view cannot be ended while its file stands still"
"${server[@]}" kill-server
exec {disk}>&-

# An interface goes away while it is looked at.
open icmp
shown '^ va '
ip -n "$a" link del va
shown 'va.*(gone|disappeared|removed|went)'
"${server[@]}" send-keys e
shown 'What was said'
"${server[@]}" send-keys q
"${server[@]}" send-keys q
shown 'rc='
grep -qE 'va.*(gone|disappeared|removed|went)' private/told || fail "what was said was not told again: $(cat private/told)"
done_testing
