/* near.h - suggestions for mistyped options. */
#ifndef TL_CLI_NEAR_H
#define TL_CLI_NEAR_H

#include <stdbool.h>
#include <stddef.h>

/* Returns the long option (without dashes) nearest to the first `len` bytes of typed, or NULL if none is near. */
const char *tl_near_option(const char *typed, size_t len);
/* Returns what to write for an option of tcpdump, tshark or dumpcap that has another name here; NULL: none is known. */
const char *tl_near_known(const char *typed, size_t len);

#endif
