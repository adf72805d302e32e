/* saving.c - one question, and a second one where the file exists already; then a task. */
#include "ui/view/saving.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ui/tasks/save_file.h"
#include "ui/tasks/save_packets.h"
#include "ui/tasks/save_stream.h"
#include "ui/view/state.h"

enum { BOTH = 3 /* sides */, NAME_MOST = 64 /* bytes of the input's */, NAMES_TRIED = 1000 };

static void begin_packets(struct tl_view *view, const char *path);

/* --- begin and end --- */

static void end(struct tl_view *view)
{
    struct tl_save *save = view->saving.now;
    struct tl_buffer result = { 0 };
    view->saving.now = NULL;
    if (save->release != NULL)
        save->release(save);
    bool wrong = save->error.kind != TL_E_NONE || save->put_result(save, &result);
    if (save->error.kind != TL_E_NONE)
        tl_view_say(view, true, "%s", save->error.text);
    else
        tl_view_say(view, wrong, "%.*s", (int)result.len, (const char *)result.data);
    tl_buffer_fini(&result);
}

static void start(struct tl_view *view, struct tl_save *save, const char *path)
{
    view->saving.now = save;
    if (!tl_save_start(save, path, view->news))
        end(view);
}

bool tl_saving_look(struct tl_view *view)
{
    bool ended = view->saving.now != NULL && tl_task_ended(&view->saving.now->task);
    if (ended)
        end(view);
    return ended;
}

bool tl_saving_progress(const struct tl_view *view, char *text, size_t room)
{
    const struct tl_save *save = view->saving.now;
    if (save != NULL)
        snprintf(text, room, "saving %.40s: %u %%, Esc stops it", save->path, tl_task_percent(&save->task));
    return save != NULL;
}

bool tl_saving_stop(struct tl_view *view)
{
    if (view->saving.now == NULL)
        return false;
    tl_task_stop(&view->saving.now->task);
    end(view);
    return true;
}

/* --- which file --- */

const char *tl_saving_why_not(const struct tl_view *view)
{
    return view->saving.now != NULL ? "another file is being saved: Esc stops it" : NULL;
}

static void answered(struct tl_view *view, const char *text)
{
    struct stat st;
    bool yes = strcmp(text, "y") == 0 || strcmp(text, "yes") == 0;
    if (yes && stat(view->saving.path, &st) == 0 && tl_save_is_in_use(&st)) /* the file may have been opened since */
        tl_view_say(view, true, "%s is being read or written: name another file", view->saving.path);
    else if (yes)
        view->saving.begin(view, view->saving.path);
    else
        tl_view_say(view, false, "not saved");
}

static void settle(struct tl_view *view, const char *path);

static bool has_format(const char *path);

static void confirmed(struct tl_view *view, const char *text)
{
    char path[sizeof view->saving.path];
    snprintf(path, sizeof path, "%s", view->saving.path);
    if (strcmp(text, "y") == 0 || strcmp(text, "yes") == 0)
        settle(view, path);
    else
        tl_view_say(view, false, "not saved");
}

static void named(struct tl_view *view, const char *path)
{
    snprintf(view->saving.path, sizeof view->saving.path, "%s", path);
    struct stat st;
    bool known = stat(path, &st) == 0; /* settle() asks or refuses */
    if (*path != '\0' && !known && view->saving.begin == begin_packets && !has_format(path))
        tl_view_ask(view, "The name does not end in .pcap, .pcapng or .json. Save it as pcap (y, n)? ", confirmed);
    else
        settle(view, path);
}

static void settle(struct tl_view *view, const char *path)
{
    struct stat st;
    if (*path == '\0')
        return;
    snprintf(view->saving.path, sizeof view->saving.path, "%s", path);
    if (stat(path, &st) != 0)
        view->saving.begin(view, path);
    else if (!S_ISREG(st.st_mode))
        tl_view_say(view, true, "%s is not a regular file: name another", path);
    else if (tl_save_is_in_use(&st))
        tl_view_say(view, true, "%s is being read or written: name another file", path);
    else
        tl_view_ask(view, "The file exists. Overwrite it (y, n)? ", answered);
}

/* The name of the input without its ending; "capture" for interfaces and pipes. */
static int base_name(const struct tl_view *view, const char **name)
{
    const struct tl_view_options *o = view->options;
    const char *path = o->live || o->input_count == 0 ? "" : o->inputs[0], *slash = strrchr(path, '/');
    *name = slash != NULL ? slash + 1 : path;
    size_t len = strcspn(*name, ".");
    if (len == 0 || len > NAME_MOST || strcmp(*name, "-") == 0) {
        *name = "capture";
        len = strlen(*name);
    }
    return (int)len;
}

/* Proposes a name in the present folder that no file has: of the input, then what is saved. */
static void ask(struct tl_view *view, const char *label, const char *what, const char *ending,
                void (*begin)(struct tl_view *view, const char *path))
{
    const char *why = tl_saving_why_not(view), *base;
    char name[sizeof view->saving.path];
    struct stat st;
    int len = base_name(view, &base);
    view->saving.begin = begin;
    if (why != NULL) {
        tl_view_say(view, true, "%s", why);
        return;
    }
    for (unsigned i = 1; i < NAMES_TRIED; i++) {
        char number[16] = "";
        if (i > 1)
            snprintf(number, sizeof number, "-%u", i);
        snprintf(name, sizeof name, "%.*s-%s%s%s", len, base, what, number, ending);
        if (stat(name, &st) != 0)
            break;
    }
    tl_view_ask_again(view, label, name, named);
    view->prompt.proposed = true;
}

static bool ends_with(const char *path, const char *end)
{
    size_t len = strlen(path), n = strlen(end);
    return len >= n && strcmp(path + len - n, end) == 0;
}

/* The format is in the ending of the name: without one, an answer to another question may have been typed. */
static bool has_format(const char *path)
{
    static const char *const endings[] = { ".pcap", ".pcapng", ".json", ".jsonl", ".cap", ".dmp" };
    for (size_t i = 0; i < TL_COUNT(endings); i++) {
        if (ends_with(path, endings[i]))
            return true;
    }
    return false;
}

/* --- packets --- */

/* The packets that are chosen by hand or by the subset: their rows. NULL without memory. */
static struct tl_save *choose_some(struct tl_view *view)
{
    struct tl_save_packets *packets = view->saving.packets;
    bool marked = view->saving.which == 'm';
    uint64_t first = tl_view_first_place(view);
    uint64_t count = marked ? view->marks.count : tl_view_end_place(view) - first;
    uint32_t *rows = tl_save_packets_room(packets, &view->source, count);
    if (rows == NULL)
        return NULL;
    for (uint64_t i = 0; i < count; i++)
        rows[i] = marked ? view->marks.rows[i] : (uint32_t)tl_view_row_at(view, first + i);
    return tl_save_packets_some(packets);
}

static void begin_packets(struct tl_view *view, const char *path)
{
    bool all = view->saving.which == 'a' || (view->saving.which == 's' && tl_subset_is_all(tl_view_subset(view)));
    struct tl_save *save = all ? tl_save_packets_all(view->saving.packets, &view->source) : choose_some(view);
    if (save != NULL)
        start(view, save, path);
    else
        tl_view_say(view, true, "out of memory for so many packets: raise --mem, or save all");
}

/* What keeps all that the input has: comments, names, several interfaces. */
static const char *ending_of(const struct tl_view *view)
{
    const struct tl_interface *first = tl_interfaces_get(view->interfaces, 0);
    bool blocks = first != NULL && first->section != UINT32_MAX;
    return blocks || tl_interfaces_count(view->interfaces) > 1 ? ".pcapng" : ".pcap";
}

static void which(struct tl_view *view, const char *text)
{
    view->saving.which = text[0];
    if (strcmp(text, "a") != 0 && strcmp(text, "s") != 0 && strcmp(text, "m") != 0)
        tl_view_say(view, text[0] != '\0', "nothing was saved: type a, s or m");
    else if (view->saving.which == 'm' && view->marks.count == 0)
        tl_view_say(view, true, "no packet is marked: m marks the chosen packet");
    else if (view->saving.which == 's' && tl_view_end_place(view) <= tl_view_first_place(view))
        tl_view_say(view, true, "no packet is shown: nothing to save");
    else
        ask(view, "File (.pcap, .pcapng; .json: records): ",
            view->saving.which == 'm' ? "marked" : view->saving.which == 's' ? "shown" : "all", ending_of(view),
            begin_packets);
}

void tl_saving_ask(struct tl_view *view, void *state)
{
    const char *why = tl_saving_why_not(view);
    (void)state;
    if (why != NULL)
        tl_view_say(view, true, "%s", why);
    else
        tl_view_ask(view, "Save all packets (a), those shown (s) or those marked (m): ", which);
}

/* --- streams --- */

static void begin_stream(struct tl_view *view, const char *path)
{
    struct tl_saving *s = &view->saving;
    struct tl_flow_row flow;
    if (tl_store_flow(view->store, s->flow, &flow))
        start(view, tl_save_stream_begin(s->stream, &view->source, s->flow, &s->id, s->sides, &s->inside), path);
    else
        tl_view_say(view, true, "nothing was saved: the flow was evicted from memory (raise --mem)");
}

void tl_view_save_stream(struct tl_view *view, uint32_t flow, const struct tl_flow_id *id, unsigned sides,
                         const struct tl_inside *inside)
{
    view->saving.flow = flow;
    view->saving.id = *id;
    view->saving.sides = sides;
    view->saving.inside = *inside;
    char what[32];
    snprintf(what, sizeof what, "stream-%u", flow + 1);
    ask(view, sides == BOTH ? "Save the bytes of both sides to: " : "Save the bytes of this side to: ", what, ".bin",
        begin_stream);
}

/* --- files in flows --- */

static void begin_file(struct tl_view *view, const char *path)
{
    start(view, tl_save_file_begin(view->saving.file, &view->source, &view->saving.transaction), path);
}

void tl_view_save_file(struct tl_view *view, const struct tl_transaction *transaction)
{
    view->saving.transaction = *transaction;
    ask(view, "Save the file to: ", "file", ".bin", begin_file);
}
