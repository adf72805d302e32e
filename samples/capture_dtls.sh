# capture_dtls.sh - the DTLS samples, sourced by capture.sh: OpenSSL and GnuTLS in both namespaces. Needs: what
# capture_decrypt.sh needs; for DTLS 1.3 what capture_wolfssl.sh builds

serve_dtls() { # OPTION..
    ip netns exec tlcap-b openssl s_server -accept 10.77.0.2:4435 -quiet "$@" < <(sleep 60) >"$tls/server.out" 2>&1 &
    server_pid=$!
    until_ready dtls_listening
}
dtls_listening() { in_b ss -Hlun "sport = :4435" | grep -q .; }
hello_dtls() { # OPTION..
    (sleep 0.3; echo a line; sleep 0.3; echo Q; sleep 0.2) |
        in_a timeout 5 openssl s_client -connect 10.77.0.2:4435 -keylogfile "$keys" -servername www.example.test "$@" \
            >"$tls/client.out" 2>&1 || true
}
dtls_versions() {
    serve_dtls -dtls -listen "${rsa[@]}" "${old[@]}"
    hello_dtls -dtls1_2 "${old[@]}"
    unserve
    serve_dtls -dtls -mtu 512 "${rsa[@]}" "${old[@]}"
    hello_dtls -dtls1 -mtu 512 "${old[@]}"
    unserve
    serve_dtls -dtls1_2 "${ec[@]}" -Verify 3 -CAfile "$tls/chain.pem" -alpn coap
    hello_dtls -dtls1_2 -alpn coap,other -cert "$tls/client.pem" -key "$tls/client.key" -use_srtp SRTP_AES128_CM_SHA1_80
    unserve
    serve_dtls -dtls1_2 -psk 0102030405060708 -nocert -cipher 'PSK-AES128-CCM8:@SECLEVEL=0'
    hello_dtls -dtls1_2 -psk 0102030405060708 -psk_identity someone -cipher 'PSK-AES128-CCM8:@SECLEVEL=0'
    unserve
}
dtls_other() {
    ip netns exec tlcap-b gnutls-serv --udp --echo -q -p 4435 --x509certfile "$tls/full.pem" --x509keyfile "$tls/rsa.key" \
        --priority NORMAL:+VERS-DTLS1.0 </dev/null >"$tls/server.out" 2>&1 &
    server_pid=$!
    until_ready dtls_listening
    for priority in NORMAL NORMAL:-VERS-ALL:+VERS-DTLS1.0; do
        (sleep 0.3; echo a line; sleep 0.3) | ask_keys gnutls-cli --udp --insecure -p 4435 --sni-hostname www.example.test \
            --priority "$priority" 10.77.0.2
    done
    unserve
}

# wolfSSL with DTLS 1.3, as capture_wolfssl.sh builds it in $WOLFSSL.
wolfssl() { # OPTION of the server.. -- OPTION of the client..
    local server=()
    while [ "$1" != -- ]; do
        server+=("$1")
        shift
    done
    shift
    (cd "$WOLFSSL"/wolfssl-5.*/ && exec ip netns exec tlcap-b ../server -u -v 4 -b -d -p 4435 -c "$tls/ec.pem" -k "$tls/ec.key" \
        -A "$tls/ec.pem" "${server[@]}") >"$tls/server.out" 2>&1 &
    server_pid=$!
    until_ready dtls_listening
    (cd "$WOLFSSL"/wolfssl-5.*/ && in_a env SSLKEYLOGFILE="$keys" timeout 8 ../client -u -v 4 -x -h 10.77.0.2 -p 4435 \
        -A "$tls/ec.pem" "$@") >"$tls/client.out" 2>&1 || true
    unserve
}
dtls_13() {
    wolfssl -- -S www.example.test -l TLS13-AES128-GCM-SHA256
    wolfssl -- -I -l TLS13-AES256-GCM-SHA384
    wolfssl -- -J -l TLS13-CHACHA20-POLY1305-SHA256
    wolfssl --cid s7 -- --cid c9 -l TLS13-AES128-CCM-SHA256
    wolfssl -r -0 -- -r -0 -l TLS13-AES128-GCM-SHA256
}

if wanted dtls/; then
    [ -e "$tls/full.pem" ] || make_tls
fi
cap_keys dtls/openssl.pcapng "OpenSSL: DTLS 1.2 with a cookie, 1.0 in fragments, a client's certificate, a shared key, with secrets" "udp port 4435" dtls_versions
cap_keys dtls/gnutls.pcapng "GnuTLS: DTLS 1.2 and 1.0, with secrets" "udp port 4435" dtls_other
if [ -n "${WOLFSSL-}$list" ]; then
    cap_keys dtls/wolfssl.pcapng "wolfSSL: DTLS 1.3: suites, a key update, connection ids, a resumed session with early data, with secrets" "udp port 4435" dtls_13
fi
