/* keylog.h - --keylog and --rsa-key: the secrets of TLS sessions that a run has. */
#ifndef TL_CLI_KEYLOG_H
#define TL_CLI_KEYLOG_H

#include "capture/keylog_file.h"
#include "cli/options.h"

struct tl_counters;

struct tl_secrets {
    struct tl_keylog *log;       /* NULL: none were asked for */
    struct tl_keylog_file *file; /* the same */
    struct tl_rsa_keys *rsa;     /* of --rsa-key; owned; NULL: none */
    uint8_t *inject;             /* of --inject-secrets; owned; NULL: none */
    size_t inject_len, inject_size; /* bytes of lines; of memory */
};

/* Reads the key logs that are given. Call it before root is given up. */
enum tl_failure tl_secrets_open(struct tl_secrets *secrets, const struct tl_options *o, struct tl_error *error);
void tl_secrets_close(struct tl_secrets *secrets);
/* After the run: reports lines that were wrong, secrets without room, and that nothing could be decrypted. */
void tl_secrets_tell(const struct tl_secrets *secrets, const struct tl_options *o, const struct tl_counters *counters);

#endif
