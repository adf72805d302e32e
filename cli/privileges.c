/* privileges.c - drops root and capabilities(7) with libcap-ng. */
#include "cli/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Reads SUDO_UID. It is trusted because only root can have set the environment of a root process. */
static bool sudo_caller(uid_t *uid)
{
    const char *text = getenv("SUDO_UID");
    char *end;
    if (text == NULL || *text < '0' || *text > '9')
        return false;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    *uid = (uid_t)value;
    return errno == 0 && *end == '\0' && *uid == value && value != 0;
}

enum tl_failure tl_privileges_choose(struct tl_identity *identity, const char *user, struct tl_error *error)
{
    uid_t caller;
    *identity = (struct tl_identity){ .uid = geteuid(), .gid = getegid() };
    if (geteuid() != 0) {
        const struct passwd *self = user != NULL ? getpwnam(user) : NULL;
        if (user != NULL && (self == NULL || self->pw_uid != geteuid()))
            return tl_error_set(error, TL_E_USAGE, "cannot change to user %s without root: leave out -Z", user);
        return TL_E_NONE;
    }
    const struct passwd *entry = user != NULL           ? getpwnam(user)
                                 : sudo_caller(&caller) ? getpwuid(caller)
                                                        : getpwnam("nobody");
    if (entry == NULL)
        return tl_error_set(error, TL_E_USAGE, "no user %s to change to: give another with -Z",
                            user != NULL ? user : "nobody");
    identity->changes = entry->pw_uid != 0;
    identity->uid = entry->pw_uid;
    identity->gid = entry->pw_gid;
    snprintf(identity->name, sizeof(identity->name), "%s", entry->pw_name);
    return TL_E_NONE;
}

bool tl_privileges_may_capture(void)
{
    return capng_get_caps_process() == 0 && capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW) == 1;
}

enum tl_failure tl_privileges_drop(const struct tl_identity *identity, bool keep_raw, struct tl_error *error)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return tl_error_set(error, TL_E_RUNTIME, "cannot set no_new_privs: %s", strerror(errno));
    if (geteuid() == 0 && !identity->changes)
        return TL_E_NONE;
    capng_clear(CAPNG_SELECT_ALL);
    if (keep_raw && capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_RAW) != 0)
        return tl_error_set(error, TL_E_RUNTIME, "cannot keep CAP_NET_RAW");
    /* Clearing the bounding set needs CAP_SETPCAP, which a container may not have. */
    bool bounds = capng_have_permitted_capabilities() >= 0 && prctl(PR_CAPBSET_READ, CAP_SETPCAP, 0, 0, 0) == 1;
    int status = identity->changes
                     ? capng_change_id((int)identity->uid, (int)identity->gid,
                                       (capng_flags_t)(CAPNG_INIT_SUPP_GRP | (bounds ? CAPNG_CLEAR_BOUNDING : 0)))
                     : capng_apply(CAPNG_SELECT_CAPS);
    if (status != 0)
        return tl_error_set(error, TL_E_PERMISSION,
                            "cannot drop privileges as %s (libcap-ng: %d): give -Z root to stay root",
                            identity->changes ? identity->name : "this user", status);
    return TL_E_NONE;
}
