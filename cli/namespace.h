/* namespace.h - network namespaces to capture in: --netns and --container. */
#ifndef TL_CLI_NAMESPACE_H
#define TL_CLI_NAMESPACE_H

#include "cli/options.h"

/* Descriptors of network namespaces (/proc/PID/ns/net). */
struct tl_namespace {
    int there, here; /* -1: the options name none */
    bool entered;
};

/*
 * Enters the network namespace that the options name, in this thread. What is opened until tl_namespace_leave() is of it;
 * sockets stay in the namespace where they were made. Does nothing if the options name none.
 */
enum tl_failure tl_namespace_enter(struct tl_namespace *ns, const struct tl_options *options,
                                   struct tl_error *error) TL_MUST_CHECK;
void tl_namespace_leave(struct tl_namespace *ns);
/* tl_devices_check() and tl_devices_number() there. */
enum tl_failure tl_namespace_check(const struct tl_options *options, struct tl_error *error) TL_MUST_CHECK;
enum tl_failure tl_namespace_number(struct tl_options *options, struct tl_error *error) TL_MUST_CHECK;

#endif
