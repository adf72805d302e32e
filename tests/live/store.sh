#!/usr/bin/env bash
# --view -w: packets evicted from memory are shown, searched and saved from the file, which is in a directory of root's.
# Without -w they are gone.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs tmux ping
export LC_ALL=C.UTF-8 HOME=$work
unset XDG_CONFIG_HOME TMUX
server=()
opened=0
end() {
    "${server[@]}" kill-server 2>/dev/null
    tidy
}
trap end EXIT
mkdir -m 700 private
mkdir -m 777 open
open() {
    server=(tmux -L "taplight-store-$$-$((++opened))" -f /dev/null)
    in_a env TERM=screen "${server[@]}" new-session -d -x 120 -y 30 \
        "'$TAPLIGHT' -i va --mem 16M $* 2>private/told; echo rc=\$?; read -r"
}
screen() { "${server[@]}" capture-pane -p; }
screen_has() { screen | grep -qE -- "$1"; }
shown() {
    until_true 20 screen_has "$1" && return
    fail "the view did not show '$1':"
    screen
}
keys() { "${server[@]}" send-keys "$@"; }

# The first packets have a unique text; after them more packets follow than fit into memory.
send() {
    in_b ping -q -c 3 -i 0.01 -s 100 -p 6d61726b6564 10.9.0.1 >/dev/null
    in_b ping -q -i 0.001 -c 2000 -s 1400 10.9.0.1 >/dev/null
}
for kind in pcap pcapng; do
    open --view -w "private/live.$kind" icmp
    shown '^ va '
    send
    shown ' 4006 packets'
    keys G g
    shown '^ +1 [0-9:.]+ 10\.9\.0\.2 +10\.9\.0\.1 +ICMP +142 '
    shown '^00[0-9]0 .*markedmarked'
    keys G
    shown '^.. Packets .* 4006/4006'
    keys Tab Tab / markedmarked Enter # behind it there is none: it begins anew
    shown 'found, continued from the beginning'
    shown '^.. Fields .* packet 1 '
    shown '^00[0-9]0 .*markedmarked'
    keys w a Enter "open/saved.$kind" Enter
    shown "4006 packets saved: open/saved\.$kind"
    keys q
    shown 'rc=0'
    for what in -x --json=packets; do
        "$TAPLIGHT" -q -r "private/live.$kind" $what >due
        "$TAPLIGHT" -q -r "open/saved.$kind" $what >seen
        same seen due "$kind, $what: what was saved is not what was written"
    done
    "${server[@]}" kill-server
done

# Without -w the bytes are gone, and the view reports it.
open icmp
shown '^ va '
send
shown ' 4006 packets'
keys G g
shown 'the bytes of this packet are gone'
keys q
shown 'rc=0'
"${server[@]}" kill-server

# A stream is also saved as the user of the view; the whole error is shown.
open udp
shown '^ va '
in_b bash -c 'echo streamed >/dev/udp/10.9.0.1/9'
shown ' 1 packets'
keys s
shown '^> streamed'
keys w private/stream.bin Enter
shown 'the view runs as .*save to /tmp, or start with -Z USER'
keys w open/stream.bin Enter
shown '9 bytes saved: open/stream\.bin'
keys q
shown 'rc=0'
done_testing
