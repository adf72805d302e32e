/* detail.c - a decoder of which only the trees are used. */
#include "pipeline/detail.h"

#include <stdlib.h>

#include "codec/zlib.h"
#include "crypto/libcrypto.h"
#include "decode/decoder.h"
#include "filter/predicate.h"

struct tl_detail {
    struct tl_registry *registry;
    struct tl_decoder *decoder;
    uint64_t *wanted[TL_PROTOCOL_COUNT]; /* all fields */
    bool used;      /* it has decoded packets since the last reset */
    bool begins;    /* the next packet is the first of this flow: */
    struct tl_flow_id flow;
    bool exhausted; /* memory ran out at the last reset */
    struct tl_tree bare; /* then used instead: only the bytes of the packet */
};

static bool want_everything(struct tl_detail *detail)
{
    struct tl_protocols all = tl_protocols_all();
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++) {
        size_t words = all.items[i]->field_count / 64 + 1;
        detail->wanted[i] = malloc(words * sizeof(uint64_t));
        if (detail->wanted[i] == NULL)
            return false;
        memset(detail->wanted[i], 0xff, words * sizeof(uint64_t));
    }
    return true;
}

struct tl_detail *tl_detail_new(const struct tl_detail_options *options)
{
    struct tl_detail *detail = calloc(1, sizeof *detail);
    if (detail == NULL)
        return NULL;
    tl_tree_init(&detail->bare);
    detail->registry = tl_registry_new_as(options->decode_as);
    struct tl_decoder_options decoder = { .registry = detail->registry,
                                          .interfaces = options->interfaces,
                                          .memory = options->memory,
                                          .crypto = &tl_crypto_libcrypto,
                                          .inflate = &tl_inflate_zlib,
                                          .keylog = options->keylog,
                                          .keylog_all = true,
                                          .checksums = options->checksums,
                                          .analysis = true,
                                          .secrets = options->secrets,
                                          .files = options->file != NULL,
                                          .files_read = true,
                                          .listener = { .record = options->record,
                                                        .file = options->file,
                                                        .file_begins = options->file_begins,
                                                        .context = options->context } };
    if (detail->registry != NULL && want_everything(detail))
        detail->decoder = tl_decoder_new(&decoder);
    if (detail->decoder == NULL) {
        tl_detail_free(detail);
        return NULL;
    }
    return detail;
}

void tl_detail_free(struct tl_detail *detail)
{
    if (detail == NULL)
        return;
    tl_decoder_free(detail->decoder);
    tl_tree_fini(&detail->bare);
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++)
        free(detail->wanted[i]);
    tl_registry_free(detail->registry);
    free(detail);
}

void tl_detail_narrow(struct tl_detail *detail, const struct tl_predicate *predicate)
{
    struct tl_protocols all = tl_protocols_all();
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++)
        memset(detail->wanted[i], 0, (all.items[i]->field_count / 64 + 1) * sizeof(uint64_t));
    tl_predicate_want(predicate, &all, detail->wanted);
}

void tl_detail_begin(struct tl_detail *detail)
{
    if (!detail->used)
        return;
    detail->used = false;
    tl_decoder_finish(detail->decoder);
    detail->exhausted = !tl_decoder_forget_fragments(detail->decoder);
}

void tl_detail_flow_begins(struct tl_detail *detail, const struct tl_flow_id *id)
{
    detail->begins = true;
    detail->flow = *id;
}

static void decode(struct tl_detail *detail, const struct tl_packet *packet)
{
    detail->used = true;
    tl_decoder_renew(detail->decoder, detail->begins ? &detail->flow : NULL);
    tl_decoder_packet(detail->decoder, packet);
    detail->begins = false;
}

void tl_detail_before(struct tl_detail *detail, const struct tl_packet *packet)
{
    if (detail->exhausted)
        return;
    tl_decoder_show(detail->decoder, NULL);
    decode(detail, packet);
}

const struct tl_tree *tl_detail_packet(struct tl_detail *detail, const struct tl_packet *packet)
{
    if (detail->exhausted) {
        tl_tree_reset(&detail->bare, packet->bytes, packet->caplen);
        return &detail->bare;
    }
    tl_decoder_show(detail->decoder, (const uint64_t *const *)detail->wanted);
    decode(detail, packet);
    return tl_decoder_tree(detail->decoder);
}
