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

/* Values of a table that a user gave to a protocol: -d tcp.port==8888,http. */
struct tl_decode_as {
    enum tl_on table;
    uint32_t from, to; /* both included */
    const struct tl_protocol *protocol;
};

enum { TL_DECODE_AS_MOST = 32 };

struct tl_decode_as_list {
    struct tl_decode_as items[TL_DECODE_AS_MOST];
    uint32_t count;
};

/* The look-up tables, built once per engine. Returns NULL without memory. */
struct tl_registry *tl_registry_new(void);
/* The same with the choices of a user, later ones first. NULL: none. They are copied. */
struct tl_registry *tl_registry_new_as(const struct tl_decode_as_list *as);
void tl_registry_free(struct tl_registry *registry);
/* Returns the index of the protocol for value in table, or TL_PROTOCOL_COUNT. */
unsigned tl_registry_find(const struct tl_registry *registry, enum tl_on table, uint32_t value);
/* Was any link or network layer given to another protocol? */
bool tl_decode_as_moves_layers(const struct tl_decode_as_list *as);
/* Was the value given to its protocol by a user? Then no content decides. */
bool tl_registry_is_chosen(const struct tl_registry *registry, enum tl_on table, uint32_t value);

#endif
