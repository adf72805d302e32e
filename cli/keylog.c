/* keylog.c - reads the key log and private keys before the run, and reports after it what they were good for. */
#include "cli/keylog.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/report.h"
#include "crypto/libcrypto.h"
#include "pipeline/engine.h"

enum {
    INJECT_MOST = 8 << 20, /* bytes: a block of pcapng is shorter than 16 MiB */
    KEY_MOST = 1 << 20,    /* bytes of a file with private keys */
};

static void tell_wrong(const struct tl_secrets *secrets)
{
    const char *notice = tl_keylog_file_notice(secrets->file);
    if (notice != NULL)
        tl_tell("%s", notice);
}

/* Reads a whole file into memory for secrets. */
static enum tl_failure read_all(struct tl_secrets *secrets, const char *name, struct tl_error *error)
{
    struct stat st;
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    enum tl_failure failure = TL_E_NONE;
    if (fd < 0 || fstat(fd, &st) < 0)
        failure = tl_error_set(error, errno == EACCES ? TL_E_PERMISSION : TL_E_RUNTIME,
                               "cannot read the key log %s: %s", name, strerror(errno));
    else if (!S_ISREG(st.st_mode) || st.st_size == 0 || st.st_size > INJECT_MOST)
        failure = tl_error_set(error, TL_E_USAGE, "--inject-secrets: %s %s: give a key log", name,
                               !S_ISREG(st.st_mode) ? "is no regular file"
                               : st.st_size == 0    ? "is empty"
                                                    : "is longer than 8 MiB");
    if (failure == TL_E_NONE && (secrets->inject = tl_secret_memory((size_t)st.st_size)) == NULL)
        failure = tl_error_set(error, TL_E_RUNTIME, "out of memory");
    if (failure == TL_E_NONE) {
        secrets->inject_size = (size_t)st.st_size;
        ssize_t n = pread(fd, secrets->inject, secrets->inject_size, 0);
        secrets->inject_len = n > 0 ? (size_t)n : 0;
        if (n <= 0)
            failure = tl_error_set(error, TL_E_RUNTIME, "cannot read the key log %s: %s", name, strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    return failure;
}

/* The lines go into the file as they are; something must be among them. */
static enum tl_failure read_injected(struct tl_secrets *secrets, const struct tl_options *o, struct tl_error *error)
{
    struct tl_keylog_faults faults = { 0 };
    enum tl_failure failure = read_all(secrets, o->inject, error);
    if (failure != TL_E_NONE)
        return failure;
    struct tl_keylog *log = tl_keylog_new(o->memory / TL_KEYLOG_SHARE);
    if (log == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    tl_keylog_add_text(log, tl_bytes_of(secrets->inject, secrets->inject_len), 0, &faults);
    bool none = tl_keylog_used(log) == 0;
    tl_keylog_free(log);
    if (none)
        return tl_error_set(error, TL_E_USAGE,
                            "--inject-secrets: %s has no secrets: give a key log, as SSLKEYLOGFILE names it",
                            o->inject);
    if (faults.wrong > 0)
        tl_tell("%s: line %" PRIu64 " is no line of a key log%s: it was put into the file nevertheless", o->inject,
                faults.first_line, faults.wrong > 1 ? ", as are others" : "");
    return TL_E_NONE;
}

/* The text of a file of private keys, in memory for secrets. */
static enum tl_failure read_key(const char *name, uint8_t **text, size_t *len, struct tl_error *error)
{
    struct stat st;
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    enum tl_failure failure = TL_E_NONE;
    *text = NULL;
    *len = 0;
    if (fd < 0 || fstat(fd, &st) < 0)
        failure = tl_error_set(error, errno == EACCES ? TL_E_PERMISSION : TL_E_RUNTIME,
                               "cannot read the RSA key %s: %s", name, strerror(errno));
    else if (!S_ISREG(st.st_mode) || st.st_size == 0 || st.st_size > KEY_MOST)
        failure = tl_error_set(error, TL_E_USAGE, "--rsa-key: %s %s: give a private key in PEM", name,
                               !S_ISREG(st.st_mode) ? "is no regular file"
                               : st.st_size == 0    ? "is empty"
                                                    : "is longer than 1 MiB");
    else if ((*text = tl_secret_memory((size_t)st.st_size)) == NULL)
        failure = tl_error_set(error, TL_E_RUNTIME, "out of memory");
    if (failure == TL_E_NONE) {
        *len = (size_t)st.st_size;
        if (pread(fd, *text, *len, 0) != (ssize_t)*len)
            failure = tl_error_set(error, TL_E_RUNTIME, "cannot read the RSA key %s: %s", name, strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    return failure;
}

static enum tl_failure add_key(struct tl_rsa_keys *keys, const char *name, struct tl_error *error)
{
    uint8_t *text;
    size_t len;
    enum tl_failure failure = read_key(name, &text, &len, error);
    enum tl_crypto_status status =
        failure == TL_E_NONE ? tl_rsa_keys_add(keys, tl_bytes_of(text, len)) : TL_CRYPTO_OK;
    tl_secret_memory_free(text, len);
    if (failure != TL_E_NONE || status == TL_CRYPTO_OK)
        return failure;
    if (status == TL_CRYPTO_FAILED)
        return tl_error_set(error, TL_E_USAGE, "--rsa-key: %s: more than %d RSA keys: give those of the servers only",
                            name, TL_RSA_KEYS_GIVEN);
    if (status == TL_CRYPTO_UNAVAILABLE)
        return tl_error_set(error, TL_E_USAGE, "--rsa-key: %s needs a passphrase: remove it with openssl rsa -in FILE -out "
                            "FILE", name);
    return tl_error_set(error, TL_E_USAGE, "--rsa-key: %s has no RSA private key: give one in PEM", name);
}

static enum tl_failure open_keys(struct tl_secrets *secrets, const struct tl_options *o, struct tl_error *error)
{
    enum tl_failure failure = TL_E_NONE;
    secrets->rsa = tl_rsa_keys_new();
    if (secrets->rsa == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    for (uint32_t i = 0; failure == TL_E_NONE && i < o->rsa_key_count; i++)
        failure = add_key(secrets->rsa, o->rsa_keys[i], error);
    tl_keylog_use_rsa(secrets->log, secrets->rsa, tl_rsa_premaster);
    return failure;
}

enum tl_failure tl_secrets_open(struct tl_secrets *secrets, const struct tl_options *o, struct tl_error *error)
{
    *secrets = (struct tl_secrets){ .log = NULL };
    if (o->inject != NULL && read_injected(secrets, o, error) != TL_E_NONE)
        return error->kind;
    if (o->keylog == NULL && o->rsa_key_count == 0)
        return TL_E_NONE;
    bool grows = o->interface_count > 0 || o->follow;
    secrets->log = tl_keylog_new(o->memory / TL_KEYLOG_SHARE);
    if (secrets->log == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    if (o->rsa_key_count > 0 && open_keys(secrets, o, error) != TL_E_NONE)
        return error->kind;
    if (o->keylog == NULL)
        return TL_E_NONE;
    secrets->file = tl_keylog_file_open(o->keylog, error);
    if (secrets->file == NULL)
        return error->kind;
    if (grows)
        tl_keylog_grows(secrets->log);
    enum tl_failure failure = tl_keylog_file_read(secrets->file, secrets->log, !grows, error);
    if (failure == TL_E_NONE)
        tell_wrong(secrets);
    return failure;
}

void tl_secrets_close(struct tl_secrets *secrets)
{
    tl_keylog_file_close(secrets->file);
    tl_keylog_free(secrets->log);
    tl_rsa_keys_free(secrets->rsa);
    tl_secret_memory_free(secrets->inject, secrets->inject_size);
    *secrets = (struct tl_secrets){ .log = NULL };
}

void tl_secrets_tell(const struct tl_secrets *secrets, const struct tl_options *o, const struct tl_counters *counters)
{
    uint64_t left_out = counters->secrets_left_out, n = counters->secrets_wrong;
    if (secrets->file != NULL) {
        tell_wrong(secrets);
        left_out += tl_keylog_file_left_out(secrets->file);
    }
    if (o->quiet)
        return;
    if (n > 0)
        tl_tell("%" PRIu64 " %s of TLS secrets in the capture %s no %s of a key log and %s skipped", n,
                n == 1 ? "line" : "lines", n == 1 ? "is" : "are", n == 1 ? "line" : "lines", n == 1 ? "was" : "were");
    if (left_out > 0)
        tl_tell("%" PRIu64 " TLS %s left out, memory limit reached: raise it with --mem", left_out,
                left_out == 1 ? "secret was" : "secrets were");
    if (secrets->file != NULL && counters->decrypted == 0 && counters->flows > 0)
        tl_tell("nothing could be decrypted with %s: have the program write it (SSLKEYLOGFILE) before its TLS sessions "
                "begin, and capture these from their start", o->keylog);
    else if (secrets->rsa != NULL && counters->decrypted == 0 && counters->flows > 0)
        tl_tell("nothing could be decrypted with %s: only sessions with the key exchange RSA (TLS_RSA_WITH_..) can be, from "
                "their start; use --keylog for others", o->rsa_keys[0]);
}
