/*
 * rescue.c - handlers of faults. They only call what is safe in a handler (signal-safety(7)): write(), tcsetattr(),
 * sigaction().
 */
#include "ui/screen/rescue.h"

#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define NCURSES_NOMACROS
#include <ncursesw/ncurses.h>
#include <ncursesw/term.h>

#include "core/status.h"

enum { LEAVE_MOST = 256 };

static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP };

/* A handler gets no context: this cannot be part of the screen. */
static struct {
    int out, in;
    bool terminal; /* `modes` is known */
    struct termios modes;
    char leave[LEAVE_MOST]; /* what endwin() would write */
    size_t len;
    struct sigaction before[TL_COUNT(faults)];
} rescue;

static void on_fault(int number)
{
    ssize_t written = write(rescue.out, rescue.leave, rescue.len);
    (void)written; /* the modes are restored even if this fails */
    if (rescue.terminal)
        tcsetattr(rescue.in, TCSANOW, &rescue.modes);
    for (size_t i = 0; i < TL_COUNT(faults); i++)
        sigaction(faults[i], &rescue.before[i], NULL);
    raise(number); /* delivered once this has returned; a fault of the program's own is raised again by itself */
}

void tl_rescue_begin(int out, int in)
{
    struct sigaction action = { .sa_handler = on_fault };
    sigemptyset(&action.sa_mask);
    rescue.out = out;
    rescue.in = in;
    rescue.terminal = tcgetattr(in, &rescue.modes) == 0;
    rescue.len = 0;
    for (size_t i = 0; i < TL_COUNT(faults); i++)
        sigaction(faults[i], &action, &rescue.before[i]);
}

static const char *capability(const char *name)
{
    const char *text = tigetstr(name);
    return text != NULL && text != (const char *)-1 ? text : NULL;
}

/* Delays are left out: today's terminals need none. NULL: the terminal cannot do it. */
static void add(const char *text)
{
    if (text == NULL)
        return;
    size_t len = strcspn(text, "$");
    if (len > sizeof rescue.leave - rescue.len)
        return;
    memcpy(rescue.leave + rescue.len, text, len);
    rescue.len += len;
}

void tl_rescue_learn(void)
{
    const char *mouse = capability("XM");
    if (mouse != NULL)
        add(tiparm(mouse, 0));
    else if (capability("kmous") != NULL)
        add("\033[?1000l");
    add(capability("sgr0"));
    add(capability("cnorm"));
    add(capability("rmkx"));
    add(capability("rmcup"));
}

void tl_rescue_end(void)
{
    for (size_t i = 0; i < TL_COUNT(faults); i++)
        sigaction(faults[i], &rescue.before[i], NULL);
}
