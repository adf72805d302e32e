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
    in_a timeout -s INT 60 strace --seccomp-bpf -ff -o calls -e trace=socket,connect,sendto,sendmsg,sendmmsg,write,writev \
        "$TAPLIGHT" "$@" >out 2>err </dev/null || fail "$ran: exit code $?: $(cat err)"
    judge
}
# judge: what the calls of the last command were.
judge() {
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
# Every option of the table is in one of these commands; $sample is read if none names an input.
: >empty
echo 'ip' >bpf
echo "$sample" >files
echo '--json' >options
mkdir geo
python3 -I -S "$SOURCE/tests/cli/mmdb.py" geo/country.mmdb GeoLite2-Country 24 6 1 <<<'{ "192.0.2.0/24": { "country": { "iso_code": "NZ" } } }'
cp "$SOURCE/samples/dns/pairing.pcap" copy.pcap
openssl genrsa -traditional -out key.pem 1024 2>/dev/null || cp "$(ls "$SOURCE"/samples/*/*.pem 2>/dev/null | head -1)" key.pem 2>/dev/null
printf 'CLIENT_RANDOM %064d %096d\n' 1 2 >keys
traced -r copy.pcap -w secrets.pcapng --inject-secrets keys
cat >commands <<'END'
--text -# -S -l --color --print -w written.pcap -t --hosts hosts -n -E header=y
--text -N dn -X
--text -A -e -c 3 -o text
--columns frame.number,ip.src -c 3
-v -x --show-secrets -d udp.port==5353,dns -Y dns -K
-V -O dns --checksums strict
-T fields -e ip.src -E separator=, -q
--json --no-meta --json-sep / --dns-sections --workers 2 --mem 64M -o records
--json=packets --tcp-timeout 9 --tcp-attempt-timeout 9 --tcp-closed-timeout 9 --tcp-login-timeout 9 --udp-timeout 9 --icmp-timeout 9 --dns-timeout 9
--csv dns
--options options --metrics :0
--count
--json --geoip geo
-z io,phs
-f udp -w bpf.pcap -C 1 -W 2
-F bpf --streams streams --gaps skip
--extract-files extracted --extract-match seen_bytes>0 --hash sha256
--split-records records.d
--index -r copy.pcap
--extract conn.duration>=0 -w flows.pcap
--assert count(dns)>0 --assert-format tap
--dump-bpf port 53
--resolve --count port 53
--exact-filter -f udp --count
--keylog empty --rsa-key key.pem --count
--file-list files --count
--follow -c 3 --count
--fields=dns
--schema
--print-config
--version
-h
-D
-i va -L
END
: >live
for arguments in '-i va -c 10 --text -N dn' '-i va -c 10 -f icmp -w captured.pcap' '-i va -c 10 -v -s 96 -p -B 2M --immediate --wait --stats-interval 1 -Z root' \
    '-i va -a packets:10 -y EN10MB -Q in --count' \
    '-i va -c 10 -w turned.pcap -G 60 -b files:2 --after-file true -U --align'; do
    echo "$arguments" >>live
done
"$TAPLIGHT" --generate man | grep -A1 '^\.TP' | sed -n 's/^\\fB//p' | sed 's/\\-/-/g; s/\\f.//g; s/[[ ].*//; s/,$//' >table
echo '--view --color-rules --inject-secrets --help' >viewed
echo '-i va -c 10 --capture-threads 2 --count' >>live
echo "-i va -c 10 --process --json -o processes --netns $a" >>live
# --container is --netns with another way to find it: tests/live/process.sh has it.
# Records go to a server that the user names: the only options that send while reading.
echo '--to --sensor --spool --spool-size --spool-full --to-wait --container' >sent
while read -r option; do
    grep -qE -- "(^| )$option( |=|\$)" commands live viewed sent || fail "no command of this test has the option $option"
done <table
[[ $(wc -l <table) -ge 90 ]] || fail "the table has $(wc -l <table) options"
while read -ra words; do
    case " ${words[*]}" in
    *' -r '* | *' -D' | *--file-list* | *' -i '* | *--fields* | *--schema | *--version | *-h | *--print-config) traced "${words[@]}" ;;
    *) traced -r "$sample" "${words[@]}" ;;
    esac
done <commands
traced send -w made.pcap 'ip(10.9.0.2)/udp/dns'
# A live capture, with names, while packets come.
start noise in_b ping -q -i 0.05 -c 400 10.9.0.1
while read -r arguments; do
    # shellcheck disable=SC2086
    traced $arguments
done <live
# The view, with a terminal of script(1): it opens, of a file and live, and q ends it.
if type -P script >/dev/null; then
    for arguments in "-r $sample --color-rules empty" '-i va --view -w viewed.pcap'; do
        ran="taplight $arguments on a terminal"
        rm -f calls*
        (sleep 2; printf q; sleep 0.5; printf y; sleep 0.5) | in_a env TERM=xterm-256color timeout -s INT 30 script -qc \
            "strace -ff -o $PWD/calls -e trace=socket,connect,sendto,sendmsg,sendmmsg,write,writev '$TAPLIGHT' $arguments" screen >/dev/null 2>&1
        grep -qE 'Source|packets' screen || fail "$ran: no view on the screen: $(tail -c 300 screen)"
        judge
    done
fi
[[ $("$TAPLIGHT" -q -r captured.pcap --count) == 10 ]] || fail 'the live capture got nothing'
# The test finds a program that sends.
rm -f calls*
in_a strace -ff -o calls -e trace=sendto,sendmsg,sendmmsg "$TAPLIGHT" send -q 'ip(10.9.0.2)/udp' 2>/dev/null
grep -qhE 'send(to|msg|mmsg)\(.*AF_PACKET' calls* || fail 'taplight send: strace saw no packet leave'
done_testing
