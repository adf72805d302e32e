/* list_line.c - the text of a line. */
#include "ui/tasks/list_line.h"

#include <stdio.h>

size_t tl_list_line_text(const struct tl_list_line *line, char *text, size_t room)
{
    int n = snprintf(text, room, "%s %s %s %s", line->source, line->destination, line->protocol, line->info);
    return n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}
