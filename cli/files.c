/* files.c - checks of the files named on the command line, and the reading of a filter file. */
#include "cli/files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILTER_MOST = 1 << 16, LIST_MOST = 1 << 24 };

static bool is_standard(const char *name)
{
    return name == NULL || strcmp(name, "-") == 0;
}

/* Neither file exists yet: they are the same if they have the same name in the same directory. */
static bool will_be_same(const char *a, const char *b)
{
    struct stat da, db;
    char *copies[4] = { strdup(a), strdup(b), strdup(a), strdup(b) };
    bool same = copies[0] && copies[1] && copies[2] && copies[3] && stat(dirname(copies[0]), &da) == 0 &&
                stat(dirname(copies[1]), &db) == 0 && da.st_dev == db.st_dev && da.st_ino == db.st_ino &&
                strcmp(basename(copies[2]), basename(copies[3])) == 0;
    for (size_t i = 0; i < TL_COUNT(copies); i++)
        free(copies[i]);
    return same;
}

/* NULL and "-" mean the descriptors a_fd and b_fd. Devices and pipes never count as the same file. */
static bool is_same(const char *a, int a_fd, const char *b, int b_fd)
{
    struct stat sa, sb;
    bool a_is = (is_standard(a) ? fstat(a_fd, &sa) : stat(a, &sa)) == 0;
    bool b_is = (is_standard(b) ? fstat(b_fd, &sb) : stat(b, &sb)) == 0;
    if (!a_is && !b_is)
        return !is_standard(a) && !is_standard(b) && will_be_same(a, b);
    return a_is && b_is && S_ISREG(sa.st_mode) && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

static bool is_terminal(const char *name)
{
    if (is_standard(name))
        return isatty(STDOUT_FILENO) != 0;
    struct stat st;
    bool device = stat(name, &st) == 0 && S_ISCHR(st.st_mode);
    int fd = device ? open(name, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC) : -1;
    bool is = fd >= 0 && isatty(fd);
    if (fd >= 0)
        close(fd);
    return is;
}

static const char *spoken(const char *name, const char *standard)
{
    return is_standard(name) ? standard : name;
}

static enum tl_failure check_against_inputs(const struct tl_options *o, const char *output, struct tl_error *error)
{
    for (uint32_t i = 0; i < o->input_count; i++)
        if (is_same(output, STDOUT_FILENO, o->inputs[i], STDIN_FILENO))
            return tl_error_set(error, TL_E_USAGE,
                                "%s is an input and cannot be an output too: give another file",
                                spoken(output, spoken(o->inputs[i], "the file at standard output")));
    return TL_E_NONE;
}

enum tl_failure tl_files_check(const struct tl_options *options, struct tl_error *error)
{
    bool printed = options->text || options->json || options->count || options->assert_format != NULL;
    enum tl_failure failure = TL_E_NONE;
    if (options->write != NULL)
        failure = check_against_inputs(options, options->write, error);
    if (failure == TL_E_NONE && printed)
        failure = check_against_inputs(options, options->output, error);
    if (failure == TL_E_NONE && options->write != NULL && printed &&
        is_same(options->write, STDOUT_FILENO, options->output, STDOUT_FILENO))
        return tl_error_set(error, TL_E_USAGE, "%s cannot be the output of both packets and text: give another file",
                            spoken(options->write, "standard output"));
    if (failure == TL_E_NONE && options->write != NULL && is_terminal(options->write))
        return tl_error_set(error, TL_E_USAGE, "-w cannot write packets to a terminal: give -w a file or a pipe");
    if (failure == TL_E_NONE && options->beside && options->output != NULL && is_terminal(options->output))
        return tl_error_set(error, TL_E_USAGE, "-o %s is a terminal and the view needs it: give -o a file",
                            options->output);
    return failure;
}

enum tl_failure tl_files_read_filter(struct tl_options *options, struct tl_error *error)
{
    const char *name = options->filter_file;
    FILE *file = is_standard(name) ? NULL : fopen(name, "re");
    char *text = malloc(FILTER_MOST + 1);
    enum tl_failure failure = TL_E_NONE;
    size_t len = 0;
    if (text == NULL)
        failure = tl_error_set(error, TL_E_RUNTIME, "out of memory");
    else if (file == NULL)
        failure =
            tl_error_set(error, errno == EACCES ? TL_E_PERMISSION : TL_E_RUNTIME, "cannot read the filter in %s: %s",
                         name, is_standard(name) ? "standard input is not supported, give a file" : strerror(errno));
    else if ((len = fread(text, 1, FILTER_MOST + 1, file)) == 0 && ferror(file))
        failure = tl_error_set(error, TL_E_RUNTIME, "cannot read the filter in %s: %s", name, strerror(errno));
    else if (len > FILTER_MOST)
        failure = tl_error_set(error, TL_E_USAGE, "the filter in %s is longer than 64 KiB: give a shorter one", name);
    else if (memchr(text, '\0', len) != NULL)
        failure = tl_error_set(error, TL_E_USAGE, "the filter in %s is not text: give a text file", name);
    if (file != NULL)
        fclose(file);
    if (failure != TL_E_NONE) {
        free(text);
        return failure;
    }
    text[len] = '\0';
    options->filter = text;
    return TL_E_NONE;
}

static enum tl_failure list_failed(const char *name, struct tl_error *error)
{
    return tl_error_set(error, errno == EACCES ? TL_E_PERMISSION : TL_E_RUNTIME, "cannot read the file list %s: %s",
                        name, strerror(errno));
}

/* Reads a whole file, or standard input, with a 0 at its end. */
static enum tl_failure read_text(const char *name, char **text, struct tl_error *error)
{
    FILE *file = is_standard(name) ? stdin : fopen(name, "re");
    size_t len = 0, got = 0, room = FILTER_MOST;
    if (file == NULL)
        return list_failed(name, error);
    do {
        char *grown = realloc(*text, room *= 2);
        if (grown == NULL || room > LIST_MOST) {
            free(grown != NULL ? grown : *text);
            *text = NULL;
            if (file != stdin)
                fclose(file);
            return tl_error_set(error, TL_E_RUNTIME, "the file list %s is too long: give several -r instead", name);
        }
        *text = grown;
        got = fread(*text + len, 1, room - len - 1, file);
        len += got;
    } while (got > 0 && !feof(file));
    enum tl_failure failure = ferror(file) ? list_failed(name, error) : TL_E_NONE;
    if (file != stdin)
        fclose(file);
    (*text)[len] = '\0';
    if (failure == TL_E_NONE && strlen(*text) != len)
        failure = tl_error_set(error, TL_E_USAGE, "the file list %s is not text: give a text file", name);
    return failure;
}

enum tl_failure tl_files_read_list(struct tl_options *options, const char *name, struct tl_error *error)
{
    enum tl_failure failure = TL_E_NONE;
    if (options->again) { /* a FIFO would hold the run up: the list itself is in place of its names */
        options->file_names = strdup(name);
        if (options->file_names == NULL)
            return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    } else {
        failure = read_text(name, &options->file_names, error);
    }
    if (failure != TL_E_NONE)
        return failure;
    uint32_t lines = 1, before = options->input_count;
    for (const char *p = options->file_names; (p = strchr(p, '\n')) != NULL; p++)
        lines++;
    const char **grown = realloc(options->inputs, (options->input_room + lines) * sizeof(*grown));
    if (grown == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    options->inputs = grown;
    options->input_room += lines;
    char *rest = NULL;
    for (char *line = strtok_r(options->file_names, "\r\n", &rest); line != NULL; line = strtok_r(NULL, "\r\n", &rest))
        options->inputs[options->input_count++] = line;
    if (options->input_count == before)
        return tl_error_set(error, TL_E_USAGE, "the file list %s is empty: write a file name in each line", name);
    return TL_E_NONE;
}
