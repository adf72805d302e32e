/* namespace.c - network namespaces to capture in: --netns and --container. */
#include "cli/namespace.h"

#include "cli/devices.h"
#include "enrich/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONTAINERS = 256, SHOWN = 5, SHORT_ID = 12 };

/* --- containers --- */

struct container {
    char id[TL_CONTAINER_ID];
    unsigned long pid; /* the first of its processes */
};

/* Those that are meant, and some others for the message. */
struct containers {
    const char *name;
    struct container items[CONTAINERS];
    unsigned count, others;
};

/* A folder of /proc stays that of its process: if it has ended, nothing in it is found, even if the number is used again. */
static int open_process(unsigned long pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%lu", pid);
    return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static bool read_container(int process, char id[TL_CONTAINER_ID])
{
    char text[4096];
    int fd = process >= 0 ? openat(process, "cgroup", O_RDONLY | O_CLOEXEC) : -1;
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    return tl_cgroup_container(text, id);
}

static void add_process(struct containers *all, unsigned long pid)
{
    char id[TL_CONTAINER_ID];
    int process = open_process(pid);
    bool found = read_container(process, id);
    if (process >= 0)
        close(process);
    if (!found)
        return;
    unsigned i = 0;
    while (i < all->count && strcmp(all->items[i].id, id) != 0)
        i++;
    bool other = !tl_cgroup_is(id, all->name);
    if (i == CONTAINERS || (i == all->count && other && all->others > SHOWN))
        return;
    struct container *c = &all->items[i];
    if (i == all->count) {
        all->count++;
        all->others += other;
        *c = (struct container){ .pid = pid };
        memcpy(c->id, id, sizeof c->id);
    }
    c->pid = pid < c->pid ? pid : c->pid;
}

/* Containers that have a process. */
static bool find_containers(struct containers *all)
{
    const struct dirent *entry;
    DIR *folder = opendir("/proc");
    if (folder == NULL)
        return false;
    while ((entry = readdir(folder)) != NULL) {
        unsigned long pid = strtoul(entry->d_name, NULL, 10);
        if (pid > 0)
            add_process(all, pid);
    }
    closedir(folder);
    return true;
}

/* Appends ids, those of digits short; name NULL: all of them. */
static void put_candidates(struct tl_buffer *out, const struct containers *all, const char *name)
{
    unsigned shown = 0;
    for (unsigned i = 0; i < all->count; i++) {
        const char *id = all->items[i].id;
        if (name != NULL && !tl_cgroup_is(id, name))
            continue;
        if (shown == SHOWN)
            tl_put_lit(out, ", ..");
        if (shown++ >= SHOWN)
            continue;
        int digits = strlen(id) == 64 ? SHORT_ID : TL_CONTAINER_ID;
        if (name != NULL && (int)strlen(name) >= digits)
            digits = TL_CONTAINER_ID;
        tl_put_format(out, "%s%.*s", shown > 1 ? ", " : "", digits, id);
    }
}

static enum tl_failure find_container(const char *name, unsigned long *pid, struct tl_error *error)
{
    struct containers *all = calloc(1, sizeof *all);
    struct tl_buffer list = { 0 };
    unsigned matches = 0;
    if (all != NULL)
        all->name = name;
    if (all == NULL || !find_containers(all)) {
        free(all);
        return tl_error_set(error, TL_E_RUNTIME, "--container: cannot read /proc: %s", strerror(errno));
    }
    for (unsigned i = 0; i < all->count; i++) {
        if (!tl_cgroup_is(all->items[i].id, name))
            continue;
        *pid = all->items[i].pid;
        matches++;
    }
    put_candidates(&list, all, matches > 1 ? name : NULL);
    int len = list.failed ? 0 : (int)list.len;
    if (matches > 1)
        tl_error_set(error, TL_E_USAGE, "--container %.72s is one of %u: give more of %.*s", name, matches, len,
                     (const char *)list.data);
    else if (matches == 0 && all->count > 0)
        tl_error_set(error, TL_E_RUNTIME, "--container: no process is in a container %.72s: there are %.*s", name, len,
                     (const char *)list.data);
    else if (matches == 0)
        tl_error_set(error, TL_E_RUNTIME,
                     "--container: no process is in a container %.72s, nor in any other: give --netns PID", name);
    tl_buffer_fini(&list);
    free(all);
    return matches == 1 ? TL_E_NONE : error->kind;
}

/* --- namespaces --- */

/* A name of ip-netns(8) comes before a number of a process. */
static void path_of(const char *name, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "/run/netns/%s", name);
    if (strchr(name, '/') != NULL)
        snprintf(path, PATH_MAX, "%s", name);
    else if (access(path, F_OK) != 0 && name[strspn(name, "0123456789")] == '\0')
        snprintf(path, PATH_MAX, "/proc/%s/ns/net", name);
}

/* Appends the names that ip-netns(8) knows. */
static void put_names(struct tl_buffer *out)
{
    const struct dirent *entry;
    unsigned count = 0;
    DIR *folder = opendir("/run/netns");
    while (folder != NULL && (entry = readdir(folder)) != NULL && count <= SHOWN) {
        if (entry->d_name[0] == '.')
            continue;
        tl_put_format(out, "%s%.60s", count == 0 ? ": there are " : ", ", count == SHOWN ? ".." : entry->d_name);
        count++;
    }
    if (folder != NULL)
        closedir(folder);
}

static enum tl_failure cannot_open(const char *option, const char *name, const char *path, struct tl_error *error)
{
    int why = errno;
    struct tl_buffer names = { 0 };
    if (why == ENOENT && strncmp(path, "/run/netns/", 11) == 0)
        put_names(&names);
    tl_error_set(error, why == EACCES || why == EPERM ? TL_E_PERMISSION : TL_E_RUNTIME,
                 "%s %.100s: cannot open %.200s: %s%.*s", option, name, path,
                 why == EACCES || why == EPERM ? "not permitted: run it with sudo (CAP_SYS_ADMIN and CAP_SYS_PTRACE)"
                                               : strerror(why),
                 names.failed ? 0 : (int)names.len, (const char *)names.data);
    tl_buffer_fini(&names);
    return error->kind;
}

/*
 * Opens the namespace of a container. Its process may end after it was found, and its number may be used again: it is the
 * one that is opened which is looked at.
 */
static int open_container(const char *name, unsigned long pid, char path[PATH_MAX])
{
    char id[TL_CONTAINER_ID];
    int process = open_process(pid), fd = -1;
    snprintf(path, PATH_MAX, "/proc/%lu/ns/net", pid);
    if (read_container(process, id) && tl_cgroup_is(id, name))
        fd = openat(process, "ns/net", O_RDONLY | O_CLOEXEC);
    else
        errno = ESRCH;
    int why = errno;
    if (process >= 0)
        close(process);
    errno = why;
    return fd;
}

enum tl_failure tl_namespace_enter(struct tl_namespace *ns, const struct tl_options *o, struct tl_error *error)
{
    char path[PATH_MAX];
    const char *option = o->container != NULL ? "--container" : "--netns";
    const char *name = o->container != NULL ? o->container : o->netns;
    *ns = (struct tl_namespace){ -1, -1, false };
    if (name == NULL)
        return TL_E_NONE;
    if (o->container != NULL) {
        unsigned long pid = 0;
        if (find_container(name, &pid, error) != TL_E_NONE)
            return error->kind;
        ns->there = open_container(name, pid, path);
    } else {
        path_of(name, path);
        ns->there = open(path, O_RDONLY | O_CLOEXEC);
    }
    if (ns->there < 0)
        return cannot_open(option, name, path, error);
    ns->here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    ns->entered = ns->here >= 0 && setns(ns->there, CLONE_NEWNET) == 0;
    if (ns->entered)
        return TL_E_NONE;
    int why = errno;
    tl_namespace_leave(ns);
    return tl_error_set(error, why == EPERM ? TL_E_PERMISSION : TL_E_RUNTIME, "%s %.100s: cannot enter %.200s: %s", option,
                        name, path,
                        why == EPERM    ? "not permitted: run it with sudo (CAP_SYS_ADMIN)"
                        : why == EINVAL ? "it is no network namespace"
                                        : strerror(why));
}

void tl_namespace_leave(struct tl_namespace *ns)
{
    if (ns->entered && setns(ns->here, CLONE_NEWNET) != 0)
        abort(); /* else servers would be reached, or not, from a network that is not ours */
    if (ns->here >= 0)
        close(ns->here);
    if (ns->there >= 0)
        close(ns->there);
    *ns = (struct tl_namespace){ -1, -1, false };
}

enum tl_failure tl_namespace_check(const struct tl_options *o, struct tl_error *error)
{
    struct tl_namespace ns;
    enum tl_failure failure = tl_namespace_enter(&ns, o, error);
    if (failure == TL_E_NONE)
        failure = tl_devices_check(o, error);
    tl_namespace_leave(&ns);
    return failure;
}

enum tl_failure tl_namespace_number(struct tl_options *o, struct tl_error *error)
{
    struct tl_namespace ns;
    enum tl_failure failure = o->interface_count > 0 ? tl_namespace_enter(&ns, o, error) : TL_E_NONE;
    if (failure != TL_E_NONE || o->interface_count == 0)
        return failure;
    failure = tl_devices_number(o, error);
    tl_namespace_leave(&ns);
    return failure;
}
