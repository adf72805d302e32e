/* pace.h - sends at a rate: waits until the next packet is due. */
#ifndef TL_CLI_PACE_H
#define TL_CLI_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* Waits until `due` (ns, monotonic). Returns false after an interrupt. */
bool tl_pace_until(int64_t due);

#endif
