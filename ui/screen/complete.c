/* complete.c - reads the folder of the name typed so far. */
#include "ui/screen/complete.h"

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

static int compare(const char *one, const char *other)
{
    int order = rank(one) - rank(other);
    return order != 0 ? order : strcmp(one, other);
}

/* Keeps the names that sort first, in order. */
static void add(struct tl_completions *found, const char *whole)
{
    size_t at = found->count;
    while (at > 0 && compare(whole, found->names[at - 1]) < 0)
        at--;
    bool full = found->count == TL_COMPLETIONS_MOST;
    found->more += full;
    char *copy = at < TL_COMPLETIONS_MOST ? strdup(whole) : NULL;
    if (copy == NULL)
        return;
    if (full)
        free(found->names[--found->count]);
    memmove(&found->names[at + 1], &found->names[at], (found->count - at) * sizeof found->names[0]);
    found->names[at] = copy;
    found->count++;
}

/* Length of the common prefix of the name and the names so far, in whole characters. */
static size_t agree(const char *agreed, size_t len, const char *name)
{
    size_t n = 0;
    while (n < len && agreed[n] == name[n])
        n++;
    while (n < len && n > 0 && ((unsigned char)agreed[n] & 0xc0) == 0x80)
        n--;
    return n;
}

void tl_complete_path(char *text, size_t room, struct tl_completions *found)
{
    char folder[PATH_MAX] = "", agreed[NAME_MAX + 2] = "", whole[NAME_MAX + 2];
    const char *slash = strrchr(text, '/'), *begin = slash != NULL ? slash + 1 : text;
    size_t head = (size_t)(begin - text), typed = strlen(begin), len = 0;
    struct dirent *entry;
    bool any = false;
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
        snprintf(whole, sizeof whole, "%s%s", name, is_folder(folder, name) ? "/" : "");
        if (!any)
            len = (size_t)snprintf(agreed, sizeof agreed, "%s", whole);
        else
            len = agree(agreed, len, whole);
        any = true;
        add(found, whole);
    }
    closedir(dir);
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
