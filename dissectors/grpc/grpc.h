/* grpc.h - declarations shared by gRPC and by HTTP/2, which opens its channels. */
#ifndef TL_DISSECTORS_GRPC_H
#define TL_DISSECTORS_GRPC_H

#include "core/dissect.h"
#include "dissectors/registry.h"

struct tl_grpc_half {
    uint64_t messages;    /* whole ones */
    uint64_t bytes;       /* of them, without their prefixes */
    uint32_t length;      /* of the message that is being read */
    bool compressed;
    bool seen;            /* its prefix was read */
};

/* The state of a call; by side of the flow. HTTP/2 reads the counts. */
struct tl_grpc_flow {
    bool confirmed;
    struct tl_grpc_half half[2];
};

/* grpc_protobuf.c: adds the fields of a message to the tree (Protocol Buffers, wire format). */
void tl_grpc_protobuf(struct tl_dissection *d, uint32_t len);
/* grpc_compressed.c: the same for a message that is compressed. */
void tl_grpc_compressed(struct tl_dissection *d, uint32_t len);

enum tl_grpc_field {
    GRPC_COMPRESSED, GRPC_LENGTH, GRPC_DATA, PROTOBUF_FIELD, PROTOBUF_NUMBER, PROTOBUF_WIRETYPE,
    PROTOBUF_LENGTH, PROTOBUF_UINT64, PROTOBUF_UINT32, PROTOBUF_STRING, PROTOBUF_VALUE, GRPC_FIELDS
};

#endif
