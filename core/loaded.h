/* loaded.h - libraries that are loaded when an option needs them. */
#ifndef TL_CORE_LOADED_H
#define TL_CORE_LOADED_H

#include <stdbool.h>
#include <stddef.h>

struct tl_loaded_name {
    const char *name;
    void **function; /* receives its address */
};

/* Loads the first of `files` (NULL after the last) that is there and has all the names. It stays loaded. */
bool tl_load(const char *const *files, const struct tl_loaded_name *names, size_t count);

#endif
