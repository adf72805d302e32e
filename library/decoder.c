/* decoder.c - single packets: a decoder without an engine. */
#include <stdlib.h>

#include "capture/keylog_file.h"
#include "core/keylog.h"
#include "core/time.h"
#include "library/setup.h"
#include "pipeline/detail.h"

enum { DECODER_MEMORY = 64 << 20, LINKS_MOST = 64, NO_INTERFACE = UINT16_MAX };

struct taplight_decoder {
    struct tl_hold *hold;
    struct tl_detail *detail;
    struct tl_keylog *keylog;     /* NULL: none */
    uint16_t links[LINKS_MOST];   /* the link types seen, one interface each */
    uint32_t link_count;
    uint64_t number;
    int64_t first_ts, last_ts;
    int64_t etime;                /* of the engine: it never goes back, whatever times the caller gives */
    struct tl_predicate *nothing; /* a row of no names */
    struct tl_predicate_run *run;
    struct tl_buffer item;
    struct taplight_packet packet;
};

static bool read_keylog(struct taplight_decoder *decoder, const char *name, size_t memory, struct taplight_error *error)
{
    struct tl_error reason = { .kind = TL_E_NONE };
    if (name == NULL)
        return true;
    decoder->keylog = tl_keylog_new(memory / TL_KEYLOG_SHARE);
    struct tl_keylog_file *file = NULL;
    if (decoder->keylog == NULL)
        tl_error_set(&reason, TL_E_RUNTIME, "out of memory");
    else
        file = tl_keylog_file_open(name, &reason);
    if (file != NULL && tl_keylog_file_read(file, decoder->keylog, true, &reason) != TL_E_NONE)
        tl_error_set(&reason, TL_E_RUNTIME, "cannot read the key log %s", name); /* keeps an earlier error */
    tl_keylog_file_close(file);
    if (reason.kind != TL_E_NONE)
        tl_set_failure(error, reason.kind, "%s", reason.text);
    return reason.kind == TL_E_NONE;
}

static bool make_parts(struct taplight_decoder *decoder, const struct taplight_options *o, size_t memory)
{
    struct tl_problem problem;
    decoder->hold = tl_hold_new(o->secrets);
    if (decoder->hold == NULL)
        return false;
    const struct tl_detail_options options = { .interfaces = decoder->hold->interfaces, .memory = memory,
                                               .checksums = TL_CHECKSUMS_AUTO, .secrets = o->secrets,
                                               .keylog = decoder->keylog };
    decoder->detail = tl_detail_new(&options);
    decoder->nothing = tl_predicate_of_names(NULL, 0, &decoder->hold->names, &problem);
    if (decoder->nothing != NULL)
        decoder->run = tl_predicate_run_new(decoder->nothing);
    return decoder->detail != NULL && decoder->run != NULL;
}

struct taplight_decoder *taplight_decoder_new(const struct taplight_options *options, struct taplight_error *error)
{
    struct taplight_options o;
    struct taplight_decoder *decoder = calloc(1, sizeof *decoder);
    tl_setup_take_options(&o, options);
    size_t memory = o.memory > 0 ? o.memory : DECODER_MEMORY;
    bool read = decoder != NULL && read_keylog(decoder, o.keylog, memory, error);
    if (read && make_parts(decoder, &o, memory))
        return decoder;
    if (decoder == NULL || read)
        tl_set_failure(error, TL_E_RUNTIME, "out of memory");
    taplight_decoder_free(decoder);
    return NULL;
}

void taplight_decoder_free(struct taplight_decoder *decoder)
{
    if (decoder == NULL)
        return;
    tl_detail_free(decoder->detail);
    tl_predicate_run_free(decoder->run);
    tl_predicate_free(decoder->nothing);
    tl_keylog_free(decoder->keylog);
    tl_buffer_fini(&decoder->item);
    if (decoder->hold != NULL)
        tl_hold_release(decoder->hold);
    free(decoder);
}

/* The interface of a link type; NO_INTERFACE: there is no room for another one. */
static uint16_t interface_of(struct taplight_decoder *decoder, uint16_t linktype)
{
    uint32_t i = 0;
    while (i < decoder->link_count && decoder->links[i] != linktype)
        i++;
    if (i < decoder->link_count)
        return (uint16_t)i;
    const struct tl_interface interface = { .linktype = linktype, .decimals = 9, .section = UINT32_MAX };
    if (i == LINKS_MOST || tl_interfaces_add(decoder->hold->interfaces, &interface) != i)
        return NO_INTERFACE;
    decoder->links[decoder->link_count++] = linktype;
    return (uint16_t)i;
}

struct taplight_packet *taplight_decode(struct taplight_decoder *decoder, const void *bytes, size_t captured,
                                        size_t length, uint16_t linktype, int64_t time, struct taplight_error *error)
{
    uint16_t interface = interface_of(decoder, linktype);
    if (captured > UINT32_MAX / 2 || length > UINT32_MAX || interface == NO_INTERFACE) {
        tl_set_failure(error, TL_E_USAGE, interface == NO_INTERFACE ? "too many link types for one decoder"
                                                                    : "the packet is too long");
        return NULL;
    }
    decoder->first_ts = decoder->number == 0 ? time : decoder->first_ts;
    if (decoder->number == 0 || tl_etime_before(decoder->etime, time))
        decoder->etime = time;
    const struct tl_packet packet = { .ts = time, .etime = decoder->etime, .number = ++decoder->number, .bytes = bytes,
                                      .caplen = (uint32_t)captured,
                                      .len = (uint32_t)(length > captured ? length : captured), .linktype = linktype,
                                      .interface = interface };
    const struct tl_scene scene = { .packet = &packet,
                                    .interface = tl_interfaces_get(decoder->hold->interfaces, interface),
                                    .tree = tl_detail_packet(decoder->detail, &packet),
                                    .first_ts = decoder->first_ts,
                                    .previous_ts = decoder->number == 1 ? time : decoder->last_ts };
    decoder->last_ts = time;
    decoder->item.len = 0;
    tl_item_put_packet(&decoder->item, &scene, &decoder->hold->names.protocols, decoder->run, 0, false);
    if (decoder->item.failed) {
        tl_buffer_fini(&decoder->item);
        tl_set_failure(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    tl_packet_set(&decoder->packet, decoder->hold, (const void *)decoder->item.data);
    return &decoder->packet;
}

void taplight_decoder_forget(struct taplight_decoder *decoder)
{
    tl_detail_begin(decoder->detail);
    decoder->number = 0;
}
