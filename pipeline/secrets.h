/* secrets.h - secrets of TLS sessions that come with the packets, or grow beside them. Private to pipeline/. */
#ifndef TL_PIPELINE_SECRETS_H
#define TL_PIPELINE_SECRETS_H

#include "core/keylog.h"
#include "core/packet.h"
#include "pipeline/options.h"

/* Before a worker gets the block: adds to options->keylog, and to *faults what was not taken. */
void tl_secrets_take(const struct tl_engine_options *options, const struct tl_block *block,
                     struct tl_keylog_faults *faults);

#endif
