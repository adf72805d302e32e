/* complete.c - reads the folder that is named so far. */
#include "ui/complete.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/status.h"

static bool is_folder(const char *folder, const char *name)
{
    char path[PATH_MAX];
    struct stat st;
    int len = snprintf(path, sizeof path, "%s%s", folder, name);
    return len > 0 && (size_t)len < sizeof path && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int rank(const char *name)
{
    static const char *const captures[] = { ".pcap", ".pcapng", ".cap", ".gz", ".zst", ".lz4" };
    size_t len = strlen(name);
    if (len > 0 && name[len - 1] == '/')
        return 0;
    for (size_t i = 0; i < TL_COUNT(captures); i++) {
        size_t end = strlen(captures[i]);
        if (len > end && strcmp(name + len - end, captures[i]) == 0)
            return 1;
    }
    return 2;
}

static int compare(const void *a, const void *b)
{
    const char *one = *(char *const *)a, *other = *(char *const *)b;
    int order = rank(one) - rank(other);
    return order != 0 ? order : strcmp(one, other);
}

static void add(struct tl_completions *found, const char *folder, const char *name)
{
    char whole[NAME_MAX + 2];
    if (found->count == TL_COMPLETIONS_MOST) {
        found->more++;
        return;
    }
    snprintf(whole, sizeof whole, "%s%s", name, is_folder(folder, name) ? "/" : "");
    char *copy = strdup(whole);
    if (copy != NULL)
        found->names[found->count++] = copy;
}

/* Bytes in which the name and what was agreed on so far are the same. */
static size_t agree(const char *agreed, size_t len, const char *name)
{
    size_t n = 0;
    while (n < len && agreed[n] == name[n])
        n++;
    return n;
}

void tl_complete_path(char *text, size_t room, struct tl_completions *found)
{
    char folder[PATH_MAX] = "", agreed[NAME_MAX + 2] = "";
    const char *slash = strrchr(text, '/'), *begin = slash != NULL ? slash + 1 : text;
    size_t head = (size_t)(begin - text), typed = strlen(begin), len = 0;
    struct dirent *entry;
    *found = (struct tl_completions){ .count = 0 };
    if (head >= sizeof folder)
        return;
    memcpy(folder, text, head);
    DIR *dir = opendir(head > 0 ? folder : ".");
    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;
        if (strncmp(name, begin, typed) != 0 || (name[0] == '.' && begin[0] != '.') || strcmp(name, ".") == 0 ||
            strcmp(name, "..") == 0)
            continue;
        bool first = found->count == 0;
        add(found, folder, name);
        if (first && found->count == 1)
            len = (size_t)snprintf(agreed, sizeof agreed, "%s", found->names[0]);
        else
            len = agree(agreed, len, name);
    }
    closedir(dir);
    qsort(found->names, found->count, sizeof found->names[0], compare);
    if (len > typed && head + len < room) {
        memcpy(text + head, agreed, len);
        text[head + len] = '\0';
    }
}

void tl_completions_fini(struct tl_completions *completions)
{
    for (size_t i = 0; i < completions->count; i++)
        free(completions->names[i]);
    *completions = (struct tl_completions){ .count = 0 };
}
