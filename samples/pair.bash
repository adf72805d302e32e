# pair.bash - two network namespaces that a veth pair connects, for the capture scripts that source it. Set before:
# out: where samples go; ns: a prefix for the names of the namespaces; net: their network, as 10.79.0. The side a has
# the interface ta and the address .1, the side b tb and .2. ONLY=word captures the samples whose name has the word.
set -uo pipefail
tmp=$(mktemp -d)
pids=()
chmod 755 "$tmp"
in_a() { ip netns exec "$ns-a" "$@"; }
in_b() { ip netns exec "$ns-b" "$@"; }
clean() {
    ((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null
    ip netns del "$ns-a" 2>/dev/null
    ip netns del "$ns-b" 2>/dev/null
    rm -rf "$tmp"
}
trap clean EXIT
ip netns add "$ns-a" && ip netns add "$ns-b" || exit 1
ip link add ta netns "$ns-a" address 02:00:00:00:0a:01 type veth peer name tb netns "$ns-b" address 02:00:00:00:0b:02
for side in a b; do
    "in_$side" ip link set lo up
    "in_$side" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 "net.ipv6.conf.t$side.accept_dad=0"
    "in_$side" ip link set "t$side" up
    "in_$side" ethtool -K "t$side" tx off tso off gso off gro off >/dev/null 2>&1
    "in_$side" ip route add 224.0.0.0/4 dev "t$side"
done
in_a ip addr add "$net.1/24" dev ta
in_b ip addr add "$net.2/24" dev tb
sleep 1

# cap FILE FILTER SECONDS COMMAND..: captures on b's side while the command runs, and so many seconds longer.
cap() {
    local file=$1 filter=$2 wait=$3 pid
    shift 3
    [[ -z ${ONLY-} || $file == *$ONLY* ]] || return 0
    mkdir -p "$out/${file%/*}"
    ip netns exec "$ns-b" tcpdump -Z root -q -U -i tb -w "$out/$file" "$filter" 2>/dev/null & # not in_b: its id is wanted
    pid=$!
    sleep 1
    "$@" >"$tmp/log" 2>&1
    sleep "$wait"
    kill "$pid"
    wait "$pid" 2>/dev/null
    echo "$file: $(tcpdump -r "$out/$file" 2>/dev/null | wc -l) packets"
}
# background a|b COMMAND..
background() { local side=$1; shift; ip netns exec "$ns-$side" "$@" >"$tmp/bg" 2>&1 & pids+=($!); }
