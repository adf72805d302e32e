/* charset.c - converts the character sets that mail uses to UTF-8. Names are IANA's and those that mailers write. */
#include "core/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

#include "core/charset_tables.h"

enum { MULTI = 6, NAME_MOST = 24 };

/* Mailers often name a set where they mean its superset: the superset is used. */
static const char *const multi_names[MULTI] = { "GB18030", "BIG5-HKSCS", "CP932", "EUC-JP", "ISO-2022-JP", "UHC" };

struct tl_charsets {
    iconv_t multi[MULTI];
    bool open[MULTI], tried[MULTI];
};

enum kind { UNKNOWN, PLAIN, TABLE, ICONV };

struct set {
    enum kind kind;
    unsigned index;
};

struct alias {
    const char *name; /* lower case */
    enum kind kind;
    const char *table; /* TABLE: the name in the tables */
    unsigned index;    /* ICONV: in multi_names */
};

static const struct alias aliases[] = {
    { "utf-8", PLAIN, NULL, 0 },           { "utf8", PLAIN, NULL, 0 },
    { "us-ascii", PLAIN, NULL, 0 },        { "ascii", PLAIN, NULL, 0 },
    { "latin1", TABLE, "iso-8859-1", 0 },  { "iso8859-1", TABLE, "iso-8859-1", 0 },
    { "iso8859-2", TABLE, "iso-8859-2", 0 }, { "iso8859-15", TABLE, "iso-8859-15", 0 },
    { "iso-8859-8-i", TABLE, "iso-8859-8", 0 }, { "iso-8859-8-e", TABLE, "iso-8859-8", 0 },
    { "iso-8859-6-i", TABLE, "iso-8859-6", 0 }, { "tis-620", TABLE, "iso-8859-11", 0 },
    { "cp1250", TABLE, "windows-1250", 0 }, { "cp1251", TABLE, "windows-1251", 0 },
    { "cp1252", TABLE, "windows-1252", 0 }, { "cp1253", TABLE, "windows-1253", 0 },
    { "cp1254", TABLE, "windows-1254", 0 }, { "cp1255", TABLE, "windows-1255", 0 },
    { "cp1256", TABLE, "windows-1256", 0 }, { "cp1257", TABLE, "windows-1257", 0 },
    { "cp1258", TABLE, "windows-1258", 0 },
    { "gb2312", ICONV, NULL, 0 },          { "gbk", ICONV, NULL, 0 },
    { "gb18030", ICONV, NULL, 0 },         { "cp936", ICONV, NULL, 0 },
    { "big5", ICONV, NULL, 1 },            { "big5-hkscs", ICONV, NULL, 1 },
    { "shift_jis", ICONV, NULL, 2 },       { "shift-jis", ICONV, NULL, 2 },
    { "sjis", ICONV, NULL, 2 },            { "cp932", ICONV, NULL, 2 },
    { "windows-31j", ICONV, NULL, 2 },     { "euc-jp", ICONV, NULL, 3 },
    { "iso-2022-jp", ICONV, NULL, 4 },     { "euc-kr", ICONV, NULL, 5 },
    { "ks_c_5601-1987", ICONV, NULL, 5 },  { "cp949", ICONV, NULL, 5 },
};

static struct set table_of(const char *name)
{
    for (unsigned i = 0; i < TL_CHARSET_TABLES; i++)
        if (strcmp(tl_charset_tables[i].name, name) == 0)
            return (struct set){ TABLE, i };
    return (struct set){ UNKNOWN, 0 };
}

static struct set find(struct tl_bytes given)
{
    char name[NAME_MOST];
    const uint8_t *star = given.len > 0 ? memchr(given.data, '*', given.len) : NULL;
    uint32_t n = star != NULL ? (uint32_t)(star - given.data) : given.len;
    if (n == 0 || n >= sizeof name)
        return (struct set){ UNKNOWN, 0 };
    for (uint32_t i = 0; i < n; i++) {
        uint8_t c = given.data[i];
        name[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    name[n] = 0;
    for (unsigned i = 0; i < TL_COUNT(aliases); i++)
        if (strcmp(aliases[i].name, name) == 0)
            return aliases[i].kind == TABLE ? table_of(aliases[i].table)
                                            : (struct set){ aliases[i].kind, aliases[i].index };
    return table_of(name);
}

bool tl_charset_known(struct tl_bytes name)
{
    return find(name).kind != UNKNOWN;
}

struct tl_charsets *tl_charsets_new(void)
{
    return calloc(1, sizeof(struct tl_charsets));
}

void tl_charsets_free(struct tl_charsets *sets)
{
    for (unsigned i = 0; sets != NULL && i < MULTI; i++)
        if (sets->open[i])
            iconv_close(sets->multi[i]);
    free(sets);
}

static bool open_set(struct tl_charsets *sets, unsigned i)
{
    if (!sets->tried[i]) {
        sets->tried[i] = true;
        sets->multi[i] = iconv_open("UTF-8", multi_names[i]);
        sets->open[i] = sets->multi[i] != (iconv_t)-1;
    }
    return sets->open[i];
}

bool tl_charsets_load(struct tl_charsets *sets)
{
    bool all = true;
    for (unsigned i = 0; i < MULTI; i++)
        all &= open_set(sets, i);
    return all;
}

/* Writes the code point as UTF-8. Returns the number of bytes, or 0 without room. */
static uint32_t put_point(uint8_t *out, uint32_t room, unsigned point)
{
    uint32_t n = point < 0x80 ? 1 : point < 0x800 ? 2 : 3;
    if (n > room)
        return 0;
    if (n == 1) {
        out[0] = (uint8_t)point;
    } else if (n == 2) {
        out[0] = (uint8_t)(0xc0 | point >> 6);
        out[1] = (uint8_t)(0x80 | (point & 63));
    } else {
        out[0] = (uint8_t)(0xe0 | point >> 12);
        out[1] = (uint8_t)(0x80 | (point >> 6 & 63));
        out[2] = (uint8_t)(0x80 | (point & 63));
    }
    return n;
}

static enum tl_charset_result by_table(const struct tl_charset_table *table, struct tl_bytes in, uint8_t *out,
                                       uint32_t room, uint32_t *len)
{
    for (uint32_t i = 0; i < in.len; i++) {
        unsigned byte = in.data[i], point = byte < 0x80 ? byte : table->high[byte - 0x80];
        uint32_t n = put_point(out + *len, room - *len, point == 0 && byte != 0 ? 0xfffd : point);
        if (n == 0)
            return TL_CHARSET_CUT;
        *len += n;
    }
    return TL_CHARSET_WHOLE;
}

static enum tl_charset_result by_iconv(iconv_t set, struct tl_bytes in, uint8_t *out, uint32_t room, uint32_t *len)
{
    char *from = (char *)(uintptr_t)in.data, *to = (char *)out;
    size_t left = in.len, space = room;
    enum tl_charset_result result = TL_CHARSET_WHOLE;
    iconv(set, NULL, NULL, NULL, NULL);
    while (left > 0 && iconv(set, &from, &left, &to, &space) == (size_t)-1) {
        if (errno == E2BIG) {
            result = TL_CHARSET_CUT;
            break;
        }
        uint32_t n = put_point((uint8_t *)to, (uint32_t)space, 0xfffd);
        if (n == 0) {
            result = TL_CHARSET_CUT;
            break;
        }
        to += n;
        space -= n;
        if (errno == EINVAL) /* the text ends inside a character */
            break;
        from++;
        left--;
    }
    if (result == TL_CHARSET_WHOLE && iconv(set, NULL, NULL, &to, &space) == (size_t)-1)
        result = TL_CHARSET_CUT;
    *len = room - (uint32_t)space;
    return result;
}

enum tl_charset_result tl_charset_utf8(struct tl_charsets *sets, struct tl_bytes name, struct tl_bytes in, uint8_t *out,
                                       uint32_t room, uint32_t *len)
{
    struct set set = find(name);
    *len = 0;
    switch (set.kind) {
    case PLAIN:
        *len = in.len < room ? in.len : room;
        while (*len < in.len && *len > 0 && (in.data[*len] & 0xc0) == 0x80)
            --*len;
        if (*len > 0)
            memcpy(out, in.data, *len);
        return *len < in.len ? TL_CHARSET_CUT : TL_CHARSET_WHOLE;
    case TABLE:
        return by_table(&tl_charset_tables[set.index], in, out, room, len);
    case ICONV:
        if (sets != NULL && open_set(sets, set.index))
            return by_iconv(sets->multi[set.index], in, out, room, len);
        return TL_CHARSET_UNKNOWN;
    default:
        return TL_CHARSET_UNKNOWN;
    }
}
