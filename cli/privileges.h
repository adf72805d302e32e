/* privileges.h - drops root privileges before the first packet is parsed. */
#ifndef TL_CLI_PRIVILEGES_H
#define TL_CLI_PRIVILEGES_H

#include "core/status.h"

#include <stdbool.h>
#include <sys/types.h>

/* The user to run as. */
struct tl_identity {
    bool changes; /* the process is root and changes to uid */
    uid_t uid;
    gid_t gid;
    char name[64];
};

/*
 * Chooses the user: `user` is the argument of -Z; NULL means the sudo caller, or the user "nobody". A process that is
 * not root keeps its user. Returns TL_E_USAGE if the user does not exist, or if only root can change to it.
 */
enum tl_failure tl_privileges_choose(struct tl_identity *identity, const char *user,
                                     struct tl_error *error) TL_MUST_CHECK;
/* Returns true if this process has CAP_NET_RAW. */
bool tl_privileges_may_capture(void);
/*
 * Changes to the chosen user and drops all capabilities (keep_raw: except CAP_NET_RAW), with no way to regain them.
 * Does nothing if root stays root.
 */
enum tl_failure tl_privileges_drop(const struct tl_identity *identity, bool keep_raw,
                                     struct tl_error *error) TL_MUST_CHECK;

#endif
