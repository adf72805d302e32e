#!/usr/bin/env bash
# live.sh TAPLIGHT SENDER ROUNDS: finds the highest rate at which taplight --json, tcpdump, dumpcap and tshark capture
# from a veth pair without a loss while another process sends. Prints rows of a Markdown table.
set -euo pipefail
export LC_ALL=C
taplight=$1 sender=$2 rounds=$3
a=tl-bench-$$-a b=tl-bench-$$-b
work=$(mktemp -d)
program=''
tidy() {
    [[ -z $program ]] || kill "$program" 2>/dev/null || true
    ip netns del $a 2>/dev/null || true
    ip netns del $b 2>/dev/null || true
    rm -rf "$work"
}
trap tidy EXIT
cd "$work"

ip netns add $a
ip netns add $b
ip link add va netns $a address 02:00:00:00:00:01 type veth peer name vb netns $b address 02:00:00:00:00:02
for side in a b; do
    ip netns exec "${!side}" sh -c "echo 1 >/proc/sys/net/ipv6/conf/v$side/disable_ipv6"
    ip -n "${!side}" link set v$side up
done

# command_of PROGRAM: prints its command. $ready matches the text on standard error once it captures.
command_of() {
    case $1 in
    taplight) echo "$taplight -i va -Z root --json -o /dev/null" ;;
    tcpdump) echo "tcpdump -i va -n -Z root -w /dev/null" ;;
    dumpcap) echo "dumpcap -q -i va -w /dev/null" ;;
    tshark) echo "tshark -n -i va -T ek" ;;
    esac
}
ready='capturing on|listening on|Capturing on|File: '

# captured: prints the number of packets that the program reports.
captured() {
    sed -nE 's/^(taplight: )?([0-9]+) packets captured.*/\2/p; s/^Packets received\/dropped on interface .*: ([0-9]+)\/.*/\1/p' err | tail -n 1
}

# trial PROGRAM RATE: sends for a second; prints the actual rate, and 1 if no packet was lost.
trial() {
    local sent us got i
    : >err
    # shellcheck disable=SC2046
    ip netns exec $a env --default-signal=INT $(command_of "$1") >/dev/null 2>err &
    program=$!
    for ((i = 0; i < 200; i++)); do
        grep -qE "$ready" err && break
        sleep 0.05
    done
    [[ $1 != tshark ]] || sleep 1 # it prints the text before it captures
    read -r sent us < <(ip netns exec $b "$sender" vb "$2" 1000 60)
    sleep 1.5 # tcpdump reads the buffer once a second
    kill -INT $program 2>/dev/null || echo "live.sh: $1 ended: $(tail -n 2 err)" >&2
    wait $program 2>/dev/null || true
    program=''
    got=$(captured)
    echo "$((sent * 1000000 / us)) $((${got:-0} >= sent))"
}

# Rates, each a tenth higher than the one before.
ladder=()
for ((rate = 10000; rate < 4000000; rate += rate / 10)); do ladder+=($rate); done

# highest PROGRAM: prints its highest rate, by binary search; stops at a rate that the sender does not reach.
highest() {
    local low=-1 high=${#ladder[@]} middle got fine best=0
    while ((high - low > 1)); do
        middle=$(((low + high) / 2))
        read -r got fine < <(trial "$1" "${ladder[middle]}")
        if ((fine)); then
            low=$middle
            ((got > best)) && best=$got
            ((got * 100 >= ladder[middle] * 97)) || break
        else
            high=$middle
        fi
    done
    echo "$best"
}

programs=(taplight)
for peer in tcpdump dumpcap tshark; do
    [[ -z $(type -P $peer) ]] || programs+=("$peer")
done
for ((round = 0; round < rounds; round++)); do
    for program_name in "${programs[@]}"; do highest "$program_name" >>"$program_name.rates"; done
done
top=$(read -r sent us < <(ip netns exec $b "$sender" vb 10000000 1000 60) && echo $((sent * 1000000 / us)))
for program_name in "${programs[@]}"; do
    read -r median least most < <(sort -n "$program_name.rates" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)], v[1], v[NR] }')
    command=$(command_of "$program_name")
    echo "| \`${command/"$taplight"/taplight}\` | $median | $least to $most |"
done
echo "| the sender without a capture | $top | |"
