/* version.h - what --version prints. */
#ifndef TL_CLI_VERSION_H
#define TL_CLI_VERSION_H

#include "core/buffer.h"

/* taplight's version and those of the libraries it runs with. */
void tl_version(struct tl_buffer *out);

#endif
