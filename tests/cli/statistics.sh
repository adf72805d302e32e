#!/usr/bin/env bash
# -z: the figures of each statistic, worked out by hand from captures made here; errors; text and JSON; any number of
# workers; secrets.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

# Three DNS queries from 192.0.2.1:40000 to 192.0.2.53:53, 71 bytes on Ethernet, in the seconds 0, 1 and 4.
{ pcap_header; packet 0; packet 1; packet 4; } >three.pcap

# --- conv and endpoints ---

run -q -r three.pcap -z conv,ip
rc_is 0
tr -s ' ' <out | grep -qF '192.0.2.1 <-> 192.0.2.53 0 0 3 213 3 213 0.000000000 4.000000' || fail "conv,ip: $(cat out)"
run -q -r three.pcap -z conv,udp
tr -s ' ' <out | grep -qF '192.0.2.1:40000 <-> 192.0.2.53:53 0 0 3 213 3 213 0.000000000 4.000000' || fail "conv,udp: $(cat out)"
run -q -r three.pcap -z conv,eth
tr -s ' ' <out | grep -qF '02:00:00:00:00:02 <-> 02:00:00:00:00:01 0 0 3 213 3 213' || fail "conv,eth: $(cat out)"
run -q -r three.pcap -z conv,tcp
! grep -q -- '<->' out || fail 'conv,tcp has a conversation of UDP'
run -q -r three.pcap -z endpoints,udp
tr -s ' ' <out | grep -qx '192.0.2.1 40000 3 213 3 213 0 0' || fail "endpoints,udp: $(cat out)"
tr -s ' ' <out | grep -qx '192.0.2.53 53 3 213 0 0 3 213' || fail "endpoints,udp: $(cat out)"
# With a filter: the times are those of the packets that pass, from the first packet of all.
run -q -r three.pcap -z 'conv,ip,frame.number > 1'
tr -s ' ' <out | grep -qF '192.0.2.1 <-> 192.0.2.53 0 0 2 142 2 142 1.000000000 3.000000' || fail "conv with a filter: $(cat out)"
out_has '^Filter:frame.number > 1$'

# --- io,stat and io,phs ---

run -q -r three.pcap -z 'io,stat,2,,frame.number == 3,COUNT(udp.port)udp.port,SUM(udp.length)udp,MIN(frame.number)frame,AVG(frame.time_delta)frame'
grep '<>' out | tr -d ' ' >rows
cat >due <<'DUE'
|0<>2|2|142|0|0|4|74|1|0.500000|
|2<>4|0|0|0|0|0|0|0|0.000000|
|4<>Dur|1|71|1|71|2|37|3|3.000000|
DUE
same rows due io,stat
run -q -r three.pcap -z io,stat,0
grep -q '0.000000 <> 4.000000 | *3 | *213 |' out || fail "io,stat,0: $(cat out)"
run -q -r three.pcap -z io,phs
grep -o '.*frames.*' out >rows
cat >due <<'DUE'
eth                                      frames:3 bytes:213
  ip                                     frames:3 bytes:213
    udp                                  frames:3 bytes:213
      dns                                frames:3 bytes:213
DUE
same rows due io,phs

# --- trees ---

run -q -r three.pcap -z dns,tree
tr -s ' ' <out | grep -q '^ A 3 0.0008 100.00%' || fail "dns,tree: $(cat out)"
run -q -r three.pcap -z sizes
tr -s ' ' <out | grep -q '^ 40-79 3 71.00 71 71 0.0008 100.00%' || fail "sizes: $(cat out)"
cp out sizes
run -q -r three.pcap -z plen,tree
tail -n +4 out >out.rest
tail -n +4 sizes >due
same out.rest due 'plen,tree, the other name of sizes'
run -q -r "$SOURCE/samples/http/session.pcap" -z http,tree -z http_req,tree
out_has '^ HTTP Request Packets '
out_has '^   405 Method Not Allowed +1 ' # the server's phrase is another
out_has '^HTTP Requests by HTTP Host '

# --- follow ---

run -q -r three.pcap -z follow,udp,raw,0
[[ $(grep -cx 123401000001000000000000076578616d706c6503636f6d0000010001 out) == 3 ]] || fail "follow,udp: $(cat out)"
out_has '^Node 0: 192.0.2.1:40000$'
run -q -r three.pcap -z follow,udp,hex,192.0.2.53:53,192.0.2.1:40000
grep -q '^00000000  12 34 01 00 00 01 00 00  00 00 00 00 07 65 78 61  .4...... .....exa$' out || fail "follow,udp,hex: $(cat out)"
grep -q '^0000001D  12 34' out || fail 'the offset of the second datagram is not 29'
run -q -r three.pcap -z follow,udp,raw,1
out_has 'none: no packet of it was read'
http=$SOURCE/samples/http/session.pcap
run -q -r "$http" -z follow,tcp,ascii,0
cp out by-number
read -r a b < <(sed -n 's/^Node [01]: //p' out | tr '\n' ' ')
run -q -r "$http" -z "follow,tcp,ascii,$b,$a"
sed '/^Filter/d' out >out.rest
sed '/^Filter/d' by-number >due
same out.rest due 'follow by number and by the ends'
uid=$("$TAPLIGHT" -q -r "$http" --json --no-meta | sed -n 's/.*"_path":"conn".*"uid":"\([^"]*\)".*"first_pkt":1,.*/\1/p')
run -q -r "$http" -z "follow,tcp,ascii,$uid"
sed '/^Filter/d' out >out.rest
same out.rest due 'follow by number and by uid'
run -q -r "$http" -z follow,tcp,json,0
[[ $(wc -l <out) == 1 ]] && grep -q '^{"_path":"statistic".*}$' out || fail 'follow,tcp,json is no line of JSON'

# What HTTP and TLS carry: bodies without coding and chunks, plaintext; tshark has the same bytes.
inside() { sed -n '/^Node 1/,$p' | sed 1d | tr -d '\n\t ='; }
http_of() { "$TAPLIGHT" -q -r "$1" --show-secrets --workers 2 -z "$2" | inside; }
tshark_of() { tshark -r "$1" -q -z "$2" 2>/dev/null | inside; }
for what in http/session.pcap:http,raw,1 http/bodies.pcap:http,raw,0 tls/decrypted-http.pcapng:tls,raw,4 \
    tls/decrypted-http.pcapng:http,raw,6 tls/decrypted-mail.pcapng:tls,raw,2; do
    capture=$SOURCE/samples/${what%%:*} what=follow,${what#*:}
    http_of "$capture" "$what" >ours
    [[ $(wc -c <ours) -gt 300 ]] || fail "$capture: $what is empty"
    tshark_of "$capture" "$what" >theirs
    same ours theirs "$capture: $what beside tshark's"
done
# Streams inside a connection.
for what in http2/curl.pcap:8082:http2,ascii,0,1 http2/curl.pcap:8082:http2,hex,0,0 http2/large.pcap:8082:http2,raw,0,1 \
    http2/push.pcap:8083:http2,hex,0,13 http2/push.pcap:8083:http2,ascii,0,2 quic/ngtcp2.pcapng::quic,hex,0,0 \
    quic/http3.pcapng::quic,ascii,0,0 quic/http3.pcapng::quic,raw,1,2; do
    IFS=: read -r capture port what <<<"$what"
    capture=$SOURCE/samples/$capture
    "$TAPLIGHT" -q -r "$capture" --show-secrets --workers 2 -z "follow,$what" >ours
    [[ $(wc -c <ours) -gt 300 ]] || fail "$capture: follow,$what is empty"
    tshark -r "$capture" ${port:+-d tcp.port==$port,http2} -q -z "follow,$what" >theirs 2>/dev/null
    same ours theirs "$capture: follow,$what beside tshark's"
done
run -q -r "$SOURCE/samples/tls/decrypted-mail.pcapng" -z follow,tls,ascii,2
out_has '^[*]{26}'
! grep -q "$(printf '\0user\0' | base64 | cut -c1-4)" out || fail 'follow,tls shows credentials'

# A password is crossed out, unless secrets are shown.
ftp=$SOURCE/samples/ftp/session.pcap
run -q -r "$ftp" --show-secrets -z follow,tcp,ascii,0
secret=$(sed -n 's/^PASS //p' out | tr -d '\r' | head -n 1)
[[ ${#secret} -gt 3 ]] || fail 'the sample has no password'
for form in ascii,0 json,0 "ascii,$(sed -n 's/^Node [01]: //p' out | paste -sd ,)"; do
    for workers in 0 2; do
        run -q -r "$ftp" --workers $workers -z "follow,tcp,$form"
        ! grep -qF -- "$secret" out || fail "follow,tcp,$form shows a password"
        grep -q 'PASS \*\*\*' out || fail "follow,tcp,$form has no crossed-out password"
    done
done

# --- other forms ---

run -q -r three.pcap -z conv,udp --json
cat >due <<'DUE'
{"_path":"statistic","name":"conv,udp","filter":"","conversations":[{"a_addr":"192.0.2.1","a_port":40000,"b_addr":"192.0.2.53","b_port":53,"frames_a_b":3,"bytes_a_b":213,"frames_b_a":0,"bytes_b_a":0,"frames":3,"bytes":213,"ts":1700000000.000000000,"start":0.000000000,"duration":4.000000000}],"left_out":0}
DUE
sed -i 's/"ts":[0-9.]*/"ts":1700000000.000000000/' out
same out due 'conv,udp as JSON'
run -q -r three.pcap -z io,phs --json=flows --no-meta
[[ $(grep -c '"_path":"conn"' out) == 1 && $(tail -n 1 out) == '{"_path":"statistic"'* ]] || fail 'no records before the statistic'
run -r three.pcap -z io,phs --text
[[ $(grep -c 'example.com' out) == 3 ]] || fail '--text prints no lines'
run -q -r three.pcap -z io,phs --text
! grep -q 'example.com' out || fail '-q does not silence the lines'
run -q -r three.pcap -z conv,udp -z io,phs -o both.txt
[[ ! -s out ]] && grep -q 'UDP Conversations' both.txt && grep -q 'Protocol Hierarchy' both.txt || fail 'two statistics in a file'

# The same for any number of workers.
all=(-z conv,tcp -z endpoints,ip -z io,stat,1,tcp -z io,phs -z dns,tree -z http,tree -z http_req,tree -z sizes -z expert -z rtt
    -z follow,tcp,hex,3 -z follow,udp,raw,2)
for workers in 0 1 2 4; do
    run -q -r "$SOURCE/samples/showcase.pcap" --workers $workers "${all[@]}"
    rc_is 0
    cp out with.$workers
    same with.$workers with.0 "$workers workers"
done
run -q -r "$SOURCE/samples/showcase.pcap" --json "${all[@]}"
rc_is 0
[[ $(wc -l <out) == 12 ]] || fail 'not one object for each statistic'

# --- errors ---

refuses() { # refuses MESSAGE ARGUMENT..
    local message=$1
    shift
    run -r three.pcap "$@"
    rc_is 2
    grep -qF -- "$message" err || fail "$ran: no '$message' in: $(cat err)"
}
refuses "did you mean 'conv'" -z con,tcp
refuses "did you mean 'io,stat'" -z io,sta,1
refuses '-z help lists them' -z something,else
refuses 'give one of eth, ip, ipv6, tcp, udp' -z conv,tpc
refuses "there is no field or protocol 'tcp.prt'" -z conv,tcp,tcp.prt==1
refuses 'give seconds' -z io,stat,x
refuses 'needs a number' -z 'io,stat,1,SUM(dns.qry.name)dns'
refuses 'LOAD is not supported' -z 'io,stat,1,LOAD(udp.length)udp'
refuses 'STREAM is' -z follow,tcp,ascii,x
refuses 'give the number of a stream in it' -z follow,http2,ascii,0
refuses 'STREAM is' -z follow,quic,ascii,x,1
refuses 'takes no filter' -z rtt,tcp
refuses 'give the filter in the argument of -z' -Y udp -z io,phs
run -z help
rc_is 0
out_has '^conv,TYPE'
done_testing
