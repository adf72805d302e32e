#!/usr/bin/env bash
# Records the captured samples: real servers and clients in network namespaces, tcpdump on the veth between them.
# Usage, as root: capture.sh [OUTDIR]        (all of them; takes about three minutes)
#        capture.sh --list                   (prints the rows of the README)
# ONLY=http/ records only files whose names start with http/.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$here list=
case ${1-} in
--list) list=yes ;;
?*) out=$(realpath -m "$1") ;;
esac
python=$(command -v /usr/bin/python3 || command -v python3)
tmp=
pids=()

say() { printf '%s\n' "$*" >&2; }
# Background processes are started with ip directly, not with these functions: $! must be their own pid.
in_a() { ip netns exec tlcap-a "$@"; }
in_b() { ip netns exec tlcap-b "$@"; }
peer() { in_a "$python" "$here/capture_peers.py" "$1"; }
ask() { in_a dig @10.77.0.2 +tries=1 +time=2 "$@" >"$tmp/dig.out" 2>&1 || true; }

cleanup() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for ns in tlcap-a tlcap-b tlcap-c; do ip netns del "$ns" 2>/dev/null || true; done
    [ -z "$tmp" ] || rm -rf "$tmp"
}

setup() {
    for tool in ip tcpdump named dig dnssec-signzone dnssec-keygen ping traceroute ethtool nft curl nginx tinyproxy; do
        command -v "$tool" >/dev/null || { say "capture.sh: $tool is missing (see README.md)"; exit 1; }
    done
    trap cleanup EXIT
    trap 'exit 1' INT TERM
    tmp=$(mktemp -d)
    chmod 755 "$tmp"
    for ns in a b c; do
        ip netns add "tlcap-$ns"
        ip -n "tlcap-$ns" link set lo up
    done
    ip -n tlcap-a link add tlcap0 address 02:77:00:00:00:01 type veth peer name tlcap1 address 02:77:00:00:00:02 netns tlcap-b
    ip -n tlcap-b link add tlcap2 address 02:78:00:00:00:01 type veth peer name tlcap3 address 02:78:00:00:00:02 netns tlcap-c
    for at in a:tlcap0:77:1 b:tlcap1:77:2 b:tlcap2:78:1 c:tlcap3:78:2; do
        IFS=: read -r ns dev net host <<<"$at"
        ip -n "tlcap-$ns" addr add "10.$net.0.$host/24" dev "$dev"
        ip -n "tlcap-$ns" addr add "fd00:$net::$host/64" dev "$dev" nodad
        ip -n "tlcap-$ns" link set "$dev" up
        ip netns exec "tlcap-$ns" ethtool -K "$dev" tx off tso off gso off gro off >/dev/null 2>&1 || true
    done
    in_b sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    for ns in a b; do ip netns exec "tlcap-$ns" sysctl -qw net.ipv4.tcp_fastopen=3; done
    ip -n tlcap-a route add default via 10.77.0.2
    ip -n tlcap-a -6 route add default via fd00:77::2
    ip -n tlcap-c route add default via 10.78.0.1
    ip -n tlcap-c -6 route add default via fd00:78::1
    in_b nft -f - <<'NFT'
table inet tlcap {
    chain input { type filter hook input priority 0; tcp dport 9999 drop; }
}
NFT
}

# Waits until a command succeeds, for at most 10 s.
until_ready() {
    for _ in $(seq 100); do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.1
    done
    say "capture.sh: not ready: $*"
    exit 1
}

make_zones() {
    local z=$tmp/zones
    mkdir "$z"
    cat >"$z/example.test" <<'ZONE'
$TTL 300
@       SOA ns.example.test. host\.master.example.test. 2023111401 7200 900 1209600 300
@       NS ns
@       MX 10 mail
@       MX 20 backup.example.org.
@       CAA 0 issue "ca.example.net; policy=ev"
@       CAA 128 iodef "mailto:security@example.test"
@       TXT "v=spf1 ip4:10.77.0.0/24 -all"
ns      A 10.77.0.2
ns      AAAA fd00:77::2
www     A 10.77.0.2
www     A 10.77.0.3
www     AAAA fd00:77::2
alias   CNAME www
chain   CNAME alias
mail    A 10.77.0.2
txt     TXT "one string" "another with \"quotes\" and a \\ backslash" "" "caf\195\169"
long    TXT ( "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" "end" )
_sip._udp SRV 10 60 5060 mail
_sip._udp SRV 20 0 5061 ns
naptr   NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.test!" .
naptr   NAPTR 102 10 "s" "SIP+D2U" "" _sip._udp
_443._tcp.www TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
svc     HTTPS 1 . alpn="h2,h3" port=8443 ipv4hint=10.77.0.2,10.77.0.3 ipv6hint=fd00:77::2
svc     SVCB 0 www
_dns.svc SVCB 1 ns alpn=dot mandatory=alpn key65333=ex
host    SSHFP 4 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
host    HINFO "PDP-11" "UNIX"
host    LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
host    RP admin.example.test. txt.example.test.
host    URI 10 1 "https://www.example.test/path"
host    DNAME elsewhere.test.
odd     TYPE65534 \# 5 0102030405
odd     TYPE1000 \# 0
odd     APL 1:10.77.0.0/16 !1:10.77.3.0/24
odd     CERT PKIX 1 8 AQIDBA==
odd     EUI48 02-77-00-00-00-01
odd     OPENPGPKEY AQIDBAUGBwg=
sub     NS ns.sub
ns.sub  A 10.77.0.99
*.wild  A 10.77.0.50
ZONE
    cat >"$z/reverse" <<'ZONE'
$TTL 300
@ SOA ns.example.test. hostmaster.example.test. 1 7200 900 1209600 300
@ NS ns.example.test.
2 PTR www.example.test.
ZONE
    { printf '$TTL 60\n@ SOA ns.example.test. hostmaster.example.test. 7 7200 900 1209600 300\n@ NS ns.example.test.\n'
      for n in $(seq 300); do printf 'host%03d A 10.77.%d.%d\n' "$n" $((n / 200)) $((n % 200 + 1)); done
      for n in $(seq 24); do printf 'many TXT "record %02d of a set that fits no datagram of 512 bytes, nor the usual 1232 of them"\n' "$n"; done
    } >"$z/big.test"
    for kind in "" 3; do
        (
            cd "$z"
            printf '$TTL 300\n@ SOA ns.example.test. hostmaster.example.test. 1 7200 900 1209600 300\n@ NS ns.example.test.\n' >"signed$kind.test"
            printf 'www A 10.77.0.2\nsub NS ns.sub\nns.sub A 10.77.0.9\nsub DS 12345 13 2 %064d\n' 7 >>"signed$kind.test"
            for flag in "" "-f KSK"; do
                # shellcheck disable=SC2086
                cat "$(dnssec-keygen -q -a ECDSAP256SHA256 $flag "signed$kind.test").key" >>"signed$kind.test"
            done
            dnssec-signzone -q -o "signed$kind.test" ${kind:+-3 aabb} "signed$kind.test" >/dev/null
        )
    done
    cat >"$tmp/named.conf" <<CONF
options {
    directory "$tmp"; pid-file none; session-keyfile none; lock-file none;
    listen-on { 10.77.0.2; }; listen-on-v6 { any; };
    recursion no; allow-transfer { any; }; dnssec-validation no; max-udp-size 4096; notify no; querylog no;
};
controls { };
zone "example.test" { type primary; file "zones/example.test"; check-names ignore; allow-update { any; }; };
zone "0.77.10.in-addr.arpa" { type primary; file "zones/reverse"; };
zone "big.test" { type primary; file "zones/big.test"; };
zone "signed.test" { type primary; file "zones/signed.test.signed"; };
zone "signed3.test" { type primary; file "zones/signed3.test.signed"; };
zone "broken.test" { type secondary; file "zones/none"; primaries { 10.77.0.2 port 9998; }; };
CONF
}

start_servers() {
    make_zones
    ip netns exec tlcap-b named -g -c "$tmp/named.conf" 2>"$tmp/named.log" &
    pids+=($!)
    mkdir -p "$tmp/www/sub" "$tmp/nginx"
    printf '<!doctype html><title>Sample</title><p>A page.\n' >"$tmp/www/index.html"
    for n in $(seq 150); do printf '{"line":%d,"text":"the same words again"}\n' "$n"; done >"$tmp/www/data.json"
    head -c 6000 /dev/zero | tr '\0' 'x' >"$tmp/www/plain.bin"
    printf 'a private page\n' >"$tmp/www/private"
    printf 'user:%s\n' '{PLAIN}sample' >"$tmp/users"
    cat >"$tmp/nginx.conf" <<CONF
daemon off; master_process off; pid $tmp/nginx/pid; error_log $tmp/nginx/error.log;
events { }
http {
    access_log off; default_type application/octet-stream;
    types { text/html html; application/json json; }
    client_body_temp_path $tmp/nginx/b; proxy_temp_path $tmp/nginx/p; fastcgi_temp_path $tmp/nginx/f;
    uwsgi_temp_path $tmp/nginx/u; scgi_temp_path $tmp/nginx/s;
    gzip on; gzip_types application/json; gzip_min_length 100;
    server {
        listen 80; listen [::]:80; root $tmp/www;
        location /old { return 301 /index.html; }
        location /post { return 201 "stored\n"; }
        location /private { auth_basic "sample"; auth_basic_user_file $tmp/users; }
        location /cookie { add_header Set-Cookie "session=1"; return 200 "ok\n"; }
    }
}
CONF
    ip netns exec tlcap-b nginx -c "$tmp/nginx.conf" -p "$tmp/nginx" 2>"$tmp/nginx/start.log" &
    pids+=($!)
    ip netns exec tlcap-b "$python" "$here/capture_peers.py" serve >"$tmp/peers.out" 2>"$tmp/peers.err" &
    pids+=($!)
    until_ready grep -q ready "$tmp/peers.out"
    until_ready in_a curl -s -o /dev/null http://10.77.0.2/
    until_ready grep -q 'running' "$tmp/named.log"
    until_ready in_a dig @10.77.0.2 +tries=1 +time=1 www.example.test
}

# wanted FOLDER/: is any sample of the folder to be recorded? Its servers are started only then.
wanted() { [ -z "$list" ] && [[ ${ONLY-} == "$1"* || $1 == "${ONLY-}"* ]]; }

# cap FILE HOLDS FILTER COMMAND..: records while the command runs; FILTER may be empty.
cap() {
    local file=$1 holds=$2 filter=$3 pid
    shift 3
    if [ -n "$list" ]; then
        printf '| `%s` | %s |\n' "$file" "$holds"
        return
    fi
    [[ $file == "${ONLY-}"* ]] || return 0
    say "$file"
    mkdir -p "$(dirname "$out/$file")"
    : >"$tmp/tcpdump.err"
    # shellcheck disable=SC2086
    ip netns exec tlcap-a tcpdump -i "${on-tlcap0}" -U --immediate-mode -s 0 -Z root -w "$out/$file" $filter 2>"$tmp/tcpdump.err" &
    pid=$!
    until_ready grep -q listening "$tmp/tcpdump.err"
    "$@" || true
    sleep 0.3
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" || true
}

both_offloads() {
    in_a ethtool -K tlcap0 tx "$1" tso "$1" gso "$1" >/dev/null 2>&1 || true
    in_b ethtool -K tlcap1 tx "$1" tso "$1" gso "$1" >/dev/null 2>&1 || true
}
flush_neighbours() { ip -n tlcap-a neigh flush dev tlcap0; ip -n tlcap-b neigh flush dev tlcap1; }

dns_types() {
    ask +noedns www.example.test A www.example.test AAAA example.test MX txt.example.test TXT _sip._udp.example.test SRV \
        example.test CAA naptr.example.test NAPTR example.test SOA -x 10.77.0.2 _443._tcp.www.example.test TLSA \
        svc.example.test HTTPS svc.example.test SVCB _dns.svc.example.test SVCB example.test NS alias.example.test CNAME
}
dns_rare_types() {
    ask +noedns host.example.test SSHFP host.example.test HINFO host.example.test LOC host.example.test RP host.example.test URI \
        host.example.test DNAME odd.example.test TYPE65534 odd.example.test TYPE1000 odd.example.test APL odd.example.test CERT \
        odd.example.test EUI48 odd.example.test OPENPGPKEY odd.example.test ANY www.example.test TYPE999 version.bind CH TXT
}
dns_names() { ask chain.example.test A below.host.example.test A x.wild.example.test A y.sub.example.test A WwW.ExAmPlE.tEsT A; }
dns_errors() {
    ask nothing.example.test A txt.example.test A www.elsewhere.test A www.broken.test A
    ask +header-only www.example.test
    ask +opcode=notify example.test SOA
    ask +opcode=9 example.test A
    ask +edns=1 +noednsnegotiation www.example.test A
}
dns_edns() {
    ask +cookie www.example.test A
    ask +cookie=0123456789abcdef www.example.test AAAA
    ask +subnet=10.1.2.0/24 www.example.test A
    ask +subnet=fd00:1::/56 +nsid +expire www.example.test A
    ask +dnssec +bufsize=1400 +padding=64 www.example.test A
    ask +ednsopt=65001:cafe +noadflag +cdflag www.example.test A
    ask +tcp +keepalive www.example.test A
}
dns_tcp() { ask +tcp www.example.test A +tcp txt.example.test TXT; }
dns_keepopen() { ask +tcp +keepopen www.example.test A example.test MX txt.example.test TXT nothing.example.test A; }
dns_axfr() { ask big.test AXFR; }
dns_truncated() { ask +bufsize=512 many.big.test TXT; }
dns_fragmented() { ask +bufsize=4096 many.big.test TXT; }
dns_v6() { in_a dig @fd00:77::2 +tries=1 +time=2 www.example.test AAAA +tcp example.test MX >"$tmp/dig.out" 2>&1 || true; }
dns_dnssec() {
    ask +dnssec signed.test DNSKEY www.signed.test A sub.signed.test DS none.signed.test A www.signed.test MX
    ask +dnssec signed3.test NSEC3PARAM none.signed3.test A www.signed3.test AAAA x.sub.signed3.test A
}
dns_update() {
    printf 'server 10.77.0.2\nzone example.test\nupdate add new.example.test 60 A 10.77.0.60\nsend\n' | in_a nsupdate || true
    printf 'server 10.77.0.2\nzone example.test\nprereq nxdomain new.example.test\nupdate delete new.example.test\nsend\n' |
        in_a nsupdate 2>/dev/null || true
    ask new.example.test A
}
dns_silent() { in_a dig @10.77.0.77 +tries=2 +time=1 nobody.example.test >"$tmp/dig.out" 2>&1 || true; }
mdns() {
    local pid
    ip netns exec tlcap-b "$python" "$here/capture_peers.py" mdns_b >"$tmp/mdns.out" &
    pid=$!
    until_ready grep -q ready "$tmp/mdns.out"
    peer mdns_a
    wait "$pid"
}
pings() { in_a ping -nq -c 3 -i 0.2 10.77.0.2; in_a ping -nq -c 1 -p ff -s 1 10.78.0.2; in_a ping -nq -c 1 -w 4 10.78.0.9; } >"$tmp/ping.out"
pings6() { in_a ping -6 -nq -c 3 -i 0.2 fd00:77::2; in_a ping -6 -nq -c 2 -W 1 fd00:99::1; } >"$tmp/ping.out"
ping_fragments() { in_a ping -nq -c 2 -i 0.2 -s 4000 10.77.0.2 >"$tmp/ping.out"; }
ping6_fragments() { in_a ping -6 -nq -c 2 -i 0.2 -s 4000 fd00:77::2 >"$tmp/ping.out"; }
trace() { in_a traceroute -n -q 1 -w 1 "$@" >"$tmp/trace.out"; }
trace_all() { trace 10.78.0.2; trace -I 10.78.0.2; trace -T -p 80 10.78.0.2; }
trace6_all() { trace -6 fd00:78::2; trace -6 -I fd00:78::2; }
neighbours() {
    flush_neighbours
    in_a ping -nq -c 1 10.77.0.2 >/dev/null
    in_a ping -6 -nq -c 1 fd00:77::2 >/dev/null
    in_a ping -nq -c 1 -W 1 10.77.0.77 >/dev/null || true
    ip -n tlcap-a addr add fd00:77::55/64 dev tlcap0 # with duplicate address detection
    sleep 2
    ip -n tlcap-a addr del fd00:77::55/64 dev tlcap0
}
lossy() {
    in_b nft "add chain inet tlcap lossy { type filter hook $1 priority 0; }; add rule inet tlcap lossy tcp $2 $3 meta length > 200 numgen inc mod 9 == 4 drop"
    peer "$4"
    sleep 0.5
    in_b nft "flush chain inet tlcap lossy; delete chain inet tlcap lossy"
}
upload_lossy() { lossy input dport 9001 upload; }
download_lossy() { lossy output sport 9009 download; }
offloaded() { both_offloads on; in_a curl -s -o /dev/null http://10.77.0.2/plain.bin; ask www.example.test; both_offloads off; }
slow_pid=
slow() { peer slow & slow_pid=$!; sleep 0.5; }
left_open() { slow; }
from_the_middle() { wait "$slow_pid"; }
fetch() { in_a curl -s "$@" >/dev/null || true; }
http() {
    local u=http://10.77.0.2
    fetch $u/ $u/data.json $u/missing $u/old
    fetch -H 'Accept-Encoding: gzip' -A 'sample/1.0' -e $u/ -b 'a=1; b=2' "$u/data.json?q=caf%C3%A9&x=1"
    fetch -d 'name=value&other=1' $u/post
    fetch -X POST -H 'Transfer-Encoding: chunked' -H 'Content-Type: text/plain' -d 'in pieces' $u/post
    fetch -r 100-199 $u/plain.bin
    fetch -I $u/index.html
    fetch -u user:sample $u/private
    fetch $u/private
    fetch -0 $u/cookie
    fetch -X DELETE -H 'Origin: http://other.test' $u/index.html
    fetch -H 'Expect: 100-continue' -d 'waits' $u/post
    fetch 'http://[fd00:77::2]/'
}
minute() {
    dns_types
    fetch http://10.77.0.2/ http://10.77.0.2/data.json http://10.77.0.2/missing
    ip netns exec tlcap-a ping -nq -c 10 -i 1 10.77.0.2 >/dev/null &
    local ping_pid=$!
    sleep 2
    dns_edns
    peer smtp
    sleep 6
    dns_errors
    fetch 'http://[fd00:77::2]/plain.bin'
    sleep 6
    dns_keepopen
    ask big.test AXFR
    wait "$ping_pid"
    in_a ping -6 -nq -c 3 -i 0.5 -s 3000 fd00:77::2 >/dev/null
    dns_fragmented
    dns_truncated
    sleep 6
    peer refused
    peer reset_by_b
    peer half_close
    trace_all
    sleep 11
    http
    dns_dnssec
    sleep 11
    peer close_a6
    mdns
    neighbours
    dns_silent
    peer no_answer
    peer zero_window
    dns_names
    fetch http://10.77.0.2/data.json
}

[ -n "$list" ] || { setup; start_servers; }

dns='port 53 or (ip[6:2] & 0x1fff != 0)'
cap dns/types.pcap "named and dig: A AAAA MX TXT SRV CAA NAPTR SOA PTR TLSA HTTPS SVCB NS CNAME, without EDNS" "$dns" dns_types
cap dns/rare-types.pcap "SSHFP HINFO LOC RP URI DNAME APL CERT EUI48 OPENPGPKEY ANY, TYPE65534 TYPE1000 TYPE999, CHAOS" "$dns" dns_rare_types
cap dns/names.pcap "CNAME chain, DNAME, wildcard, delegation, mixed case" "$dns" dns_names
cap dns/errors.pcap "NXDOMAIN, no data, REFUSED, SERVFAIL, header only, NOTIFY, opcode 9, BADVERS" "$dns" dns_errors
cap dns/edns.pcap "EDNS: cookies, client subnet v4 and v6, NSID, expire, padding, an unknown option, DO, CD, keepalive over TCP" "$dns" dns_edns
cap dns/tcp.pcap "two queries over TCP, one connection each" "$dns" dns_tcp
cap dns/tcp-keepopen-real.pcap "four queries on one TCP connection" "$dns" dns_keepopen
cap dns/axfr.pcap "transfer of a zone of 327 records" "$dns" dns_axfr
cap dns/truncated.pcap "an answer with TC over UDP, then the same over TCP" "$dns" dns_truncated
cap dns/fragmented.pcap "a 2 KB answer over UDP in two IPv4 fragments" "$dns" dns_fragmented
cap dns/ipv6.pcap "UDP and TCP over IPv6" "$dns" dns_v6
cap dns/dnssec.pcap "signed zones: DNSKEY RRSIG DS NSEC NSEC3 NSEC3PARAM" "$dns" dns_dnssec
cap dns/update.pcap "dynamic updates, one refused by its prerequisite (YXDOMAIN)" "$dns" dns_update
cap dns/unanswered.pcap "queries to an unused address: only ARP; then an answered one" "" eval 'dns_silent; ask www.example.test'
cap dns/mdns-llmnr.pcap "multicast DNS queries and answers over IPv4, queries over IPv6; the same for LLMNR" "udp" mdns
cap icmp/ping.pcap "ping: answered, 1 byte of pattern through a router, unanswered, unreachable" "icmp" pings
cap icmp/ping6.pcap "ping -6: answered, no route" "icmp6" pings6
cap icmp/ping-fragments.pcap "ping of 4000 bytes in IPv4 fragments" "icmp or (ip[6:2] & 0x3fff != 0)" ping_fragments
cap icmp/ping6-fragments.pcap "ping -6 of 4000 bytes in IPv6 fragments" "ip6" ping6_fragments
cap icmp/traceroute.pcap "traceroute with UDP, ICMP and TCP over one router" "ip" trace_all
cap icmp/traceroute6.pcap "traceroute -6 with UDP and ICMP" "ip6" trace6_all
cap link/neighbours.pcap "ARP requests, answered and unanswered; neighbour discovery, duplicate address detection" "" neighbours
cap ip/multicast-joins.pcap "IGMPv3 and MLDv2 reports: join, source-specific join, leave" "igmp or ip6" peer joins
cap tcp/real-close-a.pcap "client closes first: SF" "tcp port 9001" peer close_a
cap tcp/real-close-a-v6.pcap "the same over IPv6" "ip6 and tcp port 9001" peer close_a6
cap tcp/real-close-b.pcap "server closes first: SF" "tcp port 9002" peer close_b
cap tcp/real-close-both.pcap "both close at about the same time: SF" "tcp port 9008" peer close_both
cap tcp/real-reset-by-server.pcap "server resets (SO_LINGER 0): RSTR" "tcp port 9003" peer reset_by_b
cap tcp/real-reset-by-client.pcap "client resets (SO_LINGER 0): RSTO" "tcp port 9001" peer reset_by_a
cap tcp/real-refused.pcap "closed port, IPv4 and IPv6: REJ" "tcp port 9998" peer refused
cap tcp/real-no-answer.pcap "dropped by the server's firewall: three SYNs, S0" "tcp port 9999" peer no_answer
cap tcp/real-half-close.pcap "client closes its side, server keeps sending: SF" "tcp port 9004" peer half_close
cap tcp/real-zero-window.pcap "server does not read for 2.5 s: zero window, probes, update" "tcp port 9005" peer zero_window
cap tcp/real-urgent.pcap "one byte of urgent data" "tcp port 9006" peer urgent
cap tcp/real-keep-alive.pcap "keep-alives of an idle connection" "tcp port 9007" peer keep_alive
cap tcp/real-fast-open.pcap "fast open: cookie request, then data in the SYN" "tcp port 9010" peer fast_open
cap tcp/real-upload-lossy.pcap "40 KB to the server, every ninth large segment lost after the tap: retransmissions, SACK" "tcp port 9001" upload_lossy
cap tcp/real-download-lossy.pcap "40 KB from the server over a lossy path; no segment was lost in this recording" "tcp port 9009" download_lossy
cap tcp/real-left-open.pcap "still open when the capture ends: S1" "tcp port 9011" left_open
cap tcp/real-from-the-middle.pcap "the rest of that connection, from after the handshake" "tcp port 9011" from_the_middle
cap tcp/real-one-sided.pcap "only the client's side" "tcp port 9002 and src host 10.77.0.1" peer close_b
cap tcp/real-offloaded.pcap "HTTP and DNS with checksum and segmentation offload: A's checksums are not filled in" "ip" offloaded
cap http/session.pcap "nginx and curl: GETs on one connection, 404, 301, gzip, query, cookies, POST, chunked, range, HEAD, basic auth, HTTP/1.0, DELETE, 100-continue, IPv6" "tcp port 80" http
cap smtp/session.pcap "two messages in a session: EHLO, AUTH PLAIN, pipelining, a refused recipient, an attachment, an encoded subject" "tcp port 25" peer smtp
# shellcheck source=samples/capture_http.sh
. "$here/capture_http.sh"
# shellcheck source=samples/capture_http2.sh
. "$here/capture_http2.sh"
# shellcheck source=samples/capture_smtp.sh
. "$here/capture_smtp.sh"
# shellcheck source=samples/capture_tftp.sh
. "$here/capture_tftp.sh"
# shellcheck source=samples/capture_socks.sh
. "$here/capture_socks.sh"
# shellcheck source=samples/capture_ftp.sh
. "$here/capture_ftp.sh"
# shellcheck source=samples/capture_tls.sh
. "$here/capture_tls.sh"
# shellcheck source=samples/capture_dovecot.sh
. "$here/capture_dovecot.sh"
# shellcheck source=samples/capture_decrypt.sh
. "$here/capture_decrypt.sh"
# shellcheck source=samples/capture_quic.sh
. "$here/capture_quic.sh"
# shellcheck source=samples/capture_dtls.sh
. "$here/capture_dtls.sh"
# shellcheck source=samples/capture_ssh.sh
. "$here/capture_ssh.sh"
# shellcheck source=samples/capture_services.sh
. "$here/capture_services.sh"
# shellcheck source=samples/capture_databases.sh
. "$here/capture_databases.sh"
# shellcheck source=samples/capture_voice.sh
. "$here/capture_voice.sh"
# shellcheck source=samples/capture_directory.sh
. "$here/capture_directory.sh"
on=any cap link/sll2-any.pcap "tcpdump -i any: a ping and a DNS query in Linux cooked version 2" "port 53 or icmp" eval 'ask www.example.test; in_a ping -nq -c 1 10.77.0.2 >/dev/null'
cap showcase.pcap "a minute of mixed traffic from most of the above, for demonstrations" "" minute
