/* registry.h - the protocols of this build, and the look-up of the next protocol. */
#ifndef TL_DISSECTORS_REGISTRY_H
#define TL_DISSECTORS_REGISTRY_H

#include "core/protocol.h"
#include "core/sink.h"

#define TL_PROTOCOL(name) extern const struct tl_protocol tl_protocol_##name;
#include "dissectors/protocols.def"
#undef TL_PROTOCOL

enum tl_protocol_index {
#define TL_PROTOCOL(name) TL_PROTOCOL_##name,
#include "dissectors/protocols.def"
#undef TL_PROTOCOL
    TL_PROTOCOL_COUNT
};

/* All protocols, in the order of protocols.def. */
struct tl_protocols tl_protocols_all(void);
const struct tl_protocol *tl_protocol_by_name(const char *name); /* NULL: none */
/* Finds a protocol by its alias "kind:name", such as "upgrade:websocket" or "alpn:h2", without case. NULL: none. */
const struct tl_protocol *tl_protocol_called(const char *kind, struct tl_bytes name);

struct tl_registry;

/* The look-up tables, built once per engine. Returns NULL without memory. */
struct tl_registry *tl_registry_new(void);
void tl_registry_free(struct tl_registry *registry);
/* Returns the index of the protocol for value in table, or TL_PROTOCOL_COUNT. */
unsigned tl_registry_find(const struct tl_registry *registry, enum tl_on table, uint32_t value);

#endif
