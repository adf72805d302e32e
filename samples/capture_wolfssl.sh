#!/usr/bin/env bash
# Builds wolfSSL's example client and server with DTLS 1.3, which Debian 12's package leaves out, for capture_dtls.sh.
# Usage: capture_wolfssl.sh DIR       DIR has, or gets, the source of Debian's package (apt-get source wolfssl)
# Then: WOLFSSL=DIR ONLY=dtls/wolfssl capture.sh
set -euo pipefail
cd "${1:?DIR}"
source=$(echo wolfssl-5.*/)
if [ ! -d "$source" ]; then
    apt-get source wolfssl
    source=$(echo wolfssl-5.*/)
fi
cd "$source"
printf '#define %s\n' WOLFSSL_TLS13 WOLFSSL_DTLS WOLFSSL_DTLS13 WOLFSSL_DTLS_CID WOLFSSL_DTLS_MTU WOLFSSL_SEND_HRR_COOKIE \
    WOLFSSL_EARLY_DATA HAVE_SESSION_TICKET HAVE_TLS_EXTENSIONS HAVE_SUPPORTED_CURVES HAVE_EXTENDED_MASTER \
    HAVE_ENCRYPT_THEN_MAC HAVE_SNI HAVE_ALPN HAVE_HKDF WC_RSA_PSS HAVE_ECC ECC_TIMING_RESISTANT WC_RSA_BLINDING HAVE_AESGCM \
    HAVE_AESCCM HAVE_CHACHA HAVE_POLY1305 HAVE_CURVE25519 HAVE_FFDHE_2048 HAVE_DH_DEFAULT_PARAMS WOLFSSL_SHA384 \
    WOLFSSL_SHA512 OPENSSL_EXTRA HAVE_SECRET_CALLBACK WOLFSSL_SP_MATH_ALL 'SP_INT_BITS 4096' WOLFSSL_AES_DIRECT \
    WOLFSSL_KEY_GEN SINGLE_THREADED >user_settings.h
# glibc always defines BIG_ENDIAN: without this, 5.5.4 encrypts record numbers with ChaCha20 in the wrong byte order.
sed -i 's/^#ifdef BIG_ENDIAN$/#ifdef BIG_ENDIAN_ORDER/' src/dtls13.c
cat >key_log.h <<'C'
static int key_log(WOLFSSL *ssl, int id, const unsigned char *secret, int len, void *context)
{
    static const char *const labels[] = { [CLIENT_EARLY_TRAFFIC_SECRET] = "CLIENT_EARLY_TRAFFIC_SECRET",
        [CLIENT_HANDSHAKE_TRAFFIC_SECRET] = "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        [SERVER_HANDSHAKE_TRAFFIC_SECRET] = "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        [CLIENT_TRAFFIC_SECRET] = "CLIENT_TRAFFIC_SECRET_0", [SERVER_TRAFFIC_SECRET] = "SERVER_TRAFFIC_SECRET_0" };
    unsigned char random[32];
    FILE *file;
    (void)context;
    if (id > SERVER_TRAFFIC_SECRET || wolfSSL_get_client_random(ssl, random, 32) != 32 ||
        (file = fopen(getenv("SSLKEYLOGFILE"), "a")) == NULL)
        return 0;
    fprintf(file, "%s ", labels[id]);
    for (int i = 0; i < 32; i++)
        fprintf(file, "%02x", random[i]);
    fputc(' ', file);
    for (int i = 0; i < len; i++)
        fprintf(file, "%02x", secret[i]);
    fputc('\n', file);
    fclose(file);
    return 0;
}
C
if ! grep -q key_log.h examples/client/client.c; then
    sed -i -E '0,/^static int ClientBenchmarkConnections/s//#include "key_log.h"\n&/
        s/^( *)(ssl|sslResume) = wolfSSL_new\(ctx\);/&\n\1if (\2) wolfSSL_set_tls13_secret_cb(\2, key_log, NULL);/
        s/^( *)wolfSSL_KeepArrays\((ssl|sslResume)\);/&\n\1wolfSSL_set_tls13_secret_cb(\2, key_log, NULL);/' examples/client/client.c
fi
flags=(-O1 -w -DWOLFSSL_USER_SETTINGS -I.)
library=(src/{ssl,internal,keys,tls,tls13,wolfio,dtls,dtls13,ocsp,crl}.c)
while read -r file; do library+=("$file"); done < <(find wolfcrypt/src -maxdepth 1 -name '*.c' |
    grep -vE '/(evp|misc|sp_cortexm|sp_arm.*|sp_dsp32|wc_dsp|.*_fp|integer|tfm|wc_pkcs11|.*kyber.*|falcon|dilithium|sphincs)\.c$')
for role in client server; do
    gcc "${flags[@]}" -o "../$role" "examples/$role/$role.c" "${library[@]}" -lm
done
