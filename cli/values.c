/* values.c - strict parsers for numbers on the command line. */
#include "cli/values.h"

#include <string.h>

#define NS 1000000000

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads digits at *text and advances it past them. */
static bool digits(const char **text, uint64_t most, uint64_t *out)
{
    const char *p = *text;
    uint64_t v = 0;
    if (!is_digit(*p))
        return false;
    for (; is_digit(*p); p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        if (v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    if (v > most)
        return false;
    *text = p;
    *out = v;
    return true;
}

bool tl_value_number(const char *text, uint64_t most, uint64_t *out)
{
    return digits(&text, most, out) && *text == '\0';
}

bool tl_value_size(const char *text, uint64_t unit, uint64_t *out)
{
    static const char suffixes[] = "KMGT";
    uint64_t v;
    if (!digits(&text, UINT64_MAX, &v))
        return false;
    if (*text != '\0') {
        char upper = (char)(*text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text);
        const char *suffix = strchr(suffixes, upper);
        if (suffix == NULL || text[1] != '\0')
            return false;
        unsigned shift = 10 * (unsigned)(suffix - suffixes + 1);
        if (v > UINT64_MAX >> shift)
            return false;
        v <<= shift;
    } else if (__builtin_mul_overflow(v, unit, &v)) {
        return false;
    }
    *out = v;
    return true;
}

bool tl_value_seconds(const char *text, int64_t *out)
{
    uint64_t whole, ns = 0, scale = NS;
    if (!digits(&text, TL_SECONDS_MOST, &whole))
        return false;
    if (*text == '.') {
        text++;
        if (!is_digit(*text))
            return false;
        for (; is_digit(*text); text++) {
            scale /= 10;
            if (scale == 0)
                return false;
            ns += (uint64_t)(*text - '0') * scale;
        }
    }
    if (*text != '\0' || (whole == 0 && ns == 0) || (whole == TL_SECONDS_MOST && ns > 0))
        return false;
    *out = (int64_t)(whole * NS + ns);
    return true;
}
