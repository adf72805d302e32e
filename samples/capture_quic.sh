# capture_quic.sh - the QUIC samples, sourced by capture.sh: caddy and ngtcp2's server in b, ngtcp2's client and kdig in a.
# Needs: caddy ngtcp2-client ngtcp2-server, what capture_decrypt.sh needs

quic=$tmp/quic
quic_server=

make_quic() {
    # Datagrams that are captured before they are cut are no datagrams.
    in_a ethtool -K tlcap0 tx-udp-segmentation off >/dev/null 2>&1 || true
    in_b ethtool -K tlcap1 tx-udp-segmentation off >/dev/null 2>&1 || true
    command -v caddy gtlsclient gtlsserver >/dev/null || { say "capture.sh: caddy or ngtcp2 is missing (see README.md)"; exit 1; }
    mkdir -p "$quic/root"
    printf '<!doctype html><title>sample</title>%s\n' "$(seq -s ' ' 300)" >"$quic/root/index.html"
    printf '{"answer": 42}\n' >"$quic/root/data.json"
    head -c 3000 /dev/zero | tr '\0' 'd' >"$quic/root/plain.bin"
    # The client asks for localhost, whatever --sni says, if the server is an address.
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=www.example.test \
        -addext subjectAltName=DNS:localhost,DNS:www.example.test -keyout "$quic/key.pem" -out "$quic/cert.pem" 2>/dev/null
    cat >"$quic/Caddyfile" <<CONF
{
    admin off
    auto_https off
    skip_install_trust
    log {
        output discard
    }
}
https://localhost:4433, https://www.example.test:4433 {
    tls $quic/cert.pem $quic/key.pem
    root * $quic/root
    file_server
    encode gzip
    respond /form "taken" 201
}
CONF
    chmod -R a+rX "$quic"
    ip netns exec tlcap-b env HOME="$quic" caddy run --config "$quic/Caddyfile" --adapter caddyfile >"$quic/caddy.log" 2>&1 &
    pids+=($!)
    until_ready quic_listening 4433
}
quic_listening() { in_b ss -Hlun "sport = :$1" | grep -q .; }

serve_quic() { # OPTION..
    ip netns exec tlcap-b gtlsserver -q -d "$quic/root" "$@" 10.77.0.2 4434 "$tls/rsa.key" "$tls/full.pem" >"$quic/server.out" 2>&1 &
    quic_server=$!
    until_ready quic_listening 4434
}
unserve_quic() { kill "$quic_server" 2>/dev/null || true; wait "$quic_server" 2>/dev/null || true; }
get_quic() { # OPTION.., then paths
    in_a env SSLKEYLOGFILE="$keys" timeout 10 gtlsclient -q --exit-on-all-streams-close "$@" >"$quic/client.out" 2>&1 || true
}

quic_http3() {
    local web=https://www.example.test:4433
    get_quic 10.77.0.2 4433 $web/index.html $web/data.json $web/missing
    get_quic -m POST -d "$quic/root/data.json" 10.77.0.2 4433 $web/form
    get_quic --ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305 10.77.0.2 4433 $web/plain.bin
}
quic_peers() {
    local web=https://www.example.test:4434
    serve_quic
    get_quic 10.77.0.2 4434 $web/index.html $web/data.json
    get_quic --key-update=1ms --delay-stream=200ms 10.77.0.2 4434 $web/plain.bin $web/data.json
    rm -f "$quic/session" "$quic/tp"
    get_quic --session-file="$quic/session" --tp-file="$quic/tp" 10.77.0.2 4434 $web/data.json
    get_quic --session-file="$quic/session" --tp-file="$quic/tp" 10.77.0.2 4434 $web/data.json
    get_quic --change-local-addr=100ms --delay-stream=300ms 10.77.0.2 4434 $web/data.json
    unserve_quic
}
# Two connections at a time. A NAT gives both clients other ports, in the other order.
quic_rebound() {
    local web=https://www.example.test:4434 first
    serve_quic
    get_quic --nat-rebinding --change-local-addr=300ms --delay-stream=400ms 10.77.0.2 4434 $web/data.json &
    first=$!
    sleep 0.1
    get_quic --nat-rebinding --change-local-addr=100ms --delay-stream=200ms 10.77.0.2 4434 $web/data.json
    wait "$first"
    unserve_quic
}
quic_versions() {
    local web=https://www.example.test:4434
    serve_quic
    get_quic -v 0x1a2a3a4a 10.77.0.2 4434 $web/data.json
    unserve_quic
    serve_quic -V
    get_quic 10.77.0.2 4434 $web/data.json
    unserve_quic
    in_a timeout 3 kdig +quic +timeout=1 +retry=0 @10.77.0.2 -p 4434 www.example.test >"$quic/kdig.out" 2>&1 || true
}

if wanted quic/; then
    [ -e "$tls/full.pem" ] || make_tls
    make_quic
fi
cap_keys quic/http3.pcapng "caddy and ngtcp2: HTTP/3, POST, ChaCha20, with secrets" "udp port 4433" quic_http3
cap_keys quic/ngtcp2.pcapng "ngtcp2: HTTP/3 with QPACK's table, a key update, early data, a change of the path, with secrets" "udp port 4434" quic_peers
cap quic/rebound.pcap "ngtcp2: two clients whose ports a NAT changes, without secrets" "udp port 4434" quic_rebound
cap quic/versions.pcap "ngtcp2: a version that the server does not know, a Retry; kdig to a port without a server" "udp port 4434" quic_versions
