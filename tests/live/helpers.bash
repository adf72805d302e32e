# Helpers for the live tests: two namespaces connected by a veth pair, servers, the program in one namespace.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

skip() {
    echo "skipped: $*"
    exit 77
}

((EUID == 0)) || skip "needs root, for network namespaces and capture"
# needs COMMAND...: skips the test if one is not installed.
needs() {
    local command
    for command in "$@"; do
        [[ -n $(PATH=$PATH:/usr/sbin:/sbin type -P "$command") ]] || skip "needs $command"
    done
}
PATH=$PATH:/usr/sbin:/sbin
needs ip setpriv

# Side a captures on va, side b is the other host.
a=tl-$$-a b=tl-$$-b
started=()
tidy() {
    local process
    for process in "${started[@]}"; do kill "$process" 2>/dev/null; done
    # What a shell between them and us has started: all that is in namespaces of our own.
    for process in $(ip netns pids $a 2>/dev/null) $(ip netns pids $b 2>/dev/null); do kill "$process" 2>/dev/null; done
    ip netns del $a 2>/dev/null
    ip netns del $b 2>/dev/null
    umount "$work"/disk 2>/dev/null
    rm -rf "$work"
}
trap tidy EXIT
chmod 755 "$work"

cable() {
    ip link add va netns $a address 02:00:00:00:00:01 type veth peer name vb netns $b address 02:00:00:00:00:02 || return
    local side
    for side in a b; do
        local ns=${!side}
        # No background traffic: no router solicitation, no duplicate address detection.
        ip netns exec "$ns" sh -c "echo 1 >/proc/sys/net/ipv6/conf/v$side/disable_ipv6" || return
        ip -n "$ns" link set lo up
        ip -n "$ns" link set v$side up
    done
    ip -n $a addr add 10.9.0.1/24 dev va
    ip -n $b addr add 10.9.0.2/24 dev vb
    ip -n $a neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev va nud permanent
    ip -n $b neigh add 10.9.0.1 lladdr 02:00:00:00:00:01 dev vb nud permanent
}
ip netns add $a 2>/dev/null && ip netns add $b && cable || skip "cannot make network namespaces here"

in_a() { ip netns exec $a "$@"; }
in_b() { ip netns exec $b "$@"; }

# until_true SECONDS COMMAND...: waits until the command succeeds.
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || return 1
        nap 0.05
    done
}

# start NAME COMMAND...: runs it in the background; NAME_pid is its pid. Output goes to NAME.out and NAME.err.
start() {
    local name=$1
    shift
    "$@" >"$name.out" 2>"$name.err" </dev/null &
    printf -v "${name}_pid" '%s' $!
    started+=($!)
}

# live ARGUMENTS...: runs taplight on side a in its own session, so without a terminal; waits until it captures.
live() {
    ran="taplight $*"
    : >err
    # Background jobs of a shell ignore SIGINT.
    ip netns exec $a env --default-signal=INT setsid "$TAPLIGHT" "$@" >out 2>err </dev/null &
    live_pid=$!
    started+=($!)
    until_true 20 grep -qE 'capturing on|waiting for it' err || fail "$ran: does not start: $(cat err)"
}

# live_ends [SIGNAL]: waits for the end; sets rc.
live_ends() {
    [[ -z ${1-} ]] || kill "-$1" "$live_pid"
    until_true 20 gone "$live_pid" || {
        fail "$ran: does not end"
        kill -KILL "$live_pid"
    }
    rc=0
    wait "$live_pid" 2>/dev/null || rc=$?
}
gone() { ! kill -0 "$1" 2>/dev/null; }

# ping_b COUNT: sends echo requests from b to a, in a burst.
ping_b() { in_b ping -q -c "$1" -i 0.002 10.9.0.1 >/dev/null || fail "ping does not get through"; }

# Prints the number of packets in the files.
packets_of() {
    local file sum=0
    for file in "$@"; do sum=$((sum + $("$TAPLIGHT" -q -r "$file" --count))) || return 1; done
    echo $sum
}

# holds FILE COUNT: the file has at least COUNT packets.
holds() { (($(packets_of "$1") >= $2)); }

# tagged_packets: writes send.py, which sends six UDP packets from b, to ports 53 and 99 with 0, 1 and 2 VLAN tags. The
# payload is the port and the number of tags.
tagged_packets() {
    cat >send.py <<'END'
import socket, struct
def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    return ~(total + (total >> 16)) & 0xffff
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("vb", 0))
for port in 53, 99:
    for tags in 0, 1, 2:
        data = f"port {port} tags {tags}".encode().ljust(20)
        head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(data), 0, 0, 64, 17, 0, bytes([10, 9, 0, 2]), bytes([10, 9, 0, 1]))
        ip = head[:10] + struct.pack(">H", checksum(head)) + head[12:] + struct.pack(">HHHH", 4000, port, 8 + len(data), 0) + data
        tag = [b"", struct.pack(">HH", 0x8100, 7), struct.pack(">HHHH", 0x88a8, 5, 0x8100, 7)][tags]
        s.send(bytes([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]) + tag + struct.pack(">H", 0x0800) + ip)
END
}
