/* privileges.h - what root gave is given up before the first byte from the network is looked at. */
#ifndef TL_CLI_PRIVILEGES_H
#define TL_CLI_PRIVILEGES_H

#include "core/status.h"

#include <stdbool.h>
#include <sys/types.h>

/* Who goes on. */
struct tl_identity {
    bool changes; /* the process is root's, and shall not stay so */
    uid_t uid;
    gid_t gid;
    char name[64];
};

/*
 * user: of -Z, or NULL: who called sudo, or nobody. A process that is not root's stays who it is. TL_E_USAGE for a user
 * that there is not, or whom only root can become.
 */
enum tl_failure tl_privileges_choose(struct tl_identity *identity, const char *user, struct tl_error *error) TL_MUST_CHECK;
/* May this process open interfaces: has it CAP_NET_RAW? */
bool tl_privileges_may_capture(void);
/*
 * Becomes that one, without capabilities (keep_raw: but CAP_NET_RAW), and without a way to get new ones. Root that
 * shall stay root keeps all.
 */
enum tl_failure tl_privileges_drop(const struct tl_identity *identity, bool keep_raw, struct tl_error *error) TL_MUST_CHECK;

#endif
