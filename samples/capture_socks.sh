# capture_socks.sh - the SOCKS samples, sourced by capture.sh: dante and a small server with logins in b, curl and a
# client for what curl cannot ask in a. Needs: dante-server

start_socks() {
    command -v danted >/dev/null || { say "capture.sh: danted is missing (see README.md)"; exit 1; }
    cat >"$tmp/danted.conf" <<CONF
logoutput: $tmp/danted.log
internal: 10.77.0.2 port = 1080
external: tlcap1
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 10.77.0.0/24 to: 0.0.0.0/0 }
socks block { from: 0.0.0.0/0 to: 10.77.0.77/32 }
socks pass { from: 10.77.0.0/24 to: 0.0.0.0/0 }
CONF
    printf 'nameserver 10.77.0.2\n' >"$tmp/resolv.conf"
    ip netns exec tlcap-b unshare -m bash -c "mount --bind $tmp/resolv.conf /etc/resolv.conf; exec danted -f $tmp/danted.conf" 2>"$tmp/danted.err" &
    pids+=($!)
    ip netns exec tlcap-b "$python" "$here/capture_socks.py" serve >"$tmp/socks.out" 2>"$tmp/socks.err" &
    pids+=($!)
    until_ready in_a bash -c 'exec 3<>/dev/tcp/10.77.0.2/1080'
    until_ready in_a bash -c 'exec 3<>/dev/tcp/10.77.0.2/1081'
}
by_socks() { in_a curl -s -m 5 -o /dev/null "$@" || true; }
socks_ask() { in_a "$python" "$here/capture_socks.py" "$1"; }

socks_connect() {
    by_socks --socks4 10.77.0.2 http://10.77.0.2/
    by_socks --socks4a 10.77.0.2 http://mail.example.test/data.json
    by_socks --socks5 10.77.0.2 http://10.77.0.2/missing
    by_socks --socks5-hostname 10.77.0.2 http://ns.example.test/
}
socks_login() {
    by_socks --socks5 user:sample@10.77.0.2:1081 http://10.77.0.2/
    by_socks --socks5 user:wrong@10.77.0.2:1081 http://10.77.0.2/
}
socks_refused() {
    by_socks --socks4 10.77.0.2 http://10.77.0.77/
    by_socks --socks5 10.77.0.2 http://10.77.0.77/
    by_socks --socks5 10.77.0.2 http://10.77.0.2:9998/
    by_socks --socks5 10.77.0.2:1081 http://10.77.0.2/
}

! wanted socks/ || start_socks
cap socks/connect.pcap "dante and curl: HTTP through SOCKS 4, 5 with an address, 5 with a name; 4a refused" "tcp port 1080" socks_connect
cap socks/login.pcap "user and password on port 1081, right and wrong" "tcp port 1081" socks_login
cap socks/refused.pcap "dante refuses a host in SOCKS 4 and 5, a port is closed, no method is accepted" "tcp port 1080 or tcp port 1081" socks_refused
cap socks/associate.pcap "UDP ASSOCIATE: DNS queries through dante" "tcp port 1080 or udp" socks_ask associate
cap socks/bind.pcap "BIND: the client connects to the port that dante listens at" "tcp" socks_ask bind
