#!/usr/bin/env bash
# tls.sh TOOLS ROUNDS SAMPLES: what TLS and HTTP/2 cost: a handshake with two certificates, decryption of AES-GCM beside
# `openssl speed`, a header field of HTTP/2, the memory of an open session. The sessions are made by openssl on the loopback
# of a network namespace; copies of them have other addresses. Prints rows of a Markdown table.
set -euo pipefail
export LC_ALL=C
tools=$1 rounds=$2 samples=$3
copies=2000 megabytes=64 times=10
ns=tl-bench-$$
work=$(mktemp -d)
started=()
tidy() {
    ((${#started[@]} == 0)) || kill "${started[@]}" 2>/dev/null || true
    ip netns del $ns 2>/dev/null || true
    rm -rf "$work"
}
trap tidy EXIT
cd "$work"

# Keys: a certificate and the one that signed it.
quiet() { "$@" >log 2>&1 || { cat log >&2 && exit 1; }; }
quiet openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj '/CN=Bench CA' -days 30
quiet openssl req -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -subj '/CN=bench.test'
echo 'subjectAltName=DNS:bench.test,DNS:www.bench.test' >names
quiet openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out leaf.pem -extfile names
head -c ${megabytes}000000 /dev/urandom >body

ip netns add $ns
ip -n $ns link set lo up mtu 16384
ip netns exec $ns openssl s_server -accept 4433 -cert leaf.pem -key leaf.key -cert_chain ca.pem -quiet -WWW -tls1_2 \
    -cipher ECDHE-RSA-AES128-GCM-SHA256 >/dev/null 2>&1 &
started+=($!)

# session OUT SECONDS REQUEST: captures a session in which the client sends a request and stays for some seconds.
session() {
    local capture i
    ip netns exec $ns "$tools/taplight" -i lo -B 128M -Z root -w "$1" 2>"$1.err" &
    capture=$!
    started+=($capture)
    for ((i = 0; i < 200; i++)); do
        ! grep -q 'capturing on' "$1.err" || break
        sleep 0.05
    done
    { printf '%s' "$3" && sleep "$2"; } | timeout 30 ip netns exec $ns openssl s_client \
        -connect 127.0.0.1:4433 -tls1_2 -servername bench.test -keylogfile "$1.keys" -quiet >/dev/null 2>&1 || true
    sleep 0.5
    kill -TERM $capture
    wait $capture || true
    grep -q ' 0 dropped by kernel' "$1.err" || { echo "tls.sh: packets were lost: $(tail -n 1 "$1.err")" >&2 && exit 1; }
}
sleep 0.5
session data.pcap 4 $'GET /body HTTP/1.0\r\n\r\n'
# A handshake is what comes before the first encrypted application data.
first=$("$tools/taplight" -q -r data.pcap -T fields -e frame.number -Y 'tls.record.content_type == 23' | sed 1q)
"$tools/taplight" -q -r data.pcap -c $((first - 1)) -w open.pcap

# cpu FILE OPTION...: prints the least CPU time of the rounds, in us.
cpu() {
    local i
    for ((i = 0; i < rounds; i++)); do
        "$tools/bench_measure" /dev/null "$tools/taplight" -q -r "$@" --json --workers 0
    done | awk '{ t = $1 + $2; if (NR == 1 || t < least) least = t } END { printf "%.0f\n", least / 1000 }'
}
row() { echo "| $1 | $2 | $3 | $4 |"; }
met() { awk "BEGIN { print ($1) ? \"met\" : \"**missed**\" }"; }

"$tools/bench_amplify" one.pcap 1 open.pcap >/dev/null
"$tools/bench_amplify" many.pcap $copies open.pcap >/dev/null
us=$(awk "BEGIN { printf \"%.1f\", ($(cpu many.pcap) - $(cpu one.pcap)) / ($copies - 1) }")
row "a handshake of TLS 1.2 with two certificates, with its TCP flow and records, of $copies" "$us us" '60 us' \
    "$(met "$us <= 60")"

kib() { "$tools/bench_peak" "$tools/taplight" -q -r "$1" --json --workers 0 --tcp-timeout 864000; }
"$tools/taplight" -q -r open.pcap -c 3 -w tcp.pcap
"$tools/bench_amplify" tcp-many.pcap $copies tcp.pcap >/dev/null
bytes=$(awk "BEGIN { printf \"%.0f\", ($(kib many.pcap) - $(kib tcp-many.pcap)) * 1024 / $copies }")
row 'memory of an open session after its handshake, without keys, above that of its TCP flow' "$bytes bytes" '400 bytes' \
    "$(met "$bytes <= 400")"

"$tools/bench_amplify" data-many.pcap $times data.pcap >/dev/null
with=$(cpu data-many.pcap --keylog data.pcap.keys) without=$(cpu data-many.pcap)
speed=$(awk "BEGIN { printf \"%.2f\", $times * $megabytes / ($with - $without) * 1000 }") # GB/s
peer=$(for ((i = 0; i < rounds; i++)); do openssl speed -evp aes-128-gcm -bytes 16384 -seconds 1 2>/dev/null |
    sed -nE 's/^AES-128-GCM +([0-9.]+)k$/\1/p'; done | sort -g | tail -n 1 | awk '{ printf "%.2f", $1 / 1e6 }')
share=$(awk "BEGIN { printf \"%.2f\", $speed / $peer }")
row "AES-128-GCM, records of 16 KiB: what decryption adds, against \`openssl speed\` ($peer GB/s)" "$speed GB/s: $share" \
    '0.6' "$(met "$share >= 0.6")"

"$tools/bench_amplify" h2.pcap 200 "$samples/http2/many.pcap" >/dev/null
"$tools/bench_amplify" h2-one.pcap 1 "$samples/http2/many.pcap" >/dev/null
fields=$("$tools/taplight" -q -r "$samples/http2/many.pcap" -T fields -e http2.header.name -Y http2 | tr ',' '\n' | grep -c .)
us=$(awk "BEGIN { printf \"%.2f\", ($(cpu h2.pcap) - $(cpu h2-one.pcap)) / (199 * $fields) }")
row 'HTTP/2: a header field, with all that its connection costs' "$us us" '1 us' "$(met "$us <= 1")"
