# capture_http2.sh - HTTP/2 and gRPC, sourced by capture.sh: nginx, nghttpd, nghttpx and a gRPC server in b; curl,
# nghttp, h2load and a gRPC client in a. Needs: nghttp2 python3-grpcio
# shellcheck shell=bash

start_http2() {
    command -v nghttpx >/dev/null || { say "capture.sh: nghttpx is missing (see README.md)"; exit 1; }
    mkdir -p "$tmp/nginx3" "$tmp/pages"
    printf '<!doctype html><title>page</title><link rel=stylesheet href=/style.css>\n' >"$tmp/pages/index.html"
    printf 'body { color: black }\n' >"$tmp/pages/style.css"
    head -c 40000 /dev/zero | tr '\0' 'x' >"$tmp/pages/large.txt"
    printf 'PNG%.0s' {1..400} >"$tmp/pages/image"
    cat >"$tmp/nginx3.conf" <<CONF
daemon off; master_process off; pid $tmp/nginx3/pid; error_log $tmp/nginx3/error.log;
events { }
http {
    access_log off; types { text/html html; text/css css; text/plain txt; }
    client_body_temp_path $tmp/nginx3/b; proxy_temp_path $tmp/nginx3/p; fastcgi_temp_path $tmp/nginx3/f;
    uwsgi_temp_path $tmp/nginx3/u; scgi_temp_path $tmp/nginx3/s;
    server {
        listen 8082 http2;
        root $tmp/pages; gzip on; gzip_types text/plain; gzip_min_length 100;
        location /moved { return 301 /; }
        location /taken { client_max_body_size 8k; proxy_pass http://127.0.0.1/taken; }
        location /login { add_header Set-Cookie "session=sample-session-value; Path=/"; return 200 "in\n"; }
    }
}
CONF
    ip netns exec tlcap-b nginx -c "$tmp/nginx3.conf" -p "$tmp/nginx3" 2>"$tmp/nginx3/start.log" &
    pids+=($!)
    ip netns exec tlcap-b nghttpd --no-tls -d "$tmp/pages" -p/index.html=/style.css --trailer 'x-checksum: 42' -b 16 \
        8083 >"$tmp/nghttpd.out" 2>&1 &
    pids+=($!)
    ip netns exec tlcap-b nghttpx --conf=/dev/null -f '*,8084;no-tls' -b 127.0.0.1,80 --workers=1 --single-process \
        >"$tmp/nghttpx.out" 2>&1 &
    pids+=($!)
    ip netns exec tlcap-b "$python" "$here/capture_grpc.py" serve >"$tmp/grpc.out" 2>"$tmp/grpc.err" &
    pids+=($!)
    local port
    for port in 8082 8083 8084 8085; do until_ready in_a bash -c "exec 3<>/dev/tcp/10.77.0.2/$port"; done
}
# curl 7.88 fails where it would use a connection of HTTP/2 without TLS again: a page at a time.
h2() { in_a curl -s -m 10 -o /dev/null --http2-prior-knowledge "$@" || true; }
several() { in_a nghttp -n "$@" >/dev/null 2>&1 || true; }

http2_curl() {
    local at=http://10.77.0.2:8082
    h2 -I $at/
    several $at/ $at/style.css $at/missing $at/moved
    h2 --compressed $at/large.txt
    h2 -r 10-19 $at/large.txt
    h2 -d 'name=value&other=text' $at/taken
    h2 -b 'session=sample-cookie; theme=dark' -u user:sample-password $at/login
}
http2_upgrade() {
    in_a curl -s -m 10 --http2 -o /dev/null http://10.77.0.2:8084/index.html \
        -o /dev/null http://10.77.0.2:8084/data.json || true
    in_a nghttp -u -n http://10.77.0.2:8084/index.html >/dev/null 2>&1 || true
}
http2_push() {
    in_a nghttp -a -n -b 8 http://10.77.0.2:8083/index.html >/dev/null 2>&1 || true
    in_a nghttp -n --continuation --expect-continue -d "$tmp/pages/style.css" http://10.77.0.2:8083/echo \
        >/dev/null 2>&1 || true
}
http2_many() {
    in_a h2load -n 60 -c 2 -m 12 -t 1 http://10.77.0.2:8082/ http://10.77.0.2:8082/style.css >/dev/null 2>&1 || true
}
http2_large() { h2 http://10.77.0.2:8082/large.txt; }
grpc_calls() { in_a "$python" "$here/capture_grpc.py" call; }

if wanted http2/ || wanted grpc/; then start_http2; fi
cap http2/curl.pcap \
    "curl, nghttp and nginx: HEAD, several requests on a connection, gzip, a range, a form, a login with cookies" \
    "tcp port 8082" http2_curl
cap http2/upgrade.pcap \
    "curl, nghttp and nghttpx: Upgrade to h2c from HTTP/1.1, a second request on the same connection" \
    "tcp port 8084" http2_upgrade
cap http2/push.pcap \
    "nghttp and nghttpd: pushed responses, trailers, padding, CONTINUATION, 100 Continue" \
    "tcp port 8083" http2_push
cap http2/many.pcap "h2load and nginx: 60 requests on two connections, twelve at a time" "tcp port 8082" http2_many
cap http2/large.pcap "40 KB in DATA frames of several segments" "tcp port 8082" http2_large
cap grpc/calls.pcap \
    "grpcio: unary and streaming calls, a status with a message, compressed messages, a deadline, a token" \
    "tcp port 8085" grpc_calls
