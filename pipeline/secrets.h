/* secrets.h - secrets of TLS sessions that come with the packets, or grow beside them. Private to pipeline/. */
#ifndef TL_PIPELINE_SECRETS_H
#define TL_PIPELINE_SECRETS_H

#include "pipeline/run.h"

/* The thread that captures calls it for each block, before a worker gets the block. */
void tl_run_take_secrets(struct tl_engine *engine, const struct tl_block *block);

#endif
