/* loaded.c - libraries that are loaded when an option needs them. */
#include "core/loaded.h"

#include <dlfcn.h>

bool tl_load(const char *const *files, const struct tl_loaded_name *names, size_t count)
{
    for (; *files != NULL; files++) {
        void *library = dlopen(*files, RTLD_NOW | RTLD_LOCAL);
        size_t found = 0;
        while (library != NULL && found < count && (*names[found].function = dlsym(library, names[found].name)) != NULL)
            found++;
        if (library != NULL && found == count)
            return true;
        if (library != NULL)
            dlclose(library);
    }
    return false;
}
