/* target.c - a new file is renamed to the old name, unless the old file is special. */
#include "ui/tasks/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES_MOST = 100, MODE = 0777 };

/* A file with one name, which may be written. */
static bool is_replaceable(const char *path, const struct stat *old)
{
    return S_ISREG(old->st_mode) && old->st_nlink == 1 && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
}

/* The new file has the owner of the old one, and gets its mode. */
static bool becomes(int fd, const struct stat *old)
{
    struct stat new;
    return fstat(fd, &new) == 0 && new.st_uid == old->st_uid && new.st_gid == old->st_gid &&
           fchmod(fd, old->st_mode & MODE) == 0;
}

/* Creates a file with a free name. -1 and errno on failure. */
static int open_temporary(struct tl_target *t)
{
    struct stat old;
    bool there = lstat(t->path, &old) == 0;
    int fd = -1;
    errno = EPERM;
    if (there && !is_replaceable(t->path, &old))
        return -1;
    for (unsigned i = 1; fd < 0 && i <= NAMES_MOST && (i == 1 || errno == EEXIST); i++) {
        snprintf(t->temporary, sizeof t->temporary, "%s.%u.part", t->path, i);
        fd = open(t->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0666);
    }
    if (fd < 0 || !there || becomes(fd, &old))
        return fd;
    close(fd);
    unlink(t->temporary);
    errno = EPERM;
    return -1;
}

struct tl_output *tl_target_open(struct tl_target *t, const char *path, struct tl_error *error)
{
    struct stat st;
    char *real = lstat(path, &st) == 0 && S_ISLNK(st.st_mode) ? realpath(path, NULL) : NULL;
    snprintf(t->path, sizeof t->path, "%s", real != NULL ? real : path); /* follow the link, and keep it */
    free(real);
    int fd = open_temporary(t);
    if (fd < 0 && errno != ENOSPC && errno != EDQUOT) { /* else the old contents would be lost for nothing */
        t->temporary[0] = '\0';
        fd = open(t->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
    }
    struct tl_output *output = tl_output_take(fd, path, error);
    if (output == NULL && fd >= 0 && t->temporary[0] != '\0')
        unlink(t->temporary);
    return output;
}

/* Before a file replaces another, it is on the disk, not only in memory. */
static bool is_stored(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool stored = fd >= 0 && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return stored;
}

void tl_target_end(struct tl_target *t, bool whole, struct tl_error *error)
{
    bool has_temporary = t->temporary[0] != '\0';
    if (whole && has_temporary && (!is_stored(t->temporary) || rename(t->temporary, t->path) != 0)) {
        tl_error_set(error, TL_E_RUNTIME, "cannot write %s: %s", t->path, strerror(errno));
        whole = false;
    }
    if (whole)
        return;
    if (has_temporary)
        unlink(t->temporary);
    size_t len = strlen(error->text);
    if (has_temporary)
        snprintf(error->text + len, sizeof error->text - len, "; nothing was saved");
    else
        snprintf(error->text + len, sizeof error->text - len, "; %s is incomplete", t->path);
}
