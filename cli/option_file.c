/* option_file.c - the file of --options: an option in each line, as on the command line. */
#include "cli/option_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MOST = 1 << 16 };

#define BLANKS " \t\r"

enum tl_failure tl_option_file_read(const char *name, char **text, struct tl_error *error)
{
    FILE *file = fopen(name, "re");
    if (file == NULL)
        return tl_error_set(error, errno == EACCES ? TL_E_PERMISSION : TL_E_RUNTIME,
                            "cannot read the options in %s: %s", name, strerror(errno));
    *text = malloc(FILE_MOST + 1);
    enum tl_failure failure = TL_E_NONE;
    size_t len = *text != NULL ? fread(*text, 1, FILE_MOST + 1, file) : 0;
    if (*text == NULL)
        failure = tl_error_set(error, TL_E_RUNTIME, "out of memory");
    else if (ferror(file))
        failure = tl_error_set(error, TL_E_RUNTIME, "cannot read the options in %s: %s", name, strerror(errno));
    else if (len > FILE_MOST || memchr(*text, '\0', len) != NULL)
        failure = tl_error_set(error, TL_E_USAGE,
                               "the options in %s are longer than 64 KiB, or not text: give a text file", name);
    fclose(file);
    if (failure != TL_E_NONE) {
        free(*text);
        *text = NULL;
        return failure;
    }
    (*text)[len] = '\0';
    return TL_E_NONE;
}

unsigned tl_option_file_lines(const char *text, bool *fields)
{
    unsigned lines = 0;
    do {
        lines++;
        text += *text == '\n';
        *fields |= strncmp(text + strspn(text, BLANKS), "-T", 2) == 0;
    } while ((text = strchr(text, '\n')) != NULL);
    return lines;
}

bool tl_option_file_next(char **rest, struct tl_option_line *line)
{
    while (*rest != NULL) {
        char *p = *rest, *end = strchr(p, '\n');
        *rest = end != NULL ? end + 1 : NULL;
        end = end != NULL ? end : p + strlen(p);
        line->number++;
        while (end > p && strchr(BLANKS, end[-1]) != NULL)
            end--;
        *end = '\0';
        p += strspn(p, BLANKS);
        if (*p == '\0' || *p == '#')
            continue;
        line->option = p;
        p += strcspn(p, BLANKS);
        line->argument = *p != '\0' ? p + 1 + strspn(p + 1, BLANKS) : NULL;
        *p = '\0';
        return true;
    }
    return false;
}
