#!/usr/bin/env bash
# Encrypted flows: the lock, the name of the server and JA4, certificates, a key log that is chosen, streams in HTTP/2 and QUIC.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
secret=$SOURCE/samples/tls/decrypted-http.pcapng
grep -aoE '[A-Z0-9_]+ [0-9a-f]{64} [0-9a-f]{64,96}' "$secret" >keys
"$TAPLIGHT" -q -r "$secret" -w sealed.pcap

# Without secrets the lock is closed; what the hello says has columns where there is room.
open 200 40 -r sealed.pcap
shows '^ +1 '
page Flows
shows '^10\.77\.0\.1:52950 +10\.77\.0\.2:4431 +tcp +🔒 +28479 .* www\.example\.test +t13d0212h1_[0-9a-f]{12}_[0-9a-f]{12} *$'
shows '^10\.77\.0\.1:59802 +10\.77\.0\.2:8082 +tcp +23250 +38 '
keys '?'
shows 'a closed lock \(E in ASCII\): encrypted; an open one \(D\)'
keys Escape

# The key log: an error changes nothing, then the file is read again.
keys L
shows '^Key log \(SSLKEYLOGFILE\) to decrypt with:'
keys missing Enter
shows 'cannot read the key log missing: No such file'
shows '^10\.77\.0\.1:52950 .* 🔒 '
keys L ke Tab Enter
shows 'read again with the key log'
shows '^10\.77\.0\.1:52950 .* 🔓 +28479 .* ssl,http '
keys c
shows '^ taplight .*--keylog keys *$'
keys Escape
page Transactions
kind http
shows ' http .* GET .*/missing 404'
keys q
ended 0

# Where the input cannot be read again, sessions to come are decrypted.
feed="(cat sealed.pcap) | " open 80 24 -r -
shows '^ +1 '
keys L keys Enter
shows 'that begin from now on are decrypted: only files'
page Flows
shows '^10\.77\.0\.1:52950 .* 🔒 '
keys q
ended 0

# A file and a key log that grow: sessions are decrypted as their secrets come.
head -c 24 sealed.pcap >grows.pcap
: >grows.keys
open 200 40 -r grows.pcap --follow --keylog grows.keys
shows ' grows.pcap '
cat keys >>grows.keys
tail -c +25 sealed.pcap >>grows.pcap
shows '^ +1 '
page Flows
shows '^10\.77\.0\.1:52950 .* 🔓 +28479 .* ssl,http '
page Transactions
kind http
shows ' http .* GET .*/missing 404'
keys q
ended 0

# In ASCII; at 80 columns the rest is to the right.
mkdir -p config/taplight
echo '{ "ascii": true }' >config/taplight/config.json
open 80 24 -r sealed.pcap
shows '^ +1 '
page Flows
shows '^10\.77\.0\.1:52950 +10\.77\.0\.2:4431 +tcp +E +28479 '
keys Left Left Left Left Left
shows 'JA4-'
shows ' t13d0212h1_'
keys q
ended 0
rm -r config

# Certificates: kinds of records.
open 120 40 -r "$SOURCE/samples/tls/versions.pcap"
shows '^ +1 '
page Transactions
keys C
shows '^[━─]+ Transactions .* x509 only: 1/9 '
shows ' x509 +.*CN='
keys Enter
shows 'certificate\.subject'
keys q
ended 0
open 120 40 -r "$SOURCE/samples/dns/types.pcap"
shows '^ +1 '
page Transactions
keys C
shows 'there is no certificate: TLS 1\.3 encrypts them'
keys q
ended 0

# A stream in HTTP/2, the number that the packet has; then the bytes as they were sent.
open 120 40 -r "$SOURCE/samples/http2/curl.pcap"
shows '^ +1 '
keys F 'http2.streamid == 1' Enter
hides ' \[SYN\] '
shows ' HTTP2 '
keys s i
shows '^Stream in HTTP/2 \(empty: the bytes as sent\): 1 *$'
keys Enter
shows '^[━─]+ Stream .* stream 1 in HTTP/2, text, [0-9]+ bytes'
shows '^> .*:method.*HEAD'
shows '^< .*:status.*200'
hides 'PRI \* HTTP/2'
keys w saved Enter
shows 'bytes saved: saved'
"$TAPLIGHT" -q -r "$SOURCE/samples/http2/curl.pcap" -z follow,http2,raw,0,1 | grep -E '^	?[0-9a-f]+$' | tr -d '\t\n' >due
[[ -s due ]] || fail 'no stream to compare with'
od -An -v -tx1 saved | tr -d ' \n' >seen
same seen due 'the stream'
keys i C-u x Enter
shows 'x is no number of a stream'
keys i C-u Enter
shows '^> PRI \* HTTP/2'
keys q
ended 0
open 120 40 -r "$SOURCE/samples/quic/http3.pcapng"
shows '^ +1 '
keys s i C-u 0 Enter
shows '^[━─]+ Stream .* stream 0 in QUIC, text, [0-9]+ bytes'
hides 'no payload|reading'
keys w saved3 Enter
shows 'bytes saved: saved3'
"$TAPLIGHT" -q -r "$SOURCE/samples/quic/http3.pcapng" -z follow,quic,raw,0,0 | grep -E '^	?[0-9a-f]+$' | tr -d '\t\n' >due
od -An -v -tx1 saved3 | tr -d ' \n' >seen
[[ -s due ]] && same seen due 'the stream in QUIC'
keys q
ended 0
done_testing
