# capture_tls.sh - the TLS samples, sourced by capture.sh: OpenSSL, GnuTLS and nginx in b, their clients in a.
# Needs: openssl gnutls-bin tinyproxy

tls=$tmp/tls
tls_port=4430

make_tls() {
    command -v gnutls-serv >/dev/null || { say "capture.sh: gnutls-serv is missing (see README.md)"; exit 1; }
    mkdir -p "$tls"
    cat >"$tls/ca.conf" <<'CONF'
[ req ]
distinguished_name = dn
prompt = no
[ dn ]
CN = unused
[ ca ]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[ middle ]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
authorityKeyIdentifier = keyid
[ leaf ]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:www.example.test, DNS:*.wild.example.test, IP:10.77.0.2, IP:fd00:77::2, URI:https://www.example.test/, email:host@example.test
[ client ]
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
CONF
    (
        cd "$tls"
        sign() { # name, subject, extensions, issuer, key options
            openssl req -new -newkey "$5" ${6:+-pkeyopt "$6"} -nodes -keyout "$1.key" -subj "$2" -config ca.conf -out "$1.csr"
            openssl x509 -req -in "$1.csr" -CA "$4.pem" -CAkey "$4.key" -days 3650 -extfile ca.conf -extensions "$3" -out "$1.pem"
        }
        openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -config ca.conf -extensions ca \
            -subj '/C=NL/ST=Limburg/O=Example Org/CN=Example Root' -keyout root.key -out root.pem
        sign middle '/C=NL/O=Example, Org/OU=Unit \+ more/CN=Example Middle' middle root rsa:2048
        sign rsa '/C=NL/L=Venlo/O=Example Org/CN=www.example.test' leaf middle rsa:2048
        sign ec '/CN=www.example.test' leaf middle ec ec_paramgen_curve:prime256v1
        sign ed '/CN=old.example.test' client middle ed25519
        sign client '/UID=user/DC=example/DC=test/CN=A Client' client middle ec ec_paramgen_curve:secp384r1
        cat middle.pem root.pem >chain.pem
        cat rsa.pem chain.pem >full.pem
    ) >/dev/null 2>&1
}

# Runs a server in b for as long as a function runs: serve NAME [OPTION]...
server_pid=
serve() {
    ip netns exec tlcap-b openssl s_server -accept "$tls_port" -quiet "$@" </dev/null >"$tls/server.out" 2>&1 &
    server_pid=$!
    until_ready listening
}
listening() { in_b ss -Hltn "sport = :$tls_port" | grep -q .; }
unserve() { kill "$server_pid" 2>/dev/null || true; wait "$server_pid" 2>/dev/null || true; }
rsa=(-cert "$tls/rsa.pem" -key "$tls/rsa.key" -cert_chain "$tls/chain.pem")
ec=(-cert "$tls/ec.pem" -key "$tls/ec.key" -cert_chain "$tls/middle.pem")
old=(-cipher 'ALL:COMPLEMENTOFALL:@SECLEVEL=0')

# Says a line and leaves.
hello() {
    (sleep 0.3; echo a line; sleep 0.3) |
        in_a timeout 5 openssl s_client -connect "10.77.0.2:$tls_port" -servername www.example.test "$@" >"$tls/client.out" 2>&1 || true
}

tls_versions() {
    serve "${rsa[@]}" "${old[@]}"
    for version in -tls1 -tls1_1 -tls1_2 -tls1_3; do hello "$version" "${old[@]}"; done
    unserve
}
tls_suites() {
    serve "${rsa[@]}" -dcert "$tls/ec.pem" -dkey "$tls/ec.key" "${old[@]}" -psk 0102030405060708 -psk_hint 'a hint' -psk_identity someone
    for suite in AES128-SHA AES256-GCM-SHA384 DHE-RSA-AES128-CCM ECDHE-RSA-CHACHA20-POLY1305 ECDHE-ECDSA-AES128-SHA256 ADH-AES128-SHA256; do
        hello -tls1_2 -cipher "$suite:@SECLEVEL=0"
    done
    hello -tls1_2 -cipher 'PSK-AES128-GCM-SHA256' -psk 0102030405060708 -psk_identity someone
    hello -tls1_2 -cipher 'DHE-PSK-AES128-GCM-SHA256:@SECLEVEL=0' -psk 0102030405060708 -psk_identity someone
    hello -tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256
    unserve
}
tls_retry() {
    serve "${ec[@]}" -groups P-384
    hello -groups X25519:P-384
    unserve
}
tls_mutual() {
    serve "${rsa[@]}" -Verify 3 -CAfile "$tls/chain.pem" -max_protocol TLSv1.2
    hello -cert "$tls/client.pem" -key "$tls/client.key"
    unserve
    serve "${ec[@]}" -Verify 3 -CAfile "$tls/chain.pem"
    hello -cert "$tls/client.pem" -key "$tls/client.key"
    unserve
}
tls_resumed() {
    serve "${ec[@]}" -early_data -max_early_data 4096
    for how in '-tls1_2 -no_ticket' -tls1_2 -tls1_3; do
        rm -f "$tls/session"
        # shellcheck disable=SC2086
        hello $how -sess_out "$tls/session"
        # shellcheck disable=SC2086
        hello $how -sess_in "$tls/session"
    done
    echo 'early data' >"$tls/early"
    hello -tls1_3 -sess_out "$tls/session"
    hello -tls1_3 -sess_in "$tls/session" -early_data "$tls/early"
    unserve
}
tls_pieces() {
    serve "${rsa[@]}" -max_protocol TLSv1.2 -max_send_frag 512
    ip -n tlcap-a route add 10.77.0.2/32 dev tlcap0 advmss 300
    ip -n tlcap-b route add 10.77.0.1/32 dev tlcap1 advmss 300
    hello -alpn "$(printf 'protocol-number-%d,' $(seq 30) | sed 's/,$//')"
    ip -n tlcap-a route del 10.77.0.2/32
    ip -n tlcap-b route del 10.77.0.1/32
    unserve
}
tls_alerts() {
    serve "${ec[@]}" -min_protocol TLSv1.2 -servername www.example.test -servername_fatal -cert2 "$tls/ec.pem" -key2 "$tls/ec.key"
    hello -tls1_1 "${old[@]}"
    hello -tls1_2 -cipher AES128-SHA
    hello -servername other.example.test
    hello -tls1_2 -verify_return_error -CAfile "$tls/rsa.pem"
    in_a curl -s -m 2 -o /dev/null "http://10.77.0.2:$tls_port/" || true
    unserve
}
tls_other() { # GnuTLS
    ip netns exec tlcap-b gnutls-serv --echo -q -p "$tls_port" --x509certfile "$tls/full.pem" --x509keyfile "$tls/rsa.key" \
        --heartbeat --priority NORMAL:+VERS-TLS1.0 </dev/null >"$tls/server.out" 2>&1 &
    server_pid=$!
    until_ready listening
    for priority in NORMAL:-VERS-ALL:+VERS-TLS1.2 NORMAL:-VERS-ALL:+VERS-TLS1.3 NORMAL:-VERS-ALL:+VERS-TLS1.0; do
        (sleep 0.3; echo a line; sleep 0.3) | in_a timeout 5 gnutls-cli --insecure --heartbeat -p "$tls_port" --sni-hostname www.example.test \
            --alpn h2 --recordsize 1024 --priority "$priority" 10.77.0.2 >"$tls/client.out" 2>&1 || true
    done
    unserve
}
tls_plain_answer() {
    ip netns exec tlcap-b "$python" -c "
import socket
s = socket.create_server(('10.77.0.2', $tls_port))
c, _ = s.accept()
c.recv(4096)
c.sendall(b'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
c.close()" &
    server_pid=$!
    until_ready listening
    hello
    unserve
}
# An HTTP proxy between: CONNECT, then TLS; nginx chooses a protocol.
tls_proxied() {
    printf 'Port 8888\nListen 10.77.0.2\nAllow 10.77.0.1\nConnectPort %s\nLogLevel Error\nLogFile "%s"\n' "$tls_port" "$tls/proxy.log" >"$tls/proxy.conf"
    ip netns exec tlcap-b tinyproxy -d -c "$tls/proxy.conf" >"$tls/proxy.out" 2>&1 &
    pids+=($!)
    until_ready in_a bash -c 'exec 3<>/dev/tcp/10.77.0.2/8888'
    serve "${rsa[@]}" -www -alpn http/1.1
    in_a curl -sk -m 5 -o /dev/null --http1.1 -x http://10.77.0.2:8888 "https://10.77.0.2:$tls_port/" || true
    in_a curl -sk -m 5 -o /dev/null --tls-max 1.2 -x http://10.77.0.2:8888 "https://10.77.0.2:$tls_port/" || true
    unserve
}

! wanted tls/ || make_tls
cap tls/versions.pcap "OpenSSL: TLS 1.0, 1.1, 1.2, 1.3, with a chain of three" "tcp" tls_versions
cap tls/suites.pcap "key exchanges of TLS 1.2: RSA, DHE, ECDHE with RSA and ECDSA, anonymous DH, PSK, DHE_PSK; ChaCha20 in TLS 1.3" "tcp" tls_suites
cap tls/retry.pcap "HelloRetryRequest: the server wants another group" "tcp" tls_retry
cap tls/mutual.pcap "the client has a certificate too: TLS 1.2, then 1.3" "tcp" tls_mutual
cap tls/resumed.pcap "each twice: TLS 1.2 by session id, by ticket, TLS 1.3, TLS 1.3 with early data" "tcp" tls_resumed
cap tls/pieces.pcap "a hello over three segments, handshake messages over records of 512 bytes" "tcp" tls_pieces
cap tls/alerts.pcap "versions, suites and names that are refused, a certificate that the client refuses, HTTP instead of TLS" "tcp" tls_alerts
cap tls/gnutls.pcap "GnuTLS: TLS 1.2, 1.3, 1.0" "tcp" tls_other
cap tls/plain-answer.pcap "a server that answers a hello in clear" "tcp" tls_plain_answer
cap tls/proxied.pcap "TLS 1.3 and 1.2 after CONNECT" "tcp port 8888" tls_proxied
