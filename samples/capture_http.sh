# capture_http.sh - HTTP between real programs; sourced by capture.sh, uses its functions.
# shellcheck shell=bash

# A second nginx, on port 8081: a proxy for the first, an upgrade accepted by capture_peers.py, low limits.
start_http_servers() {
    mkdir -p "$tmp/nginx2"
    cat >"$tmp/nginx2.conf" <<CONF
daemon off; master_process off; pid $tmp/nginx2/pid; error_log $tmp/nginx2/error.log;
events { }
http {
    access_log off;
    client_body_temp_path $tmp/nginx2/b; proxy_temp_path $tmp/nginx2/p; fastcgi_temp_path $tmp/nginx2/f;
    uwsgi_temp_path $tmp/nginx2/u; scgi_temp_path $tmp/nginx2/s;
    server {
        listen 8081;
        client_max_body_size 2k;
        location /limited { return 200 "taken\n"; }
        location /refused { return 403; }
        location /broken { proxy_pass http://127.0.0.1:9; }
        location / { proxy_pass http://127.0.0.1; proxy_http_version 1.1; proxy_set_header X-Forwarded-For \$remote_addr; }
    }
}
CONF
    cat >"$tmp/tinyproxy.conf" <<CONF
Port 3128
Listen 10.77.0.2
Allow 10.77.0.1
ConnectPort 80
LogLevel Error
LogFile "$tmp/tinyproxy.log"
CONF
    ip netns exec tlcap-b nginx -c "$tmp/nginx2.conf" -p "$tmp/nginx2" 2>"$tmp/nginx2/start.log" &
    pids+=($!)
    ip netns exec tlcap-b tinyproxy -d -c "$tmp/tinyproxy.conf" >"$tmp/tinyproxy.out" 2>&1 &
    pids+=($!)
    until_ready in_a curl -s -o /dev/null http://10.77.0.2:8081/
    until_ready in_a curl -s -o /dev/null -x http://10.77.0.2:3128 http://10.77.0.2/
}

http_kept_alive() {
    fetch --compressed http://10.77.0.2/index.html http://10.77.0.2/data.json --next -s -I http://10.77.0.2/index.html
    fetch -r 0-9,20-29 http://10.77.0.2/plain.bin -r 5990- http://10.77.0.2/plain.bin
    fetch -H 'If-None-Match: *' http://10.77.0.2/index.html
}
http_uploads() {
    head -c 1500 /dev/zero | tr '\0' 'u' >"$tmp/upload"
    fetch -T "$tmp/upload" http://10.77.0.2:8081/limited
    fetch -F "file=@$tmp/upload;filename=sample.txt" -F name=value http://10.77.0.2:8081/limited
    fetch -H 'Expect: 100-continue' --data-binary "@$tmp/upload" http://10.77.0.2:8081/limited
    fetch -H 'Transfer-Encoding: chunked' --data-binary "@$tmp/upload" http://10.77.0.2:8081/limited
}
http_errors() {
    head -c 4000 /dev/zero | tr '\0' 'u' >"$tmp/upload"
    fetch --data-binary "@$tmp/upload" http://10.77.0.2:8081/limited
    fetch http://10.77.0.2:8081/refused http://10.77.0.2:8081/broken
    fetch -X 'BAD{}' http://10.77.0.2:8081/
    fetch -H 'Host:' http://10.77.0.2:8081/
    fetch "http://10.77.0.2:8081/$(head -c 9000 /dev/zero | tr '\0' 'l')"
}
http_through_proxy() {
    fetch -x http://10.77.0.2:3128 http://10.77.0.2/ http://10.77.0.2/missing
    fetch -x http://user:sample@10.77.0.2:3128 -p http://10.77.0.2/data.json
    fetch -x http://10.77.0.2:3128 -p http://10.77.0.2:8081/
}

[ -n "$list" ] || start_http_servers
cap http/kept-alive.pcap "nginx and curl: gzip in chunks, HEAD, ranges of two parts and to the end, not modified; several on a connection" "tcp port 80" http_kept_alive
cap http/uploads.pcap "curl to nginx: PUT, a form of two parts, after 100 Continue, in chunks" "tcp port 8081" http_uploads
cap http/errors.pcap "nginx errors: too large, forbidden, no upstream, rejected method and head, target too long" "tcp port 8081" http_errors
cap http/proxied.pcap "curl through tinyproxy: absolute targets, CONNECT with HTTP inside, CONNECT refused" "tcp port 3128" http_through_proxy
cap http/upgraded.pcap "101 from a small server, then frames" "tcp port 9012" peer upgraded
cap http/pipelined.pcap "a client that sends six requests to nginx before reading" "tcp port 80" peer pipelined
cap websocket/session.pcap "texts, lengths of 7, 16 and 64 bits, fragments with pings between them, the closing handshake" "tcp port 9013" peer websocket_messages
cap websocket/compressed.pcap "permessage-deflate with context takeover, a window of 2 KB from the server, fragments" "tcp port 9013" peer websocket_compressed
cap websocket/mail.pcap "SMTP through a gateway: a message for each line of a reply" "tcp port 9013" peer websocket_mail
