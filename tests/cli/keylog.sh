#!/usr/bin/env bash
# --keylog and secrets in pcapng files: what was decrypted is as in the clear, the same from a key log as from the file, for
# any number of workers, and while both grow; secrets and passwords are in no output.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
samples=$SOURCE/samples/tls

# The records of a path, of which $3 is in the line, without what differs between the clear and TLS.
plain() {
    grep "^{\"_path\":\"$2\"" "$1" | grep -E "$3" |
        sed -E 's/"(ts|uid|id\.[a-z_]+|community_id|resp_time|ttfb|rtt|request_time|response_time)":("[^"]*"|[0-9.e-]+),//g
                s/,"(ttfb|resp_time|rtt|request_time|response_time)":[0-9.e-]+//g; s/"decrypted":true,//'
}

# --- as in the clear ---

run -q -r "$samples/decrypted-http.pcapng" --json --no-meta
mv out http
plain http http '"id.resp_p":8082' >clear
grep -q '"status_code":404' clear || fail 'no requests in the clear'
for cipher in TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384; do
    : >sealed
    for uid in $(grep "\"cipher\":\"$cipher\"" http | grep -oE '"uid":"[^"]*"'); do
        plain http http "$uid" >>sealed
    done
    same clear sealed "requests in $cipher"
done
run -q -r "$samples/decrypted-mail.pcapng" --json --no-meta
mv out mail
for port in 143:imap 110:pop3 2526:smtp; do
    plain mail mail "\"id.resp_p\":${port%:*}," | sed 's/"flags":[^]]*],//' | sort -u >one
    [[ ${port#*:} == smtp ]] || (($(wc -l <one) == 1)) || fail "mails of port $port differ: $(cat one)"
    grep -q "\"service\":\"${port#*:},ssl\"" mail || fail "no service ${port#*:},ssl"
done
plain mail smtp '"subject"' | sed 's/"tls":[a-z]*,//; s/"helo":"[^"]*",//; s/"trans_depth":[0-9]*,//' | sort -u >one
(($(wc -l <one) == 1)) || fail "mails by SMTP differ: $(cat one)"

# --- from a key log, and with any number of workers ---

# With sanitizers a process takes long to start: fewer ways.
several=(0 1 2 4) forms=('' '-v -x' '-T json' '-T jsonraw' '-T ek' '-T pdml' -xx -XX -A '-z follow,tcp,ascii,0' '-z expert')
if [[ -n ${SANITIZED-} ]]; then
    several=(2) forms=('-v -x' '-T jsonraw')
fi
for name in http suites old sessions mail; do
    file=$samples/decrypted-$name.pcapng
    grep -aoE '[A-Z0-9_]+ [0-9a-f]{64} [0-9a-f]{64,96}' "$file" >"$name.keys"
    run -q -r "$file" -w "$name.pcap"
    run -q -r "$file" --json --no-meta --workers 0
    mv out inside.0
    for workers in "${several[@]}"; do
        [[ -n ${SANITIZED-} && $name != http ]] || run -q -r "$file" --json --no-meta --workers "$workers"
        [[ -n ${SANITIZED-} && $name != http ]] || same inside.0 out "$name, $workers workers"
        run -q -r "$name.pcap" --keylog "$name.keys" --json --no-meta --workers $workers
        rc_is 0
        quiet_is
        same inside.0 out "$name, key log, $workers workers"
    done
    grep -q '"decrypted":true' inside.0 || fail "$name: nothing is decrypted"
    ! grep -q tls_decryption_failed inside.0 || fail "$name: some records are not decrypted"
done

# --- a lost segment: the body and the responses after it are complete ---

run -q -r http.pcap -Y 'tcp.srcport == 4431 && tcp.len == 1448' -T fields -e ip.id -e tcp.dstport
read -r id port < <(tail -n 2 out | head -n 1) # of the second record of a body
run -q -r http.pcap -w lost.pcap "not (tcp dst port $port and ip[4:2] == $id)"
(($("$TAPLIGHT" -q -r lost.pcap --count) + 1 == $("$TAPLIGHT" -q -r http.pcap --count))) || fail 'one segment is to be lost'
for workers in 0 2; do
    run -q -r lost.pcap --keylog http.keys --json --no-meta --workers $workers "tcp port $port"
    out_has '"uri":"/plain.bin".*"response_body_len":20000'
    out_has '"uri":"/missing".*"status_code":404'
    ! grep -q tls_decryption_failed out || fail "$ran: a record was not decrypted"
done

# --- pcapng files keep and get secrets ---

run -q -r "$samples/decrypted-old.pcapng" -w kept.pcapng
run -q -r kept.pcapng --json --no-meta
mv out kept
run -q -r "$samples/decrypted-old.pcapng" --json --no-meta
same kept out 'secrets that were kept'
run -q -r old.pcap --inject-secrets old.keys -w injected.pcapng
rc_is 0
quiet_is
run -q -r injected.pcapng --json --no-meta
same kept out 'secrets that were injected'
run -r old.pcap --inject-secrets old.keys -w no.pcap
rc_is 2
error_is 'add -w FILE.pcapng'
echo nothing >empty.keys
run -r old.pcap --inject-secrets empty.keys -w no.pcapng
rc_is 2
error_is 'has no secrets'

# --- messages ---

{ echo '# a comment'; echo 'CLIENT_RANDOM 00'; cat old.keys; } >wrong.keys
run -r old.pcap --keylog wrong.keys --json --no-meta
rc_is 0
error_is 'wrong.keys: line 2 is no line of a key log'
same kept out 'a wrong line'
run -r old.pcap --keylog http.keys --json --no-meta
rc_is 0
error_is 'nothing could be decrypted with http.keys.*SSLKEYLOGFILE'
run -r old.pcap --keylog missing.keys --json
rc_is 1
error_is 'cannot read the key log missing.keys'

# --- filters and trees ---

run -q -r "$samples/decrypted-http.pcapng" -Y 'tls && http.host == "www.example.test"' -T fields -e http.request.uri
(($(grep -c . out) == 12)) || fail "-Y finds $(grep -c . out) requests inside TLS, not 12"
run -q -r "$samples/decrypted-mail.pcapng" --json --no-meta -Y 'decrypted && _path == "smtp"'
lines_are 2
run -r "$samples/decrypted-old.pcapng" -v
out_has '^Hypertext Transfer Protocol'

# --- both grow ---

head -c 24 http.pcap >grows.pcap
: >grows.keys
timeout 20 "$TAPLIGHT" -q -r grows.pcap --follow --keylog grows.keys --json --no-meta -c "$("$TAPLIGHT" -q -r http.pcap --count)" \
    --workers 2 >grown 2>err &
sleep 0.3
cat http.keys >>grows.keys
tail -c +25 http.pcap >>grows.pcap
wait $! || fail "--follow: exit code $?: $(head -n 2 err)"
sed 's/"ts":[0-9.]*,//' grown | sort >one
sed 's/"ts":[0-9.]*,//' http | sort >two
same one two 'a key log that grows'

# --- secrets and passwords ---

cut -d' ' -f3 http.keys mail.keys | cut -c 1-24 | sort -u >hidden
printf '%s\n' c29tZW9uZTpzYW1wbGU someone:sample AGpvZQBzYW1wbGU >>hidden
for form in --json --json=packets "${forms[@]}"; do
    # shellcheck disable=SC2086 # several arguments
    run -r "$samples/decrypted-http.pcapng" -r "$samples/decrypted-mail.pcapng" $form
    rc_is 0
    ! grep -qiFf hidden out || fail "$ran: shows $(grep -oiFf hidden out | head -n 1)"
done
run -r "$samples/decrypted-http.pcapng" --json --show-secrets
out_has '"decrypted":true.*"username":"someone","password":"sample"'
! grep -qiFf <(head -n -3 hidden) out || fail "$ran: shows a secret of TLS"

done_testing
