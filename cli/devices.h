/* devices.h - interfaces on the command line: listing, link types, suggestions for unknown names. */
#ifndef TL_CLI_DEVICES_H
#define TL_CLI_DEVICES_H

#include "cli/options.h"
#include "core/buffer.h"

/* -D: prints one line per interface, with its rate measured over a quarter of a second. */
enum tl_failure tl_devices_show(struct tl_buffer *out, struct tl_error *error) TL_MUST_CHECK;
/* Checks that the interfaces of -i exist. On failure returns TL_E_RUNTIME; error then suggests similar names. */
enum tl_failure tl_devices_check(const struct tl_options *options, struct tl_error *error) TL_MUST_CHECK;
/*
 * Replaces numbers among the interfaces of -i by the names that -D lists, unless an interface has such a name. Returns
 * TL_E_USAGE if there is no such number.
 */
enum tl_failure tl_devices_number(struct tl_options *options, struct tl_error *error) TL_MUST_CHECK;
/* Appends advice to an error caused by missing permission. */
void tl_devices_explain(struct tl_error *error);

#endif
