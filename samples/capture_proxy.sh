#!/usr/bin/env bash
# capture_proxy.sh [OUTDIR] - samples of the PROXY protocol (HAProxy in front of servers) and of L2TP (xl2tpd on both sides), in
# two network namespaces that a veth pair connects. Needs root and (Debian 12): haproxy curl openssl python3 xl2tpd tcpdump.
out=$(realpath "${1:-samples}") ns=tlpx net=10.93.0
# shellcheck source=samples/pair.bash
source "$(dirname "$0")/pair.bash"

cd "$tmp" || exit 1
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 3650 -subj /CN=client.example.test 2>/dev/null
cat cert.pem key.pem >both.pem
in_a ip -6 addr add fd00:93::1/64 dev ta nodad
in_b ip -6 addr add fd00:93::2/64 dev tb nodad
# HAProxy in a passes what comes at a's loopback on to the server in b; health checks are connections of its own.
cat >haproxy.cfg <<CONF
defaults
    mode tcp
    timeout connect 2s
    timeout client 5s
    timeout server 5s
listen v1
    bind 127.0.0.1:8001
    bind ::1:8001
    server b $net.2:8080 send-proxy
listen v2
    bind 127.0.0.1:8002
    bind ::1:8002
    server b $net.2:8080 send-proxy-v2
listen v2-ssl
    bind 127.0.0.1:8003 ssl crt $tmp/both.pem ca-file $tmp/cert.pem verify optional alpn http/1.1
    server b $net.2:8080 send-proxy-v2-ssl-cn proxy-v2-options ssl,cert-cn,ssl-cipher,cert-sig,cert-key,authority,crc32c,unique-id
    unique-id-format id-%rt
listen check
    bind 127.0.0.1:8004
    server b $net.2:8081 send-proxy-v2 check inter 1s check-send-proxy
listen to-tls
    bind 127.0.0.1:8005
    server b $net.2:8443 send-proxy-v2
CONF
# Servers that take the header off: HAProxy again, in front of one file.
cat >server.cfg <<CONF
defaults
    mode http
    timeout connect 2s
    timeout client 5s
    timeout server 5s
listen plain
    bind $net.2:8080 accept-proxy
    bind $net.2:8081 accept-proxy
    http-request return status 200 content-type text/plain string "Curiouser and curiouser\n"
listen tls
    bind $net.2:8443 accept-proxy ssl crt $tmp/both.pem
    http-request return status 200 content-type text/plain string "Curiouser and curiouser\n"
CONF
background b haproxy -db -f "$tmp/server.cfg"
background a haproxy -db -f "$tmp/haproxy.cfg"
sleep 2
get() { in_a curl -sk --max-time 5 "$@"; }
plain() { get http://127.0.0.1:8001/ 'http://[::1]:8001/'; }
binary() { get http://127.0.0.1:8002/ 'http://[::1]:8002/'; }
secure() {
    get --resolve www.example.test:8003:127.0.0.1 https://www.example.test:8003/
    get --cert cert.pem --key key.pem --resolve www.example.test:8003:127.0.0.1 https://www.example.test:8003/
}
checks() { get http://127.0.0.1:8004/; }
to_tls() { get --resolve www.example.test:8005:127.0.0.1 https://www.example.test:8005/; }
cap proxy/haproxy-v1.pcap 'tcp port 8080' 1 plain
cap proxy/haproxy-v2.pcap 'tcp port 8080' 1 binary
cap proxy/haproxy-check.pcap 'tcp port 8081' 1 checks
cap proxy/haproxy-v2-ssl.pcap 'tcp port 8080' 1 secure
cap proxy/haproxy-tls.pcap 'tcp port 8443' 1 to_tls

# L2TP: the control connection and a session; pppd is a program that does nothing.
tunnel() {
    for side in a b; do
        mkdir -p "l2tp.$side"
        printf '#!/bin/sh\nsleep 4\n' >"l2tp.$side/pppd"
        chmod 755 "l2tp.$side/pppd"
    done
    printf '* * wonderland\n' >secrets
    printf '[global]\nport = 1701\nauth file = %s/secrets\n[lns default]\nip range = 10.98.0.10-10.98.0.20\nlocal ip = 10.98.0.1\nrequire authentication = no\nchallenge = yes\nhostname = lns.example.test\npppoptfile = /dev/null\n' "$tmp" >lns.conf
    printf '[global]\nport = 1701\nauth file = %s/secrets\n[lac office]\nlns = %s.2\nchallenge = yes\nhostname = lac.example.test\npppoptfile = /dev/null\n' "$tmp" "$net" >lac.conf
    local ends=()
    ip netns exec "$ns-b" unshare -m sh -c "mount --bind '$tmp/l2tp.b/pppd' /usr/sbin/pppd; exec xl2tpd -D -c '$tmp/lns.conf' -C '$tmp/lns.ctl' -p '$tmp/lns.pid'" >lns.log 2>&1 &
    ends+=($!)
    sleep 1
    ip netns exec "$ns-a" unshare -m sh -c "mount --bind '$tmp/l2tp.a/pppd' /usr/sbin/pppd; exec xl2tpd -D -c '$tmp/lac.conf' -C '$tmp/lac.ctl' -p '$tmp/lac.pid'" >lac.log 2>&1 &
    ends+=($!)
    sleep 1
    echo 'c office' >lac.ctl
    sleep 3
    echo 'd office' >lac.ctl
    sleep 2
    kill "${ends[@]}"
    wait "${ends[@]}" 2>/dev/null
}
cap tunnel/xl2tpd.pcap 'udp port 1701' 1 tunnel
