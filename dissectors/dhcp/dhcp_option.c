/* dhcp_option.c - the list of options: pieces of long options (RFC 3396) and options in the header (RFC 2131 4.1). */
#include "core/part.h"
#include "dissectors/dhcp/dhcp.h"

enum { PAD = 0, OVERLOAD = 52, RELAY_AGENT = 82, AUTHENTICATION = 90, END = 255 };
enum { SNAME = 44, SNAME_LEN = 64, FILE_NAME = 108, FILE_LEN = 128 }; /* in the header, bytes */
enum { IN_FILE = 1, IN_SNAME = 2 };

static bool get_bit(const uint32_t *bits, uint8_t code)
{
    return bits[code / 32] >> (code % 32) & 1;
}

static void set_bit(uint32_t *bits, uint8_t code)
{
    bits[code / 32] |= UINT32_C(1) << (code % 32);
}

/* Calls each() for the options of an area, until the end or one that is cut. */
static void walk(struct tl_bytes area, void (*each)(void *context, uint8_t code, struct tl_bytes value), void *context)
{
    for (uint32_t i = 0; i < area.len && area.data[i] != END;) {
        if (area.data[i] == PAD) {
            i++;
            continue;
        }
        if (area.len - i < 2 || area.len - i - 2 < area.data[i + 1])
            return;
        each(context, area.data[i], (struct tl_bytes){ area.data + i + 2, area.data[i + 1] });
        i += 2u + area.data[i + 1];
    }
}

static void take_overload(void *context, uint8_t code, struct tl_bytes value)
{
    struct tl_dhcp_message *m = context;
    if (code == OVERLOAD && value.len == 1)
        m->overload = value.data[0] & (IN_FILE | IN_SNAME);
}

static void count(void *context, uint8_t code, struct tl_bytes value)
{
    struct tl_dhcp_message *m = context;
    (void)value;
    if (tl_dhcp_is_number(code)) /* repeated, not long */
        return;
    if (get_bit(m->seen, code))
        set_bit(m->repeated, code);
    set_bit(m->seen, code);
}

void tl_dhcp_survey(const struct tl_dissection *d, struct tl_dhcp_message *m)
{
    /* the order of the areas is that in which pieces are joined (RFC 3396 section 5) */
    m->areas[m->area_count++] = tl_bytes_of(d->c.base + d->c.off, tl_cursor_left(&d->c));
    walk(m->areas[0], take_overload, m);
    if ((m->overload & IN_FILE) != 0)
        m->areas[m->area_count++] = tl_bytes_of(m->header + FILE_NAME, FILE_LEN);
    if ((m->overload & IN_SNAME) != 0)
        m->areas[m->area_count++] = tl_bytes_of(m->header + SNAME, SNAME_LEN);
    for (unsigned i = 0; i < m->area_count; i++)
        walk(m->areas[i], count, m);
    memset(m->seen, 0, sizeof m->seen);
}

/* The pieces of one option, joined. */
struct joined {
    uint8_t code;
    uint8_t *data; /* NULL: only the length is counted */
    uint32_t len;
};

static void join(void *context, uint8_t code, struct tl_bytes value)
{
    struct joined *j = context;
    if (code != j->code)
        return;
    if (j->data != NULL && value.len > 0)
        memcpy(j->data + j->len, value.data, value.len);
    j->len += value.len;
}

/* Reads bytes that are a buffer of their own in the tree, with read(). */
static void aside(struct tl_dissection *d, struct tl_dhcp_message *m, struct tl_bytes bytes, const char *label,
                  void (*read)(struct tl_dissection *d, struct tl_dhcp_message *m, uint32_t what), uint32_t what)
{
    const struct tl_cursor saved = d->c;
    uint8_t source = 0;
    if (d->tree != NULL) {
        uint8_t added = tl_tree_add_source(d->tree, bytes.data, bytes.len, label);
        if (added == TL_TREE_SOURCES)
            return;
        source = d->tree->source;
        d->tree->source = added;
    }
    d->c = tl_cursor_on(bytes.data, bytes.len, bytes.len);
    read(d, m, what);
    d->c = saved;
    if (d->tree != NULL)
        d->tree->source = source;
}

static void read_value(struct tl_dissection *d, struct tl_dhcp_message *m, uint32_t code)
{
    tl_dhcp_value(d, m, (uint8_t)code);
}

/* Reads the value of an option that has several pieces, all at once, where the first of them is. */
static void joined_value(struct tl_dissection *d, struct tl_dhcp_message *m, uint8_t code)
{
    struct joined j = { .code = code };
    for (unsigned i = 0; i < m->area_count; i++)
        walk(m->areas[i], join, &j);
    j.data = tl_arena_alloc(d->scratch, j.len + 1);
    if (j.data == NULL)
        return;
    j.len = 0;
    for (unsigned i = 0; i < m->area_count; i++)
        walk(m->areas[i], join, &j);
    aside(d, m, tl_bytes_of(j.data, j.len), "Pieces of an option", read_value, code);
}

/* Reads one option. The value of a long option is shown once, at its first piece. */
static void option(struct tl_dissection *d, struct tl_dhcp_message *m)
{
    uint32_t group = tl_group(d, DHCP_OPTION);
    uint8_t code = tl_u8(d, DHCP_OPTION_TYPE);
    uint32_t len = tl_u8(d, DHCP_OPTION_LENGTH);
    if (tl_ok(d)) {
        /* Authentication, or what a relay agent adds, in pieces is read from a copy; what is too long is not read at all. */
        uint32_t left = tl_cursor_left(&d->c);
        if ((code == AUTHENTICATION || code == RELAY_AGENT) && (get_bit(m->repeated, code) || len > left))
            tl_hide(d, tl_bytes_of(d->c.base + d->c.off, len < left ? len : left));
        struct tl_part part = tl_part_begin(d, len);
        if (!get_bit(m->repeated, code))
            tl_dhcp_value(d, m, code);
        else if (part.open && !get_bit(m->seen, code))
            joined_value(d, m, code);
        set_bit(m->seen, code);
        tl_part_end(d, part);
    }
    tl_group_end(d, group);
}

static void area(struct tl_dissection *d, struct tl_dhcp_message *m, uint32_t inner);

/* Options in the server name and in the file name. */
static void overloaded(struct tl_dissection *d, struct tl_dhcp_message *m)
{
    const uint8_t *header = m->header;
    if ((m->overload & IN_SNAME) != 0)
        aside(d, m, tl_bytes_of(header + SNAME, SNAME_LEN), "Options in the server name", area, true);
    if ((m->overload & IN_FILE) != 0)
        aside(d, m, tl_bytes_of(header + FILE_NAME, FILE_LEN), "Options in the file name", area, true);
}

static void end(struct tl_dissection *d)
{
    uint32_t group = tl_group(d, DHCP_OPTION);
    tl_u8(d, DHCP_OPTION_TYPE);
    tl_add(d, DHCP_END, d->c.off - 1, 1, END);
    tl_group_end(d, group);
}

/* Bytes of zero between options, and what follows the last one. */
static void padding(struct tl_dissection *d, uint32_t len)
{
    uint32_t left = tl_cursor_left(&d->c);
    tl_run(d, DHCP_PADDING, len < left ? len : left);
}

static void area(struct tl_dissection *d, struct tl_dhcp_message *m, uint32_t inner)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
        if (p == NULL) {
            tl_skip(d, 1); /* this reports the cut */
        } else if (*p == END) {
            end(d);
            if (tl_cursor_left(&d->c) > 0)
                padding(d, tl_cursor_left(&d->c));
            tl_skip(d, tl_cursor_wire_left(&d->c));
            return;
        } else if (*p == PAD) {
            uint32_t left = tl_cursor_left(&d->c), n = 1;
            while (n < left && p[n] == PAD)
                n++;
            padding(d, n);
        } else {
            bool more = *p == OVERLOAD && !inner;
            option(d, m);
            if (more && tl_ok(d))
                overloaded(d, m);
        }
    }
}

void tl_dhcp_options(struct tl_dissection *d, struct tl_dhcp_message *m)
{
    area(d, m, false);
}
