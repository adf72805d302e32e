/* version.h - what --version prints. */
#ifndef TL_CLI_VERSION_H
#define TL_CLI_VERSION_H

#include "core/buffer.h"

/* Appends the versions of taplight and of the libraries it runs with. */
void tl_version(struct tl_buffer *out);

#endif
