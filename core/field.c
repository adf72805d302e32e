/* field.c - value names. */
#include "core/field.h"

const char *tl_name_of(const struct tl_name *names, uint32_t value)
{
    if (names == NULL)
        return NULL;
    /* Tables are short and this is not on the fast path: walks to the NULL row or past the value. */
    for (; names->name != NULL && names->value <= value; names++) {
        if (names->value == value)
            return names->name;
    }
    return NULL;
}
