/* ntp_record.c - the record of an NTP message (RFC 5905 section 7.3). */
#include "dissectors/ntp/ntp.h"

#include <stdio.h>

#include "core/values.h"

enum { VERSION, MODE, STRATUM, POLL, PRECISION, ROOT_DELAY, ROOT_DISP, REF_ID, REF_TIME, ORG_TIME, REC_TIME, XMT_TIME,
       NUM_EXTS };

struct ntp_record {
    struct tl_record head;
    uint64_t version, mode, stratum, num_exts;
    int64_t poll, precision, root_delay, root_disp; /* ns */
    int64_t ref_time, org_time, rec_time, xmt_time; /* ns since 1970 */
    struct tl_bytes ref_id;
};

static const struct tl_record_field fields[] = {
    TL_FIELD(struct ntp_record, VERSION, version, "version", TL_REC_COUNT, "NTP version"),
    TL_FIELD(struct ntp_record, MODE, mode, "mode", TL_REC_COUNT, "1 and 2: symmetric, 3: client, 4: server, 5: broadcast"),
    TL_FIELD(struct ntp_record, STRATUM, stratum, "stratum", TL_REC_COUNT, "1: has a clock of its own; 0: kiss of death, or unknown"),
    TL_FIELD(struct ntp_record, POLL, poll, "poll", TL_REC_INTERVAL, "Longest time between messages"),
    TL_FIELD(struct ntp_record, PRECISION, precision, "precision", TL_REC_INTERVAL, "Of the sender's clock"),
    TL_FIELD(struct ntp_record, ROOT_DELAY, root_delay, "root_delay", TL_REC_INTERVAL, "Round trip to the reference clock"),
    TL_FIELD(struct ntp_record, ROOT_DISP, root_disp, "root_disp", TL_REC_INTERVAL, "Dispersion to the reference clock"),
    TL_FIELD(struct ntp_record, REF_ID, ref_id, "ref_id", TL_REC_TEXT,
             "Stratum 0 and 1: four characters, a kiss code or the kind of clock; else four bytes as an address"),
    TL_FIELD(struct ntp_record, REF_TIME, ref_time, "ref_time", TL_REC_TIME, "When the sender's clock was set last; 0: not told"),
    TL_FIELD(struct ntp_record, ORG_TIME, org_time, "org_time", TL_REC_TIME, "When the client sent the request; 0: not told"),
    TL_FIELD(struct ntp_record, REC_TIME, rec_time, "rec_time", TL_REC_TIME, "When the server got it; 0: not told"),
    TL_FIELD(struct ntp_record, XMT_TIME, xmt_time, "xmt_time", TL_REC_TIME, "When this message was sent; 0: not told"),
    TL_FIELD(struct ntp_record, NUM_EXTS, num_exts, "num_exts", TL_REC_COUNT, "Extension fields"),
};

const struct tl_record_def tl_ntp_record_def =
    TL_RECORD_DEF("ntp", fields, "One for each NTP message of modes 1 to 5",
                  .summary = { "mode=", "stratum=", "ref_id" });

/* 2 to the power of a signed byte, in seconds; the largest number of nanoseconds where that is too much. */
static int64_t power(uint8_t exponent)
{
    const int64_t second = 1000000000;
    int e = (int8_t)exponent;
    if (e >= 0)
        return e <= 33 ? second << e : INT64_MAX;
    return e > -31 ? (second + (INT64_C(1) << (-e - 1))) >> -e : 0;
}

/* 16.16 fixed point, in seconds. */
static int64_t short_format(uint32_t v)
{
    return (int64_t)((uint64_t)v * 1000000000 >> 16);
}

/* 32.32 fixed point since 1900; after 2036 the era is the next one (RFC 5905 section 6). */
static int64_t time_of(uint64_t v)
{
    enum { SECONDS_1900_TO_1970 = 2208988800u };
    if (v == 0)
        return 0;
    int64_t seconds = (int64_t)(v >> 32) - (int64_t)SECONDS_1900_TO_1970;
    if (v >> 63 == 0)
        seconds += INT64_C(1) << 32;
    return tl_time_ns(seconds, (uint32_t)((v & UINT32_MAX) * 1000000000 >> 32));
}

void tl_ntp_emit(struct tl_dissection *d, const struct tl_ntp_message *m)
{
    char address[16];
    struct ntp_record r = { .head = { .ts = d->frame->ts },
                            .version = m->flags >> 3 & 7,
                            .mode = m->flags & 7,
                            .stratum = m->stratum,
                            .poll = power(m->poll),
                            .precision = power(m->precision),
                            .root_delay = short_format(m->root_delay),
                            .root_disp = short_format(m->root_dispersion),
                            .ref_time = time_of(m->reference),
                            .org_time = time_of(m->origin),
                            .rec_time = time_of(m->receive),
                            .xmt_time = time_of(m->transmit),
                            .num_exts = m->extensions,
                            .ref_id = { m->reference_id, 4 } };
    if (m->stratum > 1) {
        const uint8_t *p = m->reference_id;
        int len = snprintf(address, sizeof address, "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
        r.ref_id = tl_bytes_of(address, (size_t)len);
    }
    r.head.set = (UINT64_C(1) << TL_COUNT(fields)) - 1;
    tl_emit(d, &tl_ntp_record_def, &r.head);
}
