#!/usr/bin/env bash
# capture_sctp.sh [OUTDIR] - samples of HTTP and of TLS over SCTP, in two network namespaces that a veth pair connects.
# The programs speak TCP to relays (sctp_relay.c) on their own side, which speak SCTP to each other.
# Needs root and (Debian 12): libusrsctp-dev gcc curl python3 openssl tcpdump wireshark-common.
out=$(realpath "${1:-samples}") ns=tlsc net=10.86.0
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=samples/pair.bash
source "$here/pair.bash"

gcc -O1 -pthread -o "$tmp/relay" "$here/sctp_relay.c" -lusrsctp || exit 1
mkdir "$tmp/www"
yes 'A line of a page that is longer than one packet.' | head -n 120 >"$tmp/www/page.txt"

# One association: its relays on both sides, and the client.
over_sctp() {
    local port=$1
    shift
    background b "$tmp/relay" leave "$port"
    background a "$tmp/relay" enter "$port" "$net.2"
    sleep 1
    "$@"
    sleep 2
}

background b python3 -m http.server -b 127.0.0.1 -d "$tmp/www" 80
sleep 1
get() { in_a curl -s -o "$tmp/got" http://127.0.0.1/page.txt; }
cap sctp/http.pcap 'ip proto 132' 1 over_sctp 80 get
cmp "$tmp/got" "$tmp/www/page.txt"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$tmp/key.pem" -out "$tmp/cert.pem" -days 3650 \
    -subj /CN=sctp.example.test 2>/dev/null
cd "$tmp/www" || exit 1
background b openssl s_server -accept 127.0.0.1:443 -key "$tmp/key.pem" -cert "$tmp/cert.pem" -WWW
sleep 1
get_tls() {
    (printf 'GET /page.txt HTTP/1.0\r\nHost: sctp.example.test\r\n\r\n' && sleep 1) |
        in_a openssl s_client -connect 127.0.0.1:443 -servername sctp.example.test -keylogfile "$tmp/keys" -quiet 2>/dev/null
}
cap sctp/tls.pcap 'ip proto 132' 1 over_sctp 443 get_tls
editcap --inject-secrets "tls,$tmp/keys" "$out/sctp/tls.pcap" "$out/sctp/tls.pcapng" && rm "$out/sctp/tls.pcap"
