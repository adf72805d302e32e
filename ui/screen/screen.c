/* screen.c - a small interface to ncursesw. */
#include "ui/screen/screen.h"

#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_NOMACROS
#include <ncursesw/ncurses.h>

#include "core/base64.h"
#include "ui/screen/rescue.h"

enum { ESCAPE_MS = 25, CELLS_MOST = 1024 };

struct tl_screen {
    SCREEN *terminal;
    FILE *in, *out; /* owned */
    bool utf8;      /* characters beyond ASCII can be shown */
    bool lines;     /* so can lines */
    bool colours;   /* also of the theme */
    attr_t attributes[TL_STYLE_ALL];
};

/* --- themes --- */

struct paint {
    short colour; /* -1: the terminal's default */
    attr_t attributes;
};

struct theme {
    const char *name;
    struct paint paint[TL_STYLE_COUNT];
};

/*
 * The 16 colours that work on light and dark backgrounds; important differences also show without colours: reverse,
 * bold, underlined.
 */
static const struct theme themes[] = {
    { "default",
      { [TL_STYLE_TEXT] = { -1, A_NORMAL },
        [TL_STYLE_DIM] = { -1, A_DIM },
        [TL_STYLE_HEADING] = { -1, A_BOLD },
        [TL_STYLE_TITLE] = { -1, A_NORMAL },
        [TL_STYLE_FOCUS] = { COLOR_CYAN, A_BOLD },
        [TL_STYLE_CURSOR] = { -1, A_REVERSE },
        [TL_STYLE_CHOSEN] = { -1, A_UNDERLINE },
        [TL_STYLE_LIT] = { COLOR_MAGENTA, A_REVERSE },
        [TL_STYLE_STATUS] = { -1, A_REVERSE },
        [TL_STYLE_WRONG] = { COLOR_RED, A_BOLD },
        [TL_STYLE_LAYER] = { -1, A_BOLD },
        [TL_STYLE_ORIG] = { COLOR_BLUE, A_NORMAL },
        [TL_STYLE_RESP] = { COLOR_MAGENTA, A_NORMAL },
        [TL_STYLE_GOOD] = { COLOR_GREEN, A_NORMAL },
        [TL_STYLE_POOR] = { COLOR_YELLOW, A_NORMAL },
        [TL_STYLE_KIND_1] = { COLOR_CYAN, A_NORMAL },
        [TL_STYLE_KIND_2] = { COLOR_GREEN, A_NORMAL },
        [TL_STYLE_KIND_3] = { COLOR_MAGENTA, A_NORMAL },
        [TL_STYLE_KIND_4] = { COLOR_BLUE, A_NORMAL },
        [TL_STYLE_KIND_5] = { COLOR_YELLOW, A_NORMAL } } },
    { "bright",
      { [TL_STYLE_TEXT] = { -1, A_NORMAL },
        [TL_STYLE_DIM] = { -1, A_NORMAL },
        [TL_STYLE_HEADING] = { COLOR_YELLOW, A_BOLD },
        [TL_STYLE_TITLE] = { COLOR_GREEN, A_NORMAL },
        [TL_STYLE_FOCUS] = { COLOR_GREEN, A_BOLD },
        [TL_STYLE_CURSOR] = { COLOR_CYAN, A_REVERSE },
        [TL_STYLE_CHOSEN] = { COLOR_CYAN, A_UNDERLINE },
        [TL_STYLE_LIT] = { COLOR_YELLOW, A_REVERSE },
        [TL_STYLE_STATUS] = { COLOR_GREEN, A_REVERSE },
        [TL_STYLE_WRONG] = { COLOR_RED, A_BOLD },
        [TL_STYLE_LAYER] = { COLOR_CYAN, A_BOLD },
        [TL_STYLE_ORIG] = { COLOR_CYAN, A_BOLD },
        [TL_STYLE_RESP] = { COLOR_MAGENTA, A_BOLD },
        [TL_STYLE_GOOD] = { COLOR_GREEN, A_BOLD },
        [TL_STYLE_POOR] = { COLOR_YELLOW, A_BOLD },
        [TL_STYLE_KIND_1] = { COLOR_CYAN, A_BOLD },
        [TL_STYLE_KIND_2] = { COLOR_GREEN, A_BOLD },
        [TL_STYLE_KIND_3] = { COLOR_MAGENTA, A_BOLD },
        [TL_STYLE_KIND_4] = { COLOR_BLUE, A_BOLD },
        [TL_STYLE_KIND_5] = { COLOR_YELLOW, A_BOLD } } },
    { "mono",
      { [TL_STYLE_TEXT] = { -1, A_NORMAL },
        [TL_STYLE_DIM] = { -1, A_NORMAL },
        [TL_STYLE_HEADING] = { -1, A_BOLD },
        [TL_STYLE_TITLE] = { -1, A_NORMAL },
        [TL_STYLE_FOCUS] = { -1, A_BOLD },
        [TL_STYLE_CURSOR] = { -1, A_REVERSE },
        [TL_STYLE_CHOSEN] = { -1, A_UNDERLINE },
        [TL_STYLE_LIT] = { -1, A_REVERSE },
        [TL_STYLE_STATUS] = { -1, A_REVERSE },
        [TL_STYLE_WRONG] = { -1, A_BOLD },
        [TL_STYLE_LAYER] = { -1, A_BOLD },
        [TL_STYLE_ORIG] = { -1, A_NORMAL },
        [TL_STYLE_RESP] = { -1, A_BOLD },
        [TL_STYLE_GOOD] = { -1, A_NORMAL },
        [TL_STYLE_POOR] = { -1, A_BOLD },
        [TL_STYLE_KIND_1] = { -1, A_NORMAL },
        [TL_STYLE_KIND_2] = { -1, A_NORMAL },
        [TL_STYLE_KIND_3] = { -1, A_NORMAL },
        [TL_STYLE_KIND_4] = { -1, A_NORMAL },
        [TL_STYLE_KIND_5] = { -1, A_NORMAL } } },
};

static const struct theme *theme_named(const char *name)
{
    for (size_t i = 0; i < TL_COUNT(themes); i++) {
        if (strcmp(themes[i].name, name) == 0)
            return &themes[i];
    }
    return NULL;
}

bool tl_screen_theme_known(const char *theme)
{
    return theme_named(theme) != NULL;
}

static void paint(struct tl_screen *s, const char *name)
{
    const char *plain = getenv("NO_COLOR");
    const struct theme *theme = theme_named(name != NULL ? name : "default");
    s->colours = has_colors() && (plain == NULL || plain[0] == '\0');
    if (theme == NULL || !s->colours)
        theme = theme_named("mono");
    if (s->colours) {
        start_color();
        use_default_colors();
    }
    for (short i = 0; i < TL_STYLE_COUNT; i++) {
        const struct paint *p = &theme->paint[i];
        s->attributes[i] = p->attributes;
        if (s->colours && p->colour >= 0 && init_pair((short)(i + 1), p->colour, -1) == OK)
            s->attributes[i] |= (attr_t)COLOR_PAIR(i + 1);
    }
    s->colours &= theme != theme_named("mono");
}

bool tl_screen_has_colours(const struct tl_screen *s)
{
    return s->colours;
}

void tl_screen_define(struct tl_screen *s, unsigned nth, int foreground, int background)
{
    enum { BASIC = 8 };
    unsigned style = TL_STYLE_RULE + nth;
    short pair = (short)(style + 1), fore = (short)foreground, back = (short)background;
    if (!s->colours || style >= TL_STYLE_ALL)
        return;
    s->attributes[style] = A_NORMAL;
    if (fore >= BASIC && COLORS < 2 * BASIC) {
        s->attributes[style] = A_BOLD;
        fore = (short)(fore - BASIC);
    }
    if (back >= BASIC && COLORS < 2 * BASIC)
        back = (short)(back - BASIC);
    if (init_pair(pair, fore, back) == OK)
        s->attributes[style] |= (attr_t)COLOR_PAIR(pair);
}

/* --- the terminal --- */

const char *tl_screen_version(void)
{
    return curses_version();
}

bool tl_screen_possible(void)
{
    const char *term = getenv("TERM");
    if (!isatty(STDOUT_FILENO) || term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0)
        return false;
    if (isatty(STDIN_FILENO))
        return true;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool open_streams(struct tl_screen *s)
{
    int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    int in = isatty(STDIN_FILENO) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open("/dev/tty", O_RDWR | O_CLOEXEC);
    s->out = out >= 0 ? fdopen(out, "w") : NULL;
    s->in = in >= 0 ? fdopen(in, "r") : NULL;
    if (s->out == NULL && out >= 0)
        close(out);
    if (s->in == NULL && in >= 0)
        close(in);
    return s->in != NULL && s->out != NULL;
}

struct tl_screen *tl_screen_open(const struct tl_screen_options *options, struct tl_error *error)
{
    struct tl_screen *s = calloc(1, sizeof *s);
    if (s == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    setlocale(LC_CTYPE, "");
    s->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    s->lines = s->utf8 && !options->ascii;
    bool streams = open_streams(s);
    if (streams)
        tl_rescue_begin(fileno(s->out), fileno(s->in));
    if (streams && (s->terminal = newterm(NULL, s->out, s->in)) == NULL)
        tl_rescue_end();
    if (s->terminal == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "the terminal (TERM=%s) cannot show the view: add --text",
                     getenv("TERM") != NULL ? getenv("TERM") : "");
        tl_screen_close(s);
        return NULL;
    }
    set_term(s->terminal);
    tl_rescue_learn();
    set_escdelay(ESCAPE_MS);
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    curs_set(0);
    if (!options->no_mouse) {
        mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON3_PRESSED | BUTTON3_CLICKED | BUTTON4_PRESSED |
                      BUTTON5_PRESSED,
                  NULL);
        mouseinterval(0);
    }
    paint(s, options->theme);
    return s;
}

void tl_screen_close(struct tl_screen *s)
{
    if (s == NULL)
        return;
    if (s->terminal != NULL) {
        endwin();
        tl_rescue_end();
        delscreen(s->terminal);
    }
    if (s->in != NULL)
        fclose(s->in);
    if (s->out != NULL)
        fclose(s->out);
    free(s);
}

int tl_screen_fd(const struct tl_screen *s)
{
    return fileno(s->in);
}

void tl_screen_size(const struct tl_screen *s, int *rows, int *columns)
{
    (void)s;
    *rows = getmaxy(stdscr);
    *columns = getmaxx(stdscr);
}

void tl_screen_resize(struct tl_screen *s)
{
    struct winsize size;
    if (ioctl(fileno(s->out), TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
    clearok(stdscr, TRUE);
}

/* --- what is typed --- */

static struct tl_typed read_mouse(void)
{
    MEVENT event;
    struct tl_typed typed = { .key = TL_KEY_NONE };
    if (getmouse(&event) != OK)
        return typed;
    typed.row = event.y;
    typed.column = event.x;
    if (event.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED))
        typed.key = TL_KEY_CLICK;
    else if (event.bstate & (BUTTON3_PRESSED | BUTTON3_CLICKED))
        typed.key = TL_KEY_RIGHT_CLICK;
    else if (event.bstate & BUTTON4_PRESSED)
        typed.key = TL_KEY_WHEEL_UP;
    else if (event.bstate & BUTTON5_PRESSED)
        typed.key = TL_KEY_WHEEL_DOWN;
    return typed;
}

static int special(wint_t key)
{
    static const struct {
        wint_t from;
        int to;
    } keys[] = {
        { KEY_UP, TL_KEY_UP },           { KEY_DOWN, TL_KEY_DOWN },     { KEY_LEFT, TL_KEY_LEFT },
        { KEY_RIGHT, TL_KEY_RIGHT },     { KEY_PPAGE, TL_KEY_PAGE_UP }, { KEY_NPAGE, TL_KEY_PAGE_DOWN },
        { KEY_HOME, TL_KEY_HOME },       { KEY_END, TL_KEY_END },       { KEY_ENTER, TL_KEY_ENTER },
        { KEY_BTAB, TL_KEY_BACK_TAB },   { KEY_DC, TL_KEY_DELETE },     { KEY_BACKSPACE, TL_KEY_BACKSPACE },
        { KEY_RESIZE, TL_KEY_RESIZED },
    };
    for (size_t i = 0; i < TL_COUNT(keys); i++) {
        if (keys[i].from == key)
            return keys[i].to;
    }
    return TL_KEY_NONE;
}

static int ordinary(wint_t key)
{
    switch (key) {
    case '\r':
    case '\n':
        return TL_KEY_ENTER;
    case '\t':
        return TL_KEY_TAB;
    case 0x1b:
        return TL_KEY_ESCAPE;
    case 0x7f:
    case 0x08:
        return TL_KEY_BACKSPACE;
    default:
        return (int)key;
    }
}

/* curses returns the same at the end of the input as when nothing was typed. */
static bool is_gone(const struct tl_screen *s)
{
    struct pollfd fd = { .fd = fileno(s->in), .events = POLLIN };
    return poll(&fd, 1, 0) > 0 && (fd.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

struct tl_typed tl_screen_read(struct tl_screen *s)
{
    wint_t key = 0;
    int kind = get_wch(&key);
    if (kind == ERR)
        return (struct tl_typed){ .key = is_gone(s) ? TL_KEY_GONE : TL_KEY_NONE };
    if (kind == KEY_CODE_YES && key == KEY_MOUSE)
        return read_mouse();
    return (struct tl_typed){ .key = kind == KEY_CODE_YES ? special(key) : ordinary(key) };
}

/* --- drawing --- */

/* The output is base64: the terminal cannot interpret any of the text. */
void tl_screen_copy(struct tl_screen *s, const char *text, size_t len)
{
    char *encoded = malloc(len / 3 * 4 + 5);
    if (encoded == NULL)
        return;
    tl_base64_encode(tl_bytes_of(text, len), encoded);
    fprintf(s->out, "\033]52;c;%s\a", encoded);
    fflush(s->out);
    free(encoded);
}

bool tl_screen_has_lines(const struct tl_screen *s)
{
    return s->lines;
}

void tl_screen_erase(struct tl_screen *s)
{
    (void)s;
    erase();
}

void tl_screen_show(struct tl_screen *s)
{
    (void)s;
    refresh();
}

/* Directional controls and the like: they would reorder the text next to them. */
static bool is_acting(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c || code == 0xfeff ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || (code >= 0xfff9 && code <= 0xfffb) || code >= 0xe0000;
}

static bool is_variation(wchar_t c)
{
    return c >= 0xfe00 && c <= 0xfe0f;
}

/* The character at p (RFC 3629, section 3) and how many bytes it takes; a wrong byte is one '?'. */
static wchar_t decode(const struct tl_screen *s, const uint8_t *p, size_t left, size_t *taken)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t n = p[0] < 0x80                    ? 1
               : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
               : (p[0] & 0xf0) == 0xe0       ? 3
               : (p[0] & 0xf8) == 0xf0       ? 4
                                             : 0;
    *taken = 1;
    if (n == 0 || n > left)
        return L'?';
    uint32_t code = n == 1 ? p[0] : p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return L'?';
        code = code << 6 | (p[i] & 0x3f);
    }
    if (code < least[n] || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff)
        return L'?';
    *taken = n;
    if (is_acting(code) || (n > 1 && (!s->utf8 || wcwidth((wchar_t)code) < 0)))
        return L'?';
    return (wchar_t)code;
}

static int cells_of(wchar_t c)
{
    return c < 0x7f ? 1 : wcwidth(c);
}

int tl_screen_text(struct tl_screen *s, const struct tl_area *area, int row, int column, int width,
                   enum tl_style style, const char *text, size_t len)
{
    wchar_t cells[CELLS_MOST];
    int used = 0, count = 0;
    if (width > area->columns - column)
        width = area->columns - column;
    if (row < 0 || row >= area->rows || column < 0 || width <= 0)
        return 0;
    for (size_t i = 0, taken = 1; i < len && count < CELLS_MOST - 1; i += taken) {
        wchar_t c = decode(s, (const uint8_t *)text + i, len - i, &taken);
        int n = cells_of(c);
        if (is_variation(c)) /* terminals differ in the width of the character before it */
            continue;
        if (n == 0 && count == 0) /* a mark that would combine with another text's character */
            continue;
        if (used + n > width)
            break;
        cells[count++] = c;
        used += n;
    }
    attrset((int)s->attributes[style]);
    mvaddnwstr(area->row + row, area->column + column, cells, count);
    attrset((int)s->attributes[TL_STYLE_TEXT]);
    return used;
}

size_t tl_screen_wrap(const struct tl_screen *s, const char *text, size_t len, int width, bool anywhere, size_t *next)
{
    size_t at = 0, space = 0, taken;
    for (int used = 0; at < len; at += taken) {
        used += cells_of(decode(s, (const uint8_t *)text + at, len - at, &taken));
        if (used > width && at > 0)
            break;
        if (text[at] == ' ')
            space = at;
    }
    if (at < len && space > 0 && text[at] != ' ' && !anywhere)
        at = space;
    for (*next = at; *next < len && text[*next] == ' ' && !anywhere; ++*next)
        continue;
    return at;
}

int tl_screen_wrapped(struct tl_screen *s, const struct tl_area *area, int row, int column, int width,
                      enum tl_style style, const char *text, size_t len)
{
    int rows = 0;
    for (size_t next; len > 0; rows++, text += next, len -= next) {
        size_t n = tl_screen_wrap(s, text, len, width, false, &next);
        tl_screen_text(s, area, row + rows, column, width, style, text, n);
    }
    return rows;
}

void tl_screen_fill(struct tl_screen *s, const struct tl_area *area, int row, int column, int width,
                    enum tl_style style)
{
    if (width > area->columns - column)
        width = area->columns - column;
    if (row < 0 || row >= area->rows || column < 0 || width <= 0)
        return;
    attrset((int)s->attributes[style]);
    mvhline(area->row + row, area->column + column, ' ' | s->attributes[style], width);
    attrset((int)s->attributes[TL_STYLE_TEXT]);
}

/* The text without its first `cells` cells, and the width of what is left. */
static const char *skip(const struct tl_screen *s, const char *text, int cells, int *width)
{
    size_t left = strlen(text), taken;
    for (; left > 0; text += taken, left -= taken) {
        int n = cells_of(decode(s, (const uint8_t *)text, left, &taken));
        if (cells <= 0 && n > 0) /* no mark without its character */
            break;
        cells -= n;
        *width -= n;
    }
    return text;
}

static int width_of(const struct tl_screen *s, const char *text)
{
    int none = 0;
    (void)skip(s, text, INT_MAX, &none);
    return -none;
}

void tl_screen_rule(struct tl_screen *s, const struct tl_area *area, int row, bool focused, const char *title,
                    const char *note)
{
    enum tl_style style = focused ? TL_STYLE_FOCUS : TL_STYLE_TITLE;
    const char *line = s->lines ? focused ? "\u2501" : "\u2500" : focused ? "=" : "-";
    for (int i = 0; i < area->columns; i++)
        tl_screen_text(s, area, row, i, 1, style, line, strlen(line));
    int used = 2 + tl_screen_text(s, area, row, 2, area->columns - 4, style, " ", 1);
    used += tl_screen_text(s, area, row, used, area->columns - used - 2, style, title, strlen(title));
    used += tl_screen_text(s, area, row, used, area->columns - used - 2, style, " ", 1);
    int room = area->columns - used - 4, width = width_of(s, note);
    if (width == 0 || room <= 0)
        return;
    if (width > room) /* cut the beginning: numbers are at the end */
        note = skip(s, note, width - room, &width);
    tl_screen_text(s, area, row, area->columns - width - 3, 1, style, " ", 1);
    tl_screen_text(s, area, row, area->columns - width - 2, width, style, note, strlen(note));
    tl_screen_text(s, area, row, area->columns - 2, 1, style, " ", 1);
}
