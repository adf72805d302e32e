/* near.h - what a mistyped option was meant to be. */
#ifndef TL_CLI_NEAR_H
#define TL_CLI_NEAR_H

#include <stdbool.h>
#include <stddef.h>

/* The long option (without dashes) nearest to the first `len` bytes of typed, or NULL when none is near. */
const char *tl_near_option(const char *typed, size_t len);
/* Could the first `len` bytes of typed have been meant to be name? */
bool tl_is_near(const char *name, const char *typed, size_t len);

#endif
