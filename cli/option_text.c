/* option_text.c - an option as a line of --help and as an item of a man page. */
#include "cli/option_text.h"

#include <stdio.h>

void tl_option_text_help(struct tl_buffer *out, const struct tl_option_text *o, int at)
{
    char left[60];
    int used = 0;
    if (o->name == NULL)
        used = snprintf(left, sizeof left, "  -%c%s%s", o->letter, o->argument ? " " : "",
                        o->argument ? o->argument : "");
    else
        used = snprintf(left, sizeof left, "  %c%c%s--%s%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
                        o->letter ? ", " : "  ", o->name, o->optional ? "[=" : o->argument ? " " : "",
                        o->argument ? o->argument : "", o->optional ? "]" : "");
    tl_put_format(out, "%s%*s%s\n", left, used < at ? at - used : 1, "", o->help);
}

void tl_put_troff(struct tl_buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '-')
            tl_put_lit(out, "\\-");
        else if (*text == '\\')
            tl_put_lit(out, "\\e");
        else
            tl_put_char(out, *text);
    }
}

void tl_option_text_man(struct tl_buffer *out, const struct tl_option_text *o)
{
    tl_put_lit(out, ".TP\n");
    if (o->letter)
        tl_put_format(out, "\\fB\\-%c\\fR", o->letter);
    if (o->letter && o->name)
        tl_put_lit(out, ", ");
    if (o->name != NULL) {
        tl_put_lit(out, "\\fB\\-\\-");
        tl_put_troff(out, o->name);
        tl_put_lit(out, "\\fR");
    }
    if (o->argument != NULL)
        tl_put_format(out, "%s\\fI%s\\fR%s", o->optional ? "[=" : " ", o->argument, o->optional ? "]" : "");
    tl_put_char(out, '\n');
    char first[2] = { o->help[0] >= 'a' && o->help[0] <= 'z' ? (char)(o->help[0] - 'a' + 'A') : o->help[0], '\0' };
    tl_put_troff(out, first);
    tl_put_troff(out, o->help + 1);
    tl_put_lit(out, ".\n");
    if (o->more != NULL) {
        tl_put_troff(out, o->more);
        tl_put_char(out, '\n');
    }
}
