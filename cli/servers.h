/* servers.h - the servers of --to. */
#ifndef TL_CLI_SERVERS_H
#define TL_CLI_SERVERS_H

#include "cli/options.h"
#include "cli/privileges.h"

struct tl_engine;

/* Bytes of the memory limit that records for servers may use. */
size_t tl_servers_share(const struct tl_options *options);
/*
 * Makes the sink of the URL with this index. engine: tells whether the run was interrupted. owner: the user that the
 * process changes to. Returns NULL on failure.
 */
struct tl_sink *tl_servers_sink(const struct tl_options *options, uint32_t index, const struct tl_engine *engine,
                                const struct tl_identity *owner, struct tl_error *error);

#endif
