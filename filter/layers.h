/* layers.h - the layers of a tree: where the bytes of a protocol end, and the ends of a conversation. */
#ifndef TL_FILTER_LAYERS_H
#define TL_FILTER_LAYERS_H

#include "core/sink.h"
#include "filter/streams.h"

/* The protocols that need special treatment, by their names. */
enum tl_layer_kind { TL_LAYER_OTHER, TL_LAYER_IP, TL_LAYER_IPV6, TL_LAYER_TCP, TL_LAYER_UDP, TL_LAYER_ICMP };

enum tl_layer_kind tl_layer_kind_of(const struct tl_protocols *protocols, const struct tl_node *node);

/*
 * Bytes of a layer as Wireshark counts them: the header; with TCP and ICMP also the payload. index: of its node.
 */
struct tl_bytes tl_layer_bytes(const struct tl_protocols *protocols, const struct tl_tree *tree, uint32_t index);
/* Bytes after those, to the end of the packet or of the datagram around the layer. */
uint32_t tl_layer_after(const struct tl_protocols *protocols, const struct tl_tree *tree, uint32_t index);
/* The payload of a TCP or UDP layer; empty if there is none. */
struct tl_bytes tl_layer_payload(const struct tl_protocols *protocols, const struct tl_tree *tree, uint32_t index);
/* Fills the endpoints of a TCP or UDP layer. Returns false if there is no network layer, or its header is not whole. */
bool tl_layer_endpoints(const struct tl_protocols *protocols, const struct tl_tree *tree, uint32_t index,
                        struct tl_endpoints *endpoints);

#endif
