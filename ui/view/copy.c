/* copy.c - starts the command, gives it the text and does not wait for it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ui/view/state.h"

enum { COPY_MOST = 48 << 10 }; /* bytes: what terminals take, and what fits into a pipe at once */

extern char **environ;

/* A shell runs it as a grandchild, so that init waits for it. Its signals have their defaults. */
static int start(const char *command, int input)
{
    const char *const arguments[] = { "/bin/sh", "-c", "(eval \"$0\") <&3 3<&- >/dev/null 2>&1 &", command, NULL };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, ignored;
    pid_t child;
    sigemptyset(&none);
    sigemptyset(&ignored);
    sigaddset(&ignored, SIGPIPE);
    sigaddset(&ignored, SIGXFSZ);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, input, 3); /* a shell gives a background command no standard input */
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &ignored);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int wrong = posix_spawn(&child, arguments[0], &files, &attributes, (char *const *)(uintptr_t)arguments, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (wrong == 0)
        (void)waitpid(child, NULL, 0); /* the shell, which ends at once */
    return wrong;
}

static void give(struct tl_view *view, const char *command, const char *text, size_t len)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        tl_view_say(view, true, "cannot run \"%s\": %s", command, strerror(errno));
        return;
    }
    ssize_t n = write(ends[1], text, len); /* a pipe has room for it */
    (void)fcntl(ends[0], F_SETFL, 0);
    int wrong = start(command, ends[0]);
    if (wrong != 0 || n != (ssize_t)len)
        tl_view_say(view, true, "cannot run \"%s\": %s", command, strerror(wrong != 0 ? wrong : EIO));
    close(ends[0]);
    close(ends[1]);
}

void tl_view_copy(struct tl_view *view, const char *what, const char *text, size_t len)
{
    const char *command = view->options->config->copy;
    bool cut = len > COPY_MOST;
    if (len == 0) {
        tl_view_say(view, false, "there is nothing to copy");
        return;
    }
    if (cut)
        len = COPY_MOST;
    if (cut)
        tl_view_say(view, true, "copied the first %d KiB: %s", COPY_MOST >> 10, what);
    else
        tl_view_say(view, false, "copied: %s", what);
    tl_screen_copy(view->screen, text, len);
    if (command[0] != '\0')
        give(view, command, text, len);
}

void tl_view_copy_hex(struct tl_view *view, const char *what, const uint8_t *bytes, size_t len)
{
    struct tl_buffer b = { 0 };
    tl_put_hex_bytes(&b, bytes, len < COPY_MOST ? len : COPY_MOST, ' ');
    tl_view_copy(view, what, (const char *)b.data, b.len);
    tl_buffer_fini(&b);
}
