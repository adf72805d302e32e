#!/usr/bin/env bash
# soak.sh TAPLIGHT SENDER RATE SECONDS: runs the live view with --mem 128M while another process sends RATE packets a
# second over a veth pair. Measures memory, CPU time of the view's thread, frames (ui/screen/frames.h) and drops. Prints rows of
# a Markdown table.
set -euo pipefail
export LC_ALL=C.UTF-8
taplight=$(realpath "$1") sender=$(realpath "$2") rate=$3 seconds=$4
a=tl-soak-$$-a b=tl-soak-$$-b server=bench-soak-$$
work=$(mktemp -d)
in_tmux() { tmux -L "$server" -f /dev/null "$@"; }
tidy() {
    in_tmux kill-server 2>/dev/null || true
    ip netns del $a 2>/dev/null || true
    ip netns del $b 2>/dev/null || true
    rm -rf "$work"
}
trap tidy EXIT
cd "$work"
unset TMUX NO_COLOR
export XDG_CONFIG_HOME=$work/config HOME=$work SHELL=/bin/sh

ip netns add $a
ip netns add $b
ip link add va netns $a address 02:00:00:00:00:01 type veth peer name vb netns $b address 02:00:00:00:00:02
for side in a b; do
    ip netns exec "${!side}" sh -c "echo 1 >/proc/sys/net/ipv6/conf/v$side/disable_ipv6"
    ip -n "${!side}" link set v$side up
done

printf 'echo $$ >pid; exec ip netns exec %q env TAPLIGHT_FRAMES=%q %q -i va -Z root --mem 128M 2>errors' \
    $a "$work/frames" "$taplight" >command
in_tmux new-session -d -x 200 -y 60 "sh $work/command"
for ((i = 0; i < 200; i++)); do
    [[ -s frames ]] && break
    sleep 0.05
done
[[ -s frames ]] || {
    echo "soak.sh: the view did not start: $(cat errors)" >&2
    exit 1
}
pid=$(cat pid)
memory() { sed -n 's/^RssAnon:\t *\([0-9]*\) kB/\1/p' "/proc/$pid/status"; }
begun=$(tail -n 1 frames)
ip netns exec $b "$sender" vb "$rate" $((seconds * 1000)) 60 >sent &
sending=$!
samples=()
for ((i = 1; i <= 10; i++)); do
    sleep "$(awk -v s="$seconds" 'BEGIN { print s / 10 }')"
    samples+=($(($(memory) / 1024)))
done
wait $sending
sleep 1
ended=$(tail -n 1 frames)
screen=$(in_tmux capture-pane -p | tail -n 1)
in_tmux send-keys q
for ((i = 0; i < 200; i++)); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.05
done
read -r sent us <sent
share=$(awk -v a="$begun" -v b="$ended" 'BEGIN { split(a, x, " "); split(b, y, " ")
    printf "%.2f", (y[5] - x[5]) / 10 / (y[1] - x[1]) }')
draw=$(sort -n -k 2 frames | tail -n 1 | cut -d ' ' -f 2)
verdict() { awk -v v="$1" -v m="$2" 'BEGIN { print v <= m ? "met" : "**missed**" }'; }
flat=$(printf '%s\n' "${samples[@]:1}" | sort -n | awk '{ v[NR] = $1 } END { printf "%.2f", v[NR] / v[1] }')
echo "| packets sent, in $seconds s at $((sent * 1000000 / us)) a second | $sent | - | - |"
echo "| anonymous memory after each tenth, MiB | ${samples[*]} | at most 1.1 x the second | $(verdict "$flat" 1.1) |"
echo "| processor time of the view's thread | $share % | 5 % | $(verdict "$share" 5) |"
echo "| frames, and the longest | $(wc -l <frames), $draw us | 50,000 us | $(verdict "$draw" 50000) |"
echo "| the status line at the end | \`$(sed 's/  */ /g; s/|/ /g' <<<"$screen")\` | - | - |"
