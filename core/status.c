/* status.c - errors for the caller of the library. */
#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>

enum tl_failure tl_error_set(struct tl_error *e, enum tl_failure kind, const char *format, ...)
{
    if (e != NULL && e->kind == TL_E_NONE) {
        va_list args;
        va_start(args, format);
        e->kind = kind;
        if (vsnprintf(e->text, sizeof(e->text), format, args) < 0)
            e->text[0] = '\0';
        va_end(args);
    }
    return kind;
}
