/*
 * cgroup.c - the container of a process, by the path of its control group (cgroups(7)).
 *
 * A line of /proc/PID/cgroup is HIERARCHY:CONTROLLERS:PATH. The last part of a path that names a container counts, so that
 * of a container in a container the inner one is found:
 *
 *   /docker/HEX                                     docker, cgroupfs
 *   /system.slice/docker-HEX.scope                  docker, systemd
 *   /machine.slice/libpod-HEX.scope/container       podman
 *   /kubepods/burstable/podUID/HEX                  containerd
 *   /kubepods.slice/.../cri-containerd-HEX.scope    containerd, systemd; crio-HEX.scope: CRI-O
 *   /lxc/NAME, /lxc.payload.NAME                    lxc
 *   /machine.slice/machine-NAME.scope               systemd-nspawn
 */
#include "enrich/cgroup.h"

#include <stdio.h>
#include <string.h>

enum { HEX_DIGITS = 64, FEWEST = 4 };

static bool begins(const char *part, size_t len, const char *prefix)
{
    size_t n = strlen(prefix);
    return len > n && strncmp(part, prefix, n) == 0;
}

static void take(const char *name, size_t len, char id[TL_CONTAINER_ID])
{
    if (len >= TL_CONTAINER_ID)
        len = TL_CONTAINER_ID - 1;
    memcpy(id, name, len);
    id[len] = '\0';
}

/* An id at the end of the part, alone or after a dash. */
static bool take_hex(const char *part, size_t len, char id[TL_CONTAINER_ID])
{
    if (len < HEX_DIGITS || strspn(part + len - HEX_DIGITS, "0123456789abcdef") < HEX_DIGITS)
        return false;
    if (len > HEX_DIGITS && part[len - HEX_DIGITS - 1] != '-')
        return false;
    if (begins(part, len, "libpod-conmon-") || begins(part, len, "crio-conmon-")) /* the process that watches one */
        return false;
    take(part + len - HEX_DIGITS, HEX_DIGITS, id);
    return true;
}

/* before: the part before this one; "" if there is none. */
static bool take_part(const char *part, size_t len, const char *before, size_t before_len, char id[TL_CONTAINER_ID])
{
    static const char scope[] = ".scope";
    bool is_scope = len > sizeof scope - 1 && strncmp(part + len - (sizeof scope - 1), scope, sizeof scope - 1) == 0;
    size_t bare = is_scope ? len - (sizeof scope - 1) : len;
    if (take_hex(part, bare, id))
        return true;
    if (is_scope && begins(part, bare, "machine-"))
        take(part + 8, bare - 8, id);
    else if (begins(part, len, "lxc.payload."))
        take(part + 12, len - 12, id);
    else if (before_len == 3 && strncmp(before, "lxc", 3) == 0 && len > 0)
        take(part, len, id);
    else
        return false;
    return true;
}

bool tl_cgroup_container(const char *text, char id[TL_CONTAINER_ID])
{
    bool found = false;
    for (const char *line = text; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        const char *end = line + len, *path = memchr(line, ':', len);
        path = path != NULL ? memchr(path + 1, ':', (size_t)(end - path - 1)) : NULL;
        const char *before = "";
        size_t before_len = 0;
        for (const char *part = path != NULL ? path + 1 : end; part < end;) {
            size_t n = strcspn(part, "/\n");
            found |= take_part(part, n, before, before_len, id);
            before = part;
            before_len = n;
            part += n + (part[n] == '/');
        }
        if (found)
            return true;
        line = *end != '\0' ? end + 1 : end;
    }
    return false;
}

bool tl_cgroup_is(const char *id, const char *name)
{
    size_t len = strlen(name);
    if (strcmp(id, name) == 0)
        return true;
    return len >= FEWEST && strlen(id) == HEX_DIGITS && strspn(id, "0123456789abcdef") == HEX_DIGITS &&
           strncmp(id, name, len) == 0;
}
