/* inputs.c - descriptors, and the state of each file when it was last looked at. */
#include "ui/store/inputs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tl_input_held {
    const char *name;
    int fd;       /* owned; -1: not a file */
    bool doubted; /* it was written to without growing */
    bool changed;
    off_t size;
    struct timespec mtime;
};

bool tl_inputs_open(struct tl_inputs *inputs, const char *const *names, uint32_t count)
{
    *inputs = (struct tl_inputs){ .held = calloc((size_t)count + 1, sizeof *inputs->held) };
    if (inputs->held == NULL)
        return false;
    for (; inputs->count < count; inputs->count++) {
        struct tl_input_held *held = &inputs->held[inputs->count];
        struct stat st;
        held->name = names[inputs->count];
        held->fd = strcmp(held->name, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                                : open(held->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (held->fd >= 0 && (fstat(held->fd, &st) != 0 || !S_ISREG(st.st_mode))) {
            close(held->fd);
            held->fd = -1;
        }
        if (held->fd < 0)
            continue;
        held->size = st.st_size;
        held->mtime = st.st_mtim;
    }
    return true;
}

void tl_inputs_close(struct tl_inputs *inputs)
{
    for (uint32_t i = 0; i < inputs->count; i++) {
        if (inputs->held[i].fd >= 0)
            close(inputs->held[i].fd);
    }
    free(inputs->held);
    *inputs = (struct tl_inputs){ 0 };
}

int tl_inputs_fd(const struct tl_inputs *inputs, uint32_t input)
{
    return input < inputs->count ? inputs->held[input].fd : -1;
}

/*
 * While a file is written to, its time changes before its size does: only the second look shows that it did not grow.
 */
static bool has_changed(struct tl_input_held *held)
{
    struct stat st;
    if (held->fd < 0 || held->changed || fstat(held->fd, &st) != 0)
        return false;
    bool written = st.st_mtim.tv_sec != held->mtime.tv_sec || st.st_mtim.tv_nsec != held->mtime.tv_nsec;
    bool doubted = held->doubted;
    held->doubted = written && st.st_size == held->size;
    held->changed = st.st_size < held->size || (held->doubted && doubted);
    if (!held->doubted) {
        held->size = st.st_size;
        held->mtime = st.st_mtim;
    }
    return held->changed;
}

void tl_inputs_look(struct tl_inputs *inputs, struct tl_notices *notices, bool *again)
{
    for (uint32_t i = 0; i < inputs->count; i++) {
        struct tl_input_held *held = &inputs->held[i];
        char text[TL_NOTICE_TEXT];
        if (has_changed(held)) {
            snprintf(text, sizeof text, "%s was changed while it was shown", held->name);
            tl_notices_add(notices, text);
        }
        *again |= held->doubted && !held->changed;
    }
}
