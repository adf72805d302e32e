#!/usr/bin/env bash
# --rsa-key: sessions of TLS 1.0 to 1.2 whose key exchange is RSA are as in the clear, with and without an extended master
# secret, for any number of workers; the key is in no output; messages.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
sample=$SOURCE/samples/tls/rsa-exchange.pcap key=$SOURCE/samples/tls/rsa-exchange.key

run -q -r "$sample" --rsa-key "$key" --json --no-meta --workers 0
rc_is 0
quiet_is
mv out opened
requests=$(grep -c '"_path":"http".*"decrypted":true.*"host":"www.example.test","uri":"/x".*"status_code":200' opened)
((requests == 6)) || fail "$requests of 6 requests are decrypted"
for suite in AES_128_GCM_SHA256 AES_256_GCM_SHA384 AES_256_CBC_SHA256 AES_128_CBC_SHA AES_256_CBC_SHA; do
    grep -q "\"cipher\":\"TLS_RSA_WITH_$suite\"" opened || fail "no session with $suite"
done
! grep -q tls_decryption_failed opened || fail 'a record was not decrypted'
several=(1 2 4)
[[ -z ${SANITIZED-} ]] || several=(2)
for workers in "${several[@]}"; do
    run -q -r "$sample" --rsa-key "$key" --json --no-meta --workers "$workers"
    same opened out "$workers workers"
done
run -q -r "$sample" --json --no-meta
! grep -q '"decrypted":true' out || fail 'it is decrypted without a key'

# Sessions that are resumed, by a ticket, a renewed one and an id, and a ticket that is not taken.
resumed=$SOURCE/samples/tls/rsa-resumed.pcap
run -q -r "$resumed" --rsa-key "$key" --json --no-meta --workers 0
rc_is 0
quiet_is
mv out resumed
[[ $(grep -c '"_path":"ssl".*"resumed":true' resumed) == 4 ]] || fail 'not 4 sessions are resumed'
requests=$(grep -c '"_path":"http".*"decrypted":true.*"uri":"/x".*"status_code":200' resumed)
((requests == 7)) || fail "$requests of 7 requests are decrypted"
! grep -q tls_decryption_failed resumed || fail 'a record of a resumed session was not decrypted'
for workers in "${several[@]}"; do
    run -q -r "$resumed" --rsa-key "$key" --json --no-meta --workers "$workers"
    same resumed out "resumed, $workers workers"
done

# Several keys: the right one is found, also in one file.
openssl genrsa 2048 >other.key 2>/dev/null || exit 77
openssl pkcs8 -topk8 -nocrypt -in "$key" >pkcs8.key
openssl rsa -in "$key" -traditional >old.key 2>/dev/null
cat other.key pkcs8.key >both.key
echo '# no secrets' >none.keys
for keys in '--rsa-key other.key --rsa-key old.key' '--rsa-key both.key' "--rsa-key $key --keylog none.keys"; do
    # shellcheck disable=SC2086
    run -q -r "$sample" $keys --json --no-meta
    rc_is 0
    same opened out "$keys"
done

# --- messages ---

run -r "$sample" --rsa-key other.key --json
rc_is 0
error_is 'nothing could be decrypted with other.key: only sessions with the key exchange RSA'
run -r "$sample" --rsa-key missing.key --json
rc_is 1
error_is 'cannot read the RSA key missing.key'
openssl ecparam -name prime256v1 -genkey -noout >ec.key
openssl rsa -in other.key -aes128 -passout pass:sample -out locked.key 2>/dev/null
: >empty.key
for message in 'ec.key has no RSA private key' 'locked.key needs a passphrase' 'empty.key is empty' '[.] is no regular file'; do
    run -r "$sample" --rsa-key "$(tr -d "[]" <<<"${message%% *}")" --json
    rc_is 2
    error_is "$message"
done
[[ ! -s out ]] || fail 'a wrong key does not stop the run'

# --- the key is in no output ---

modulus=$(openssl rsa -in "$key" -noout -text 2>/dev/null | sed -n '/^privateExponent/,/^prime1/p' | tr -d ' :\n' | sed 's/privateExponent//; s/prime1//' | cut -c 20-60)
((${#modulus} == 41)) || fail 'no private exponent'
for form in '-v -x' '-T json' '--json'; do
    # shellcheck disable=SC2086
    run -r "$sample" --rsa-key "$key" $form
    ! tr -d ' :\n' <out | grep -q "$modulus" || fail "$ran: shows the key"
done

done_testing
