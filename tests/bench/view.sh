#!/usr/bin/env bash
# view.sh TAPLIGHT FILE PACKETS: measures how fast the view answers on a large file, in tmux at 200x60, by the frames
# that it logs (ui/screen/frames.h), and compares it with termshark and tshark. Prints rows of a Markdown table.
set -euo pipefail
export LC_ALL=C.UTF-8
taplight=$(realpath "$1") file=$(realpath "$2") packets=$3
patience=${PATIENCE:-180} # seconds until a peer is stopped
work=$(mktemp -d)
server=bench-view-$$
in_tmux() { tmux -L "$server" -f /dev/null "$@"; }
tidy() {
    in_tmux kill-server 2>/dev/null || true
    rm -rf "$work"
}
trap tidy EXIT
cd "$work"
unset TMUX NO_COLOR TAPLIGHT_FRAMES
export XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache HOME=$work SHELL=/bin/sh

# until_true WHAT COMMAND...: waits until COMMAND succeeds, at most a minute.
until_true() {
    local i what=$1
    shift
    for ((i = 0; i < 1200; i++)); do
        "$@" && return
        sleep 0.05
    done
    echo "view.sh: no sign of $what within a minute" >&2
    exit 1
}

# open COMMAND...: starts it in a terminal of 200 columns and 60 rows; $pid is its process id.
open() {
    in_tmux kill-server 2>/dev/null || true
    printf '%q ' "$@" >command
    in_tmux new-session -d -x 200 -y 60 "echo \$\$ >pid; exec $(cat command)"
    until_true "$1" test -s pid
    pid=$(cat pid)
    rm pid
}
screen() { in_tmux capture-pane -p; }
ms() { echo $(($(date +%s%N) / 1000000)); }

# anonymous PID: prints the KiB of anonymous memory of the process and its children.
anonymous() {
    local p sum=0 kib
    for p in "$1" $(pgrep -P "$1" || true); do
        kib=$(sed -n 's/^RssAnon:\t *\([0-9]*\) kB/\1/p' "/proc/$p/status" 2>/dev/null || true)
        sum=$((sum + ${kib:-0}))
    done
    echo $sum
}
# watch PID FILE: keeps the highest of that in FILE until the process ends.
watch() {
    local most=0 now
    while kill -0 "$1" 2>/dev/null; do
        now=$(anonymous "$1")
        ((now <= most)) || most=$now
        echo $most >"$2"
        sleep 0.05
    done
}
# answers FROM: prints median and maximum of the ms from a key to the whole frame, and the number of keys, of the frames
# from line FROM on.
answers() {
    tail -n +"$1" frames | awk '$3 > 0 && $4 == 1 { print $3 / 1000 }' | sort -g |
        awk '{ v[NR] = $1 } END { printf "%.1f %.1f %d", v[int((NR + 1) / 2)], v[NR], NR }'
}
lines() { wc -l <frames; }
row() { echo "| $1 | $2 | $3 | $4 |"; }
# verdict VALUE MOST
verdict() { awk -v v="$1" -v m="$2" 'BEGIN { print v <= m ? "met" : "**missed**" }'; }

open env TAPLIGHT_FRAMES="$work/frames" "$taplight" --mem 1G -r "$file"
watch "$pid" most &
first_frame() { first=$(awk '$4 == 1 && NR > 1 { print $1; exit }' frames 2>/dev/null) && [[ $first ]]; }
has_read() { ! screen | tail -n 1 | grep -q reading; }
until_true "the first screen" first_frame
until_true "the last packet" has_read
indexed=$(tail -n 1 frames | cut -d ' ' -f 1)

from=$(($(lines) + 1))
RANDOM=7
for ((i = 0; i < 40; i++)); do
    in_tmux send-keys : $(((RANDOM * 32768 + RANDOM) % packets + 1)) Enter
    sleep 0.25
done
read -r jump jump_most jumps <<<"$(answers "$from")"
from=$(($(lines) + 1))
for key in G g; do
    in_tmux send-keys $key
    sleep 0.25
done
for ((i = 0; i < 60; i++)); do
    in_tmux send-keys NPage
    sleep 0.1
done
read -r page page_most pages <<<"$(answers "$from")"
draw=$(sort -g -k 2 frames | tail -n 1 | cut -d ' ' -f 2)
in_tmux send-keys q
wait
anon=$(cat most)
allowed=$((packets * 32 / 1024 + 200 * 1024))
row "first whole screen" "$first ms" "1,000 ms" "$(verdict "$first" 1000)"
row "all packets are known" "$indexed ms" - -
row "to any packet (\`:\` and a number), until the whole screen is there: median, most of $jumps" "$jump ms, $jump_most ms" "50 ms" \
    "$(verdict "$jump_most" 50)"
row "to the end, the beginning, and page by page: median, most of $pages" "$page ms, $page_most ms" "50 ms" \
    "$(verdict "$page_most" 50)"
row "the longest frame" "$draw us" "50,000 us" "$(verdict "$draw" 50000)"
row "peak anonymous memory" "$((anon / 1024)) MiB" "$((allowed / 1024)) MiB" "$(verdict "$anon" "$allowed")"

if [[ $(type -P termshark) ]]; then
    begun=$(ms)
    open termshark -r "$file"
    watch "$pid" most &
    first='' end=$((begun + patience * 1000))
    while kill -0 "$pid" 2>/dev/null && (($(ms) < end)); do
        if [[ ! $first ]] && screen | grep -Eq '^ *1 +[0-9]+\.[0-9]+ '; then first=$(($(ms) - begun)); fi
        sleep 0.05
    done
    in_tmux kill-server 2>/dev/null || true
    wait
    row "\`termshark\`: first packets on the screen" "${first:-more than $((patience * 1000))} ms" - -
    row "\`termshark\` and its tshark: anonymous memory after $patience s" "$(($(cat most) / 1024)) MiB" - -
fi
if [[ $(type -P tshark) ]]; then
    begun=$(ms)
    tshark -n -r "$file" >lines 2>/dev/null &
    pid=$!
    watch "$pid" most &
    until [[ -s lines ]]; do sleep 0.01; done
    first=$(($(ms) - begun))
    for ((i = 0; i < patience * 10; i++)); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    kill "$pid" 2>/dev/null || true
    wait
    row "\`tshark\`: first lines" "$first ms" - -
    row "\`tshark\` after $patience s: packets, anonymous memory" "$(wc -l <lines), $(($(cat most) / 1024)) MiB" - -
fi
