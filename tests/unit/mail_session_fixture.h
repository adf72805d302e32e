/* mail_session_fixture.h - sessions of POP3 and IMAP as text: in pieces, with losses; the records as text. */
#ifndef TL_TESTS_MAIL_SESSION_FIXTURE_H
#define TL_TESTS_MAIL_SESSION_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder_fixture.h"

enum { MEMORY = 8 << 20, STEPS = 24 };

static inline void put_field(struct tl_buffer *b, const struct tl_record_field *f, const void *at)
{
    const struct tl_text_list *list = at;
    switch (f->type) {
    case TL_REC_COUNT:
        if (*(const uint64_t *)at != 0)
            tl_put_format(b, " %s=%llu", f->key, (unsigned long long)*(const uint64_t *)at);
        break;
    case TL_REC_BOOL:
        if (*(const bool *)at)
            tl_put_format(b, " %s", f->key);
        break;
    case TL_REC_TEXT:
        tl_put_format(b, " %s=%.*s", f->key, (int)((const struct tl_bytes *)at)->len,
                      (const char *)((const struct tl_bytes *)at)->data);
        break;
    case TL_REC_TOKEN:
        if (strcmp(f->key, "name") == 0) /* of an anomaly */
            tl_put_format(b, " name=%s", *(const char *const *)at);
        break;
    default:
        assert_int_equal(f->type, TL_REC_TEXTS);
        tl_put_format(b, " %s=", f->key);
        for (uint32_t i = 0; i < list->count; i++)
            tl_put_format(b, "%s%.*s", i > 0 ? "," : "", (int)list->items[i].len, (const char *)list->items[i].data);
    }
}

/* Numbers that are 0 and false booleans are left out. So are fields of little interest here. */
static inline void on_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                             const struct tl_flow_id *id)
{
    static const char *const aside[] = { "greeting", "last_reply", "commands", "path", "first_received",
                                         "packet" };
    struct script *w = context;
    (void)id;
    if (strcmp(def->path, "conn") == 0 || strcmp(def->path, "login") == 0)
        return;
    tl_put_format(&w->events, "%s:", def->path);
    for (uint32_t i = 0; i < def->field_count; i++) {
        bool shown = record->set >> i & 1;
        for (unsigned k = 0; k < TL_COUNT(aside); k++)
            shown &= strcmp(def->fields[i].key, aside[k]) != 0;
        if (shown)
            put_field(&w->events, &def->fields[i], (const uint8_t *)record + def->fields[i].offset);
    }
    tl_put_char(&w->events, '\n');
}

/* A step is sent by the client (>) or the server (<); a lost one (! before it) is acknowledged. */
static inline void say(struct script *w, struct script_talk *t, const char *step, uint32_t piece)
{
    bool lost = *step == '!';
    unsigned side = step[lost] == '<';
    const char *text = step + lost + 1;
    if (lost) {
        t->seq[side] += (uint32_t)strlen(text);
        script_packet(w, t, side ^ 1, TL_ACK, NULL, 0);
        return;
    }
    for (size_t n; *text != '\0'; text += n) {
        n = strlen(text) < piece ? strlen(text) : piece;
        script_bytes(w, t, side, text, (uint32_t)n);
        script_packet(w, t, side ^ 1, TL_ACK, NULL, 0);
    }
}

struct session {
    const char *steps[STEPS];
    const char *want;
};

/* The session gives these records, whole and in pieces of 1, 2 and 7 bytes. All memory is given back. */
static inline void gives(const struct session *s, uint16_t port)
{
    static const uint32_t pieces[] = { UINT32_MAX, 1, 2, 7 };
    for (unsigned k = 0; k < TL_COUNT(pieces); k++) {
        struct script w = { .options.listener = { .record = on_record } };
        w.options.listener.context = &w;
        assert_true(script_new(&w, MEMORY));
        uint64_t before = tl_decoder_counters(w.decoder).memory_used;
        struct script_talk t = script_talk(6, 40000);
        t.ports[1] = port;
        for (unsigned step = 0; s->steps[step] != NULL; step++)
            say(&w, &t, s->steps[step], pieces[k]);
        tl_decoder_finish(w.decoder);
        tl_put_char(&w.events, '\0');
        assert_string_equal((const char *)w.events.data, s->want);
        assert_int_equal(tl_decoder_counters(w.decoder).memory_used, before);
        script_free(&w);
    }
}

#endif
