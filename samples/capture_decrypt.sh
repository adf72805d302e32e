# capture_decrypt.sh - TLS with its secrets, sourced by capture.sh: the same requests in the clear and inside TLS. curl,
# OpenSSL and GnuTLS in a write a key log, which editcap puts into the file. Servers in b: nginx, OpenSSL, GnuTLS, dovecot,
# and capture_starttls.py for mail. Needs: what capture_tls.sh and capture_dovecot.sh need, wireshark-common

keys=$tmp/keys.log

# As cap, for a pcapng file with the secrets.
cap_keys() {
    local file=$1
    if [ -z "$list" ] && [[ $file == "${ONLY-}"* ]]; then
        rm -f "$keys"
        (out=$tmp/decrypt cap "$@")
        mkdir -p "$(dirname "$out/$file")"
        editcap --inject-secrets "tls,$keys" "$tmp/decrypt/$file" "$out/$file"
    elif [ -n "$list" ]; then
        cap "$@"
    fi
}
ask_keys() { in_a env SSLKEYLOGFILE="$keys" timeout 10 "$@" >"$tmp/keys.out" 2>&1 || true; }

start_https() {
    mkdir -p "$tmp/nginx3/root"
    printf '<!doctype html><title>sample</title>%s\n' "$(seq -s ' ' 300)" >"$tmp/nginx3/root/index.html"
    printf '{"answer": 42}\n' >"$tmp/nginx3/root/data.json"
    head -c 20000 /dev/zero | tr '\0' 'd' >"$tmp/nginx3/root/plain.bin"
    cat >"$tmp/nginx3.conf" <<CONF
daemon off; master_process off; pid $tmp/nginx3/pid; error_log $tmp/nginx3/error.log;
events { }
http {
    access_log off;
    types { text/html html; application/json json; }
    gzip on; gzip_min_length 100;
    client_body_temp_path $tmp/nginx3/b; proxy_temp_path $tmp/nginx3/p; fastcgi_temp_path $tmp/nginx3/f;
    uwsgi_temp_path $tmp/nginx3/u; scgi_temp_path $tmp/nginx3/s;
    server {
        listen 8082;
        listen 4431 ssl;
        ssl_certificate $tls/full.pem; ssl_certificate_key $tls/rsa.key;
        ssl_protocols TLSv1.2 TLSv1.3;
        root $tmp/nginx3/root;
        location /form { return 200 "taken\n"; }
    }
}
CONF
    chmod -R a+rX "$tmp/nginx3"
    ip netns exec tlcap-b nginx -c "$tmp/nginx3.conf" -p "$tmp/nginx3" 2>"$tmp/nginx3/start.log" &
    pids+=($!)
    until_ready in_a curl -s -o /dev/null http://10.77.0.2:8082/
}
# The Host is the same in the clear and inside TLS.
requests() {
    local web=(curl -sk --http1.1 -o /dev/null --connect-to www.example.test:80:10.77.0.2:8082
        --connect-to www.example.test:443:10.77.0.2:4431)
    ask_keys "${web[@]}" "${@:2}" --compressed "$1://www.example.test/index.html" "$1://www.example.test/data.json" -o /dev/null
    ask_keys "${web[@]}" "${@:2}" -u someone:sample --data 'name=value&password=sample' "$1://www.example.test/form"
    ask_keys "${web[@]}" "${@:2}" -I "$1://www.example.test/plain.bin"
    ask_keys "${web[@]}" "${@:2}" "$1://www.example.test/plain.bin" "$1://www.example.test/missing" -o /dev/null
}
decrypt_http() {
    requests http
    requests https --tls-max 1.2 --ciphers ECDHE-RSA-AES128-GCM-SHA256
    requests https --tlsv1.3 --tls13-ciphers TLS_AES_256_GCM_SHA384
}

# One request of a file of a few bytes for each suite.
get() { ask_keys curl -sk -o /dev/null "$@" "https://10.77.0.2:$tls_port/x"; }
serve_files() {
    printf 'a few bytes\n' >"$tls/x"
    serve "$@" -WWW
}
decrypt_suites() {
    cd "$tls"
    serve_files "${rsa[@]}" "${old[@]}" -ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256
    for suite in TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256 TLS_AES_128_CCM_SHA256 TLS_AES_128_CCM_8_SHA256; do
        get --tlsv1.3 --tls13-ciphers "$suite"
    done
    for suite in AES128-GCM-SHA256 ECDHE-RSA-AES256-GCM-SHA384 ECDHE-RSA-CHACHA20-POLY1305 AES128-CCM AES256-CCM AES128-CCM8 AES256-CCM8 \
        AES128-SHA ECDHE-RSA-AES128-SHA256 ECDHE-RSA-AES256-SHA384 NULL-SHA256; do
        get --tls-max 1.2 --ciphers "$suite:@SECLEVEL=0"
    done
    unserve
}
decrypt_old() {
    cd "$tls"
    serve_files "${rsa[@]}" "${old[@]}" -no_etm
    for version in 1.0 1.1 1.2; do
        get "--tlsv$version" --tls-max "$version" --ciphers 'AES256-SHA:@SECLEVEL=0'
    done
    unserve
    ip netns exec tlcap-b gnutls-serv --http -q -p "$tls_port" --x509certfile "$tls/full.pem" --x509keyfile "$tls/rsa.key" \
        --priority NORMAL:+VERS-TLS1.0:+VERS-TLS1.1:+3DES-CBC:+ARCFOUR-128:+SHA1:+MD5:+RSA </dev/null >"$tls/server.out" 2>&1 &
    server_pid=$!
    until_ready listening
    for priority in NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+3DES-CBC:+SHA1 NORMAL:-VERS-ALL:+VERS-TLS1.1:-CIPHER-ALL:+3DES-CBC:+SHA1:%NO_ETM \
        NORMAL:-VERS-ALL:+VERS-TLS1.0:-CIPHER-ALL:+ARCFOUR-128:+SHA1:+RSA NORMAL:-VERS-ALL:+VERS-TLS1.3:%SERVER_PRECEDENCE; do
        (sleep 0.3; printf 'GET / HTTP/1.0\r\nHost: www.example.test\r\n\r\n'; sleep 0.3) |
            ask_keys gnutls-cli --insecure -p "$tls_port" --priority "$priority" 10.77.0.2
    done
    unserve
}

# Says what comes on standard input; a pause comes with it.
say_to() { in_a env -u SSLKEYLOGFILE timeout 15 openssl s_client -connect "10.77.0.2:$tls_port" -keylogfile "$keys" "$@" >"$tls/client.out" 2>&1 || true; }
request() { sleep 1; [ -z "${1-}" ] || printf '%s\n' "$1"; sleep 1; cat "$tls/request"; sleep 1; }
decrypt_sessions() {
    cd "$tls"
    printf 'GET /x HTTP/1.0\r\nHost: www.example.test\r\n\r\n' >"$tls/request"
    # It ends a session when its own input ends.
    ip netns exec tlcap-b openssl s_server -accept "$tls_port" -quiet "${ec[@]}" -early_data -max_early_data 4096 \
        -groups P-384 < <(sleep 60) >"$tls/server.out" 2>&1 &
    server_pid=$!
    until_ready listening
    request | say_to -tls1_3 -groups X25519:P-384 -sess_out "$tls/session"
    printf 'GET /x HTTP/1.0\r\nHost: early.example.test\r\n\r\n' >"$tls/early"
    sleep 2 | say_to -tls1_3 -groups P-384 -sess_in "$tls/session" -early_data "$tls/early"
    unserve
    serve_files "${ec[@]}" -client_renegotiation
    request K | say_to -tls1_3
    request R | say_to -tls1_2
    rm -f "$tls/session"
    request | say_to -tls1_2 -sess_out "$tls/session"
    request | say_to -tls1_2 -sess_in "$tls/session"
    unserve
    serve_files "${ec[@]}" -Verify 3 -CAfile "$tls/chain.pem" -alpn http/1.1
    request | say_to -tls1_3 -servername www.example.test -alpn http/1.1 -cert "$tls/client.pem" -key "$tls/client.key"
    unserve
}

decrypt_mail() {
    for how in '' --ssl-reqd; do
        # shellcheck disable=SC2086
        ask_keys curl -sk $how -u joe:sample 'imap://10.77.0.2/INBOX;MAILINDEX=1'
        # shellcheck disable=SC2086
        ask_keys curl -sk $how -u joe:sample pop3://10.77.0.2/1
    done
    ip netns exec tlcap-b "$python" "$here/capture_starttls.py" "$post/cert.pem" "$post/key.pem" &
    server_pid=$!
    until_ready in_a bash -c 'exec 3<>/dev/tcp/10.77.0.2/2526'
    printf 'From: ann@example.test\r\nTo: joe@example.test\r\nSubject: by curl\r\n\r\na line\r\n' >"$tmp/letter"
    for how in smtp://10.77.0.2:2526/client.example.test 'smtp://10.77.0.2:2526/client.example.test --ssl-reqd' smtps://10.77.0.2:2527/client.example.test; do
        # shellcheck disable=SC2086
        ask_keys curl -sk $how -u joe:sample --mail-from ann@example.test --mail-rcpt joe@example.test -T "$tmp/letter"
    done
    unserve
}

# The private key of the server goes beside the sample.
decrypt_rsa() {
    cd "$tls"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/C=NL/O=Example Org/CN=www.example.test' -addext subjectAltName=DNS:www.example.test \
        -keyout rsa-exchange.key -out rsa-exchange.pem 2>/dev/null
    cp rsa-exchange.key "$out/tls/rsa-exchange.key"
    serve_files -cert rsa-exchange.pem -key rsa-exchange.key -cipher ALL:@SECLEVEL=0 -min_protocol TLSv1
    local get='GET /x HTTP/1.0\r\nHost: www.example.test\r\n\r\n'
    for how in '-tls1_2 -cipher AES128-GCM-SHA256' '-tls1_2 -cipher AES256-GCM-SHA384' '-tls1_2 -cipher AES256-SHA256' \
        '-tls1_1 -cipher AES128-SHA:@SECLEVEL=0' '-tls1 -cipher AES256-SHA:@SECLEVEL=0'; do
        # shellcheck disable=SC2086,SC2059
        printf "$get" | in_a timeout 5 openssl s_client -connect "10.77.0.2:$tls_port" -servername www.example.test -ign_eof $how >"$tls/client.out" 2>&1 || true
    done
    # shellcheck disable=SC2059
    printf "$get" | in_a timeout 5 gnutls-cli --insecure -p "$tls_port" --priority 'NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA:%NO_SESSION_HASH' \
        10.77.0.2 >"$tls/client.out" 2>&1 || true
    unserve
}

# Sessions that are resumed by a ticket and by an id, then a ticket that another server does not take. With the same key.
resume_rsa() {
    cd "$tls"
    openssl req -x509 -key "$here/tls/rsa-exchange.key" -days 3650 -subj '/C=NL/O=Example Org/CN=www.example.test' -out resumed.pem 2>/dev/null
    local how first='GET /x HTTP/1.0\r\nHost: www.example.test\r\n\r\n' client=(openssl s_client -connect "10.77.0.2:$tls_port" -servername
        www.example.test -ign_eof -tls1_2 -cipher AES128-GCM-SHA256)
    for how in '' -no_ticket; do
        # shellcheck disable=SC2086
        serve_files -cert resumed.pem -key "$here/tls/rsa-exchange.key" -cipher ALL:@SECLEVEL=0 $how
        # shellcheck disable=SC2059
        printf "$first" | in_a timeout 5 "${client[@]}" -sess_out session.pem >"$tls/client.out" 2>&1 || true
        for _ in 1 2; do
            # shellcheck disable=SC2059
            printf "$first" | in_a timeout 5 "${client[@]}" -sess_in session.pem -sess_out session.pem >"$tls/client.out" 2>&1 || true
        done
        [[ -n $how ]] || cp session.pem ticket.pem
        unserve
    done
    serve_files -cert resumed.pem -key "$here/tls/rsa-exchange.key" -cipher ALL:@SECLEVEL=0
    # shellcheck disable=SC2059
    printf "$first" | in_a timeout 5 "${client[@]}" -sess_in ticket.pem >"$tls/client.out" 2>&1 || true
    unserve
}

if wanted tls/decrypted; then
    start_https
    start_dovecot
fi
cap_keys tls/decrypted-http.pcapng "nginx and curl: requests in the clear, then inside TLS 1.2, then 1.3, with secrets" "tcp port 8082 or tcp port 4431" decrypt_http
cap_keys tls/decrypted-suites.pcapng "OpenSSL and curl: suites of TLS 1.3 and 1.2, with secrets" "tcp" decrypt_suites
cap tls/rsa-exchange.pcap "OpenSSL and GnuTLS: the key exchange RSA in TLS 1.0 to 1.2, with and without an extended master secret; \`rsa-exchange.key\` is the key" "tcp" decrypt_rsa
cap tls/rsa-resumed.pcap "OpenSSL: sessions with the key exchange RSA that are resumed by tickets and by ids, and a ticket that is refused; \`rsa-exchange.key\` is the key" "tcp" resume_rsa
cap_keys tls/decrypted-old.pcapng "TLS 1.0 to 1.2 with CBC and without encrypt-then-MAC; GnuTLS: 3DES, RC4, TLS 1.3, with secrets" "tcp" decrypt_old
cap_keys tls/decrypted-sessions.pcapng "HelloRetryRequest, early data, KeyUpdate, renegotiation, a resumed session, a client's certificate, with secrets" "tcp" decrypt_sessions
cap_keys tls/decrypted-mail.pcapng "dovecot and curl: IMAP, POP3 and SMTP in the clear, then after STARTTLS, SMTP inside TLS, with secrets" "tcp" decrypt_mail
! wanted tls/decrypted || stop_dovecot
