#!/usr/bin/env bash
# No reading command sends: strace over all of them finds no datagram, and no packet or internet socket that is written to.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs strace
strace -o /dev/null true 2>/dev/null || skip 'strace may not trace here'

cp "$SOURCE/samples/dns/pairing.pcap" sample.pcap # --index writes beside it
sample=$PWD/sample.pcap
echo '192.0.2.1 host.example' >hosts
# traced ARGUMENTS...: what sends. Netlink asks the kernel, a unix socket a process of this host: neither is a packet.
traced() {
    ran="taplight $*"
    rm -f calls*
    # -ff: a file for each thread, so that a call is a line.
    in_a timeout -s INT 60 strace -ff -o calls -e trace=socket,connect,sendto,sendmsg,sendmmsg,write,writev \
        "$TAPLIGHT" "$@" >out 2>err </dev/null || fail "$ran: exit code $?: $(cat err)"
    [[ -s $(ls calls* | head -1) ]] || fail "$ran: strace saw nothing"
    # Sockets of the internet that only ask about interfaces (ioctl) have no address; none is connected.
    if grep -hE 'connect\(.*AF_INET|send(to|msg|mmsg)\(.*(AF_INET|AF_PACKET)' calls*; then
        fail "$ran: sends, see above"
    fi
    # A packet or raw socket is not written to.
    for file in calls*; do
        for fd in $(sed -nE 's/^socket\((AF_PACKET|AF_INET6?, SOCK_RAW).* = ([0-9]+)$/\2/p' "$file" | sort -u); do
            grep -hE "^(sendto|sendmsg|sendmmsg|write|writev)\($fd, " "$file" && fail "$ran: writes to socket $fd"
        done
    done
}
for arguments in '--text' '-v' '-x' '--json' '--json=packets' '-T fields -e ip.src -e dns.qry.name' '--csv dns' '--count' \
    '-z io,phs' '-N dn --text' '--hosts hosts -v' '-f udp -w written.pcap' '-Y dns --json=packets' '--index' '--extract-files files' \
    '--streams streams' '--dump-bpf port 53'; do
    # shellcheck disable=SC2086
    traced -r "$sample" $arguments
done
for arguments in '--help' '--version' '--schema' '--fields' '-D' '-i va -L' '--print-config' "send -w made.pcap ip(10.9.0.2)/udp/dns"; do
    # shellcheck disable=SC2086
    traced $arguments
done
# A live capture, with names, while packets come.
start noise in_b ping -q -i 0.05 -c 100 10.9.0.1
traced -i va -c 10 --text -N dn
traced -i va -c 10 -f 'icmp' -w captured.pcap
traced -i va -c 10 -v
[[ $("$TAPLIGHT" -q -r captured.pcap --count) == 10 ]] || fail 'the live capture got nothing'
# The test finds a program that sends.
rm -f calls*
in_a strace -ff -o calls -e trace=sendto,sendmsg,sendmmsg "$TAPLIGHT" send -q 'ip(10.9.0.2)/udp' 2>/dev/null
grep -qhE 'send(to|msg|mmsg)\(.*AF_PACKET' calls* || fail 'taplight send: strace saw no packet leave'
done_testing
