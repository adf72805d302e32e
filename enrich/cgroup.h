/* cgroup.h - the container of a process, by the path of its control group (cgroups(7)). */
#ifndef TL_ENRICH_CGROUP_H
#define TL_ENRICH_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

enum { TL_CONTAINER_ID = 72 };

/*
 * Finds the container in the text of /proc/PID/cgroup. docker, podman, containerd and CRI-O name control groups by an id of
 * 64 hexadecimal digits, lxc and systemd-nspawn by a name. No daemon is asked. Returns whether there is one.
 */
bool tl_cgroup_container(const char *text, char id[TL_CONTAINER_ID]);
/* Does the container go by this name: its id, the first four or more digits of it, or its name? */
bool tl_cgroup_is(const char *id, const char *name);

#endif
