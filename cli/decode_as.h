/* decode_as.h - the rules of -d. */
#ifndef TL_CLI_DECODE_AS_H
#define TL_CLI_DECODE_AS_H

#include "core/status.h"
#include "dissectors/registry.h"

/* Reads "tcp.port==8888,http" and adds it to the list. */
enum tl_failure tl_decode_as_read(struct tl_decode_as_list *list, const char *text, struct tl_error *error);

#endif
