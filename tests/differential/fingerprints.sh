#!/usr/bin/env bash
# JA3, JA3S and JA4 of all hellos of our samples, and of some captures from outside, against a second implementation.
set -uo pipefail
: "${TAPLIGHT:?the path of the program}" "${SOURCE:?the source tree}"
python=$(command -v /usr/bin/python3 || command -v python3) || { echo "skipped: no python3"; exit 77; }
captures=("$SOURCE"/samples/{tls/*.pcap,dtls/*.pcap*,quic/*.pcap*,ftp/auth-tls.pcap,smtp/starttls.pcap})
if [[ -z ${SANITIZED-} && -d ${CORPUS-} ]]; then
    for name in arkime/tests/pcap/{https-generalizedtime,https2-301-get,tls-alpn-h2,openssl-tls1_3} \
        pcapplusplus/Tests/ExamplesTest/pcap_examples/tls2 retina/traces/tls_ciphers mercury/test/data/top_100_fingerprints \
        suricata-verify/tests/tls/{tls13-draft28/tls13_draft28,tls-subject-zero/input} mercury/unit_tests/pcaps/surfshark; do
        [[ ! -e $CORPUS/$name.pcap ]] || captures+=("$CORPUS/$name.pcap")
    done
fi
"$python" "$SOURCE/tests/differential/fingerprints.py" "$TAPLIGHT" "${captures[@]}"
