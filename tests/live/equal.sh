#!/usr/bin/env bash
# Records of a live capture equal, byte for byte, the records of the file that -w wrote: real servers and clients,
# several workers. Exceptions: meta, stats, and how the end of a flow was noticed (`end` of conn).
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs nginx curl dnsmasq dig swaks python3

# Servers on side b.
mkdir -p www logs
head -c 200000 /dev/zero | tr '\0' 'x' >www/large
echo hello >www/index.html
cat >nginx.conf <<END
daemon off; master_process off; pid $work/nginx.pid; error_log $work/logs/error;
events { worker_connections 64; }
http { access_log off; client_body_temp_path $work/logs; proxy_temp_path $work/logs; fastcgi_temp_path $work/logs;
    uwsgi_temp_path $work/logs; scgi_temp_path $work/logs; server { listen 10.9.0.2:80; root $work/www; } }
END
start nginx in_b nginx -c "$work/nginx.conf"
start dnsmasq in_b dnsmasq -k -p 53 --listen-address=10.9.0.2 --bind-interfaces --no-resolv --no-hosts --pid-file= \
    --user=root --address=/example.test/10.1.2.3 --txt-record=text.test,words --conf-file=/dev/null
cat >smtpd.py <<'END'
import socketserver
class Session(socketserver.StreamRequestHandler):
    def say(self, line): self.wfile.write(line.encode() + b"\r\n")
    def handle(self):
        self.say("220 mx.test ESMTP")
        body = False
        for line in self.rfile:
            word = line.strip().upper()
            if body:
                body = word != b"."
                if not body: self.say("250 taken")
            elif word.startswith(b"EHLO"): self.wfile.write(b"250-mx.test\r\n250 SIZE 100000\r\n")
            elif word.startswith(b"DATA"): body = True; self.say("354 go on")
            elif word.startswith(b"QUIT"): self.say("221 bye"); return
            else: self.say("250 fine")
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("10.9.0.2", 25), Session).serve_forever()
END
start smtpd in_b python3 smtpd.py
listens() { [[ $(in_b ss -Hltn "sport = :$1") ]]; }
until_true 20 listens 80 && until_true 20 listens 25 && until_true 20 listens 53 || skip 'the servers do not start'

talk() {
    local i
    in_a curl -s http://10.9.0.2/ http://10.9.0.2/large http://10.9.0.2/missing >/dev/null
    in_a curl -s -o /dev/null -d "$(head -c 3000 www/large)" http://10.9.0.2/index.html
    for ((i = 0; i < 6; i++)); do in_a curl -s -o /dev/null http://10.9.0.2/?$i; done
    in_a dig +tries=1 +time=2 @10.9.0.2 www.example.test >/dev/null
    in_a dig +tries=1 +time=2 @10.9.0.2 text.test txt >/dev/null
    in_a dig +tcp +tries=1 +time=2 @10.9.0.2 example.test >/dev/null
    in_a curl -s -o /dev/null --max-time 2 http://10.9.0.2:81/
    in_a swaks --server 10.9.0.2 --from one@example.test --to two@example.test --header 'Subject: a test' >/dev/null
}

without_end() { sed -E '/^\{"_path":"(meta|stats)"/d; /^\{"_path":"conn"/s/,"end":"[a-z]*"//' "$1"; }

# Timeouts shorter than the pauses: the clock also ends flows between packets.
short='--udp-timeout 0.3 --dns-timeout 0.3 --tcp-closed-timeout 0.2 --icmp-timeout 0.3 --tcp-attempt-timeout 0.3'
for run in '0 pcap' '1 pcapng' '2 pcap' '3 pcapng --capture-threads 3'; do
    read -r workers ending more <<<"$run"
    # shellcheck disable=SC2086
    live -i va --workers "$workers" --json -o live.json -w "live.$ending" $short $more
    talk
    sleep 0.8
    in_a dig +tries=1 +time=2 @10.9.0.2 late.example.test >/dev/null
    live_ends INT
    rc_is 0
    # shellcheck disable=SC2086
    "$TAPLIGHT" -q -r "live.$ending" --json -o again.json $short
    without_end live.json >live.records
    without_end again.json >again.records
    same live.records again.records "$ran"
    diff live.records again.records | head -n 4
    for path in '"http".*"/large"' '"http".*"POST"' '"dns".*www.example.test' '"dns".*late' '"smtp".*a test' '"conn"'; do
        grep -q "\"_path\":$path" live.records || fail "$ran: no record $path"
    done
    grep -q '"_path":"conn".*"end":"idle"' live.json || fail "$ran: the clock ended no flow"
    [[ $(head -n 1 live.json) == *'"source":["va"]'* ]] || fail "$ran: meta does not name the interface"
done
done_testing
