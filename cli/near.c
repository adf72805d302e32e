/* near.c - suggestions for mistyped options, by edit distance. */
#include "cli/near.h"

#include "cli/options.h"
#include "core/edits.h"

#include <string.h>

const char *tl_near_option(const char *typed, size_t len)
{
    const char *best = NULL;
    unsigned best_distance = tl_edits_most(len);
    size_t count;
    const struct tl_option *table = tl_option_table(&count);
    if (len < 2 || len > TL_EDITS_LONGEST)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const char *name = table[i].name;
        if (name == NULL || table[i].kind == TL_OPT_HIDDEN || strlen(name) > TL_EDITS_LONGEST)
            continue;
        unsigned d = strncmp(name, typed, len) == 0 ? 1 : tl_edit_distance(typed, len, name, strlen(name));
        if (d < best_distance || (d == best_distance && best == NULL)) {
            best = name;
            best_distance = d;
        }
    }
    return best;
}

const char *tl_near_known(const char *typed, size_t len)
{
    static const struct {
        const char *name, *advice;
    } known[] = {
        { "absolute-tcp-sequence-numbers", "did you mean '-S'?" },
        { "autostop", "did you mean '-a COND'?" },
        { "buffer-size", "did you mean '-B SIZE'?" },
        { "direction", "did you mean '-Q WAY'?" },
        { "dont-verify-checksums", "did you mean '-K'?" },
        { "immediate-mode", "did you mean '--immediate'?" },
        { "interface", "did you mean '-i IF'?" },
        { "linktype", "did you mean '-y TYPE'?" },
        { "list-data-link-types", "did you mean '-L'?" },
        { "list-interfaces", "did you mean '-D'?" },
        { "no-promiscuous-mode", "did you mean '-p'?" },
        { "packet-count", "did you mean '-c N'?" },
        { "read-file", "did you mean '-r FILE'?" },
        { "relinquish-privileges", "did you mean '-Z USER'?" },
        { "ring-buffer", "did you mean '-b COND'?" },
        { "snapshot-length", "did you mean '-s BYTES'?" },
        { "colour", "did you mean '--color'?" },
        { "P", "did you mean '--print'?" },
        { "g", "the files of -w are readable for others as umask(2) says: leave it out" },
        { "I", "monitor mode is set outside: iw dev IF set type monitor" },
        { "monitor-mode", "monitor mode is set outside: iw dev IF set type monitor" },
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].name) == len && strncmp(known[i].name, typed, len) == 0)
            return known[i].advice;
    return NULL;
}
