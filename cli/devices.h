/*
 * devices.h - interfaces on the command line: the list of them, their link types, and what a wrong name was meant to
 * be.
 */
#ifndef TL_CLI_DEVICES_H
#define TL_CLI_DEVICES_H

#include "cli/options.h"
#include "core/buffer.h"

/* -D: a line each, with the rate of a quarter of a second. */
enum tl_failure tl_devices_show(struct tl_buffer *out, struct tl_error *error) TL_MUST_CHECK;
/* Are the interfaces of -i there? TL_E_RUNTIME and error, with the names near by, where not. */
enum tl_failure tl_devices_check(const struct tl_options *options, struct tl_error *error) TL_MUST_CHECK;
/* To a failure for want of permission: what can be done about it. */
void tl_devices_explain(struct tl_error *error);

#endif
