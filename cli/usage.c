/* usage.c - prints the table of options as --help, man page section and shell completions. */
#include "cli/usage.h"

#include "cli/option_text.h"
#include "cli/options.h"
#include "cli/verb.h"
#include "ui/view/help.h"

#include <stdio.h>

enum { COLUMNS = 80, HELP_AT = 22 };

/* Names of capture files, and of compressed ones, that the shells complete first. */
#define CAPTURES "pcap|pcapng|cap|ntar|snoop|dmp"
#define PACKED   "gz|zst|lz4"

static const char *const group_titles[TL_GROUP_COUNT] = {
    [TL_GROUP_INPUT] = "Input",
    [TL_GROUP_LIVE] = "Capture",
    [TL_GROUP_OUTPUT] = "Output",
    [TL_GROUP_TEXT] = "Text",
    [TL_GROUP_RECORDS] = "Records and streams",
    [TL_GROUP_SERVERS] = "Servers",
    [TL_GROUP_DECODING] = "Decoding",
    [TL_GROUP_TIMEOUTS] = "Flow timeouts, in seconds",
    [TL_GROUP_ABOUT] = "About",
};

static const char examples[] = "Examples:\n"
                               "  taplight -r day.pcap -c 10                      ten packets, a line each\n"
                               "  taplight -r day.pcap -v udp port 53             DNS packets with all fields\n"
                               "  taplight -r day.pcap.zst --json | jq .          flows and transactions\n"
                               "  taplight -r a.pcap -r b.pcapng -w web.pcapng -Y http\n"
                               "  taplight -i eth0 --json -w day.pcap -G 3600 -W 24\n";

static bool is_shown(const struct tl_option *option)
{
    return option->kind != TL_OPT_HIDDEN;
}

static struct tl_option_text text_of(const struct tl_option *o)
{
    return (struct tl_option_text){ o->letter, o->optional, o->name, o->argument, o->help, o->more };
}

static void help_line(struct tl_buffer *out, const struct tl_option *o)
{
    const struct tl_option_text text = text_of(o);
    tl_option_text_help(out, &text, HELP_AT);
}

/* Long groups of rarely used options: --help lists only their names. */
static bool is_brief(unsigned group)
{
    return group == TL_GROUP_LIVE || group == TL_GROUP_TEXT || group == TL_GROUP_RECORDS || group == TL_GROUP_SERVERS ||
           group == TL_GROUP_DECODING || group == TL_GROUP_TIMEOUTS;
}

static void help_brief(struct tl_buffer *out, const struct tl_option *table, size_t count, unsigned group)
{
    size_t at = 0;
    if (group == TL_GROUP_SERVERS) /* --to is with the records: the screen is full */
        return;
    tl_put_format(out, "%s (details: man taplight):\n", group_titles[group]);
    for (size_t i = 0; i < count; i++) {
        char text[64];
        if (table[i].group != group && (group != TL_GROUP_RECORDS || table[i].kind != TL_OPT_SERVER))
            continue;
        bool argued = group != TL_GROUP_TIMEOUTS && table[i].kind != TL_OPT_SERVER && table[i].argument != NULL;
        int len = table[i].name != NULL
                      ? snprintf(text, sizeof(text), "  --%s", table[i].name)
                      : snprintf(text, sizeof(text), "  -%c", table[i].letter);
        if (argued && len > 0)
            len += snprintf(text + len, sizeof(text) - (size_t)len, table[i].optional ? "[=%s]" : " %s",
                            table[i].argument);
        if (at + (size_t)len > COLUMNS) {
            tl_put_char(out, '\n');
            at = 0;
        }
        tl_puts(out, text);
        at += (size_t)len;
    }
    tl_put_char(out, '\n');
}

void tl_usage_help(struct tl_buffer *out)
{
    size_t count;
    const struct tl_option *table = tl_option_table(&count);
    tl_puts(out, "usage: taplight [options] [BPF] | explain|objects|ping|replay|resolve|send|trace\n");
    for (unsigned group = 0; group < TL_GROUP_COUNT; group++) {
        if (is_brief(group)) {
            help_brief(out, table, count, group);
            continue;
        }
        if (group != TL_GROUP_ABOUT)
            tl_put_format(out, "%s:\n", group_titles[group]);
        for (size_t i = 0; i < count; i++)
            if (table[i].group == group && is_shown(&table[i]))
                help_line(out, &table[i]);
    }
    tl_puts(out, examples);
}

static void man_option(struct tl_buffer *out, const struct tl_option *o)
{
    const struct tl_option_text text = text_of(o);
    tl_option_text_man(out, &text);
}

static void generate_man(struct tl_buffer *out, const struct tl_option *table, size_t count)
{
    for (unsigned group = 0; group < TL_GROUP_COUNT; group++) {
        tl_put_format(out, ".SS %s\n", group_titles[group]);
        for (size_t i = 0; i < count; i++)
            if (table[i].group == group && is_shown(&table[i]))
                man_option(out, &table[i]);
    }
    tl_put_lit(out, ".SH KEYS\nIn the view, on a terminal:\n");
    tl_help_put_man(out);
}

static void put_names(struct tl_buffer *out, const struct tl_option *o, const char *separator)
{
    if (o->letter)
        tl_put_format(out, "-%c", o->letter);
    if (o->letter && o->name)
        tl_puts(out, separator);
    if (o->name)
        tl_put_format(out, "--%s", o->name);
}

/* Puts the names of all options for which `which` returns true. */
static void put_all(struct tl_buffer *out, const struct tl_option *table, size_t count, const char *separator,
                    bool (*which)(const struct tl_option *))
{
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        if (!is_shown(&table[i]) || !which(&table[i]))
            continue;
        if (!first)
            tl_puts(out, separator);
        first = false;
        put_names(out, &table[i], separator);
    }
}

static bool is_any(const struct tl_option *option)
{
    (void)option;
    return true;
}

static bool is_value(const struct tl_option *option)
{
    return option->argument != NULL && !option->file && !option->optional && option->kind != TL_OPT_DEVICE &&
           option->choices == NULL;
}

static bool is_other_file(const struct tl_option *option)
{
    return option->file && option->kind != TL_OPT_INPUT;
}

static bool is_input(const struct tl_option *option)
{
    return option->kind == TL_OPT_INPUT;
}

static bool is_device(const struct tl_option *option)
{
    return option->kind == TL_OPT_DEVICE;
}

/* Where a name matches a capture file, only these and directories are offered, else all files. */
static void bash_inputs(struct tl_buffer *out)
{
    tl_puts(out, ")\n        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
                 "        local name captures=0 offered=()\n"
                 "        for name in \"${COMPREPLY[@]}\"; do\n"
                 "            if [[ -d $name ]]; then\n"
                 "                offered+=(\"$name\")\n"
                 "            elif [[ ${name,,} =~ \\.(" CAPTURES ")[0-9]*(\\.(" PACKED "))?$ ]]; then\n"
                 "                offered+=(\"$name\")\n"
                 "                captures=1\n"
                 "            fi\n"
                 "        done\n"
                 "        ((captures)) && COMPREPLY=(\"${offered[@]}\")\n"
                 "        return ;;\n    ");
}

/* An optional argument is completed only after the `=`. */
static void bash_choices(struct tl_buffer *out, const struct tl_option *o)
{
    tl_put_lit(out, "    ");
    put_names(out, o, "|");
    tl_put_format(out, o->optional ? ")\n"
                         "        if [[ ${COMP_WORDS[COMP_CWORD]} == '=' || ${COMP_WORDS[COMP_CWORD-1]} == '=' ]]; "
                         "then\n"
                         "            mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$word\")\n"
                         "            return\n"
                         "        fi ;;\n"
                       : ")\n        mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$word\")\n"
                         "        return ;;\n",
                  o->choices);
}

static void bash_verb_arguments(struct tl_buffer *out, const struct tl_verb *verb, const char *what,
                                bool (*which)(const struct tl_verb_option *))
{
    bool any = false;
    for (unsigned i = 0; i < verb->option_count; i++) {
        const struct tl_verb_option *o = &verb->options[i];
        if (!which(o))
            continue;
        tl_puts(out, any ? "|" : "            ");
        any = true;
        if (o->letter)
            tl_put_format(out, "-%c", o->letter);
        if (o->name != NULL)
            tl_put_format(out, "%s--%s", o->letter ? "|" : "", o->name);
    }
    if (any)
        tl_put_format(out, ") %s ;;\n", what);
}

static bool is_verb_device(const struct tl_verb_option *o)
{
    return o->device;
}

static bool is_verb_file(const struct tl_verb_option *o)
{
    return o->file;
}

static bool is_verb_value(const struct tl_verb_option *o)
{
    return o->argument != NULL && !o->file && !o->device && o->choices == NULL;
}

/* The first word may be a verb, which has options of its own. */
static void bash_verbs(struct tl_buffer *out)
{
    tl_puts(out, "    if ((COMP_CWORD == 1)) && [[ $word != -* ]]; then\n"
                 "        mapfile -t COMPREPLY < <(compgen -W '");
    for (unsigned i = 0; tl_verbs[i] != NULL; i++)
        tl_put_format(out, "%s%s", i > 0 ? " " : "", tl_verbs[i]->name);
    tl_puts(out, "' -- \"$word\")\n        return\n    fi\n    case ${COMP_WORDS[1]} in\n");
    for (unsigned i = 0; tl_verbs[i] != NULL; i++) {
        const struct tl_verb *verb = tl_verbs[i];
        tl_put_format(out, "    %s)\n        case $before in\n", verb->name);
        bash_verb_arguments(out, verb,
                            "local names=(/sys/class/net/*/)\n"
                            "            names=(\"${names[@]%/}\")\n"
                            "            mapfile -t COMPREPLY < <(compgen -W \"${names[*]##*/}\" -- \"$word\")",
                            is_verb_device);
        bash_verb_arguments(out, verb, "mapfile -t COMPREPLY < <(compgen -f -- \"$word\")", is_verb_file);
        bash_verb_arguments(out, verb, "", is_verb_value);
        for (unsigned k = 0; k < verb->option_count; k++)
            if (verb->options[k].choices != NULL)
                tl_put_format(out, "            --%s) mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$word\") ;;\n",
                              verb->options[k].name, verb->options[k].choices);
        tl_puts(out, "            *) [[ $word != -* ]] || mapfile -t COMPREPLY < <(compgen -W '");
        for (unsigned k = 0; k < verb->option_count; k++) {
            if (verb->options[k].letter)
                tl_put_format(out, "-%c ", verb->options[k].letter);
            if (verb->options[k].name != NULL)
                tl_put_format(out, "--%s ", verb->options[k].name);
        }
        tl_puts(out, "-h --help' -- \"$word\") ;;\n        esac\n        return ;;\n");
    }
    tl_puts(out, "    esac\n");
}

static void generate_bash(struct tl_buffer *out, const struct tl_option *table, size_t count)
{
    tl_puts(out, "# Bash completion for taplight, generated by taplight --generate bash.\n"
                 "_taplight()\n{\n"
                 "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
                 "    COMPREPLY=()\n");
    bash_verbs(out);
    tl_puts(out, "    if [[ $word == '=' ]]; then\n"
                 "        word=''\n"
                 "    elif [[ $before == '=' ]]; then\n"
                 "        before=${COMP_WORDS[COMP_CWORD-2]}\n"
                 "    fi\n"
                 "    case $before in\n    ");
    put_all(out, table, count, "|", is_input);
    bash_inputs(out);
    put_all(out, table, count, "|", is_device);
    tl_puts(out, ")\n        local names=(/sys/class/net/*/)\n"
                 "        names=(\"${names[@]%/}\")\n"
                 "        mapfile -t COMPREPLY < <(compgen -W \"any ${names[*]##*/}\" -- \"$word\")\n"
                 "        return ;;\n    ");
    put_all(out, table, count, "|", is_other_file);
    tl_puts(out, ")\n        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
                 "        return ;;\n    ");
    put_all(out, table, count, "|", is_value);
    tl_puts(out, ")\n        return ;;\n");
    for (size_t i = 0; i < count; i++)
        if (table[i].choices != NULL && is_shown(&table[i]))
            bash_choices(out, &table[i]);
    tl_puts(out, "    esac\n"
                 "    if [[ $word == -* ]]; then\n"
                 "        mapfile -t COMPREPLY < <(compgen -W '");
    put_all(out, table, count, " ", is_any);
    tl_puts(out, "' -- \"$word\")\n"
                 "    fi\n}\n"
                 "complete -F _taplight -o filenames taplight\n");
}

/* Escapes help text inside zsh's quotes and brackets. */
static void put_zsh(struct tl_buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            tl_put_lit(out, "'\\''");
        else if (*text == '[' || *text == ']' || *text == ':' || *text == '\\')
            tl_put_format(out, "\\%c", *text);
        else
            tl_put_char(out, *text);
    }
}

static void zsh_option(struct tl_buffer *out, const struct tl_option *o)
{
    const char *many = tl_option_is_repeatable(o) ? "*" : "";
    tl_put_lit(out, "    ");
    if (o->letter && o->name)
        tl_put_format(out, "'(-%c --%s)'{-%c,--%s}'", o->letter, o->name, o->letter, o->name);
    else if (o->letter)
        tl_put_format(out, "'%s-%c%s", many, o->letter, o->argument ? "+" : "");
    else
        tl_put_format(out, "'%s--%s%s", many, o->name, o->optional ? "=-" : o->argument ? "=" : "");
    tl_put_char(out, '[');
    put_zsh(out, o->help);
    tl_put_char(out, ']');
    if (o->argument != NULL) {
        tl_put_format(out, "%s%s:", o->optional ? "::" : ":", o->argument);
        if (o->choices != NULL)
            tl_put_format(out, "(%s)", o->choices);
        else if (o->kind == TL_OPT_INPUT)
            tl_put_lit(out, "_files -g \"(#i)*.(" CAPTURES ")[0-9]#(|.(" PACKED "))\"");
        else if (o->kind == TL_OPT_DEVICE)
            tl_put_lit(out, "_taplight_interfaces");
        else if (o->file)
            tl_put_lit(out, "_files");
    }
    tl_put_lit(out, "' \\\n");
}

static void zsh_verb_option(struct tl_buffer *out, const struct tl_verb_option *o)
{
    tl_put_lit(out, "        '");
    if (o->name != NULL)
        tl_put_format(out, "--%s%s", o->name, o->argument != NULL ? "=" : "");
    else
        tl_put_format(out, "-%c%s", o->letter, o->argument != NULL ? "+" : "");
    tl_put_char(out, '[');
    put_zsh(out, o->help);
    tl_put_char(out, ']');
    if (o->argument != NULL)
        tl_put_format(out, ":%s:", o->argument);
    if (o->choices != NULL)
        tl_put_format(out, "(%s)", o->choices);
    else if (o->device)
        tl_put_lit(out, "_taplight_interfaces");
    else if (o->file)
        tl_put_lit(out, "_files");
    tl_put_lit(out, "' \\\n");
}

/* The first word may be a verb, which has options of its own. */
static void zsh_verbs(struct tl_buffer *out)
{
    tl_puts(out, "    local -a verbs=(");
    for (unsigned i = 0; tl_verbs[i] != NULL; i++)
        tl_put_format(out, "%s%s", i > 0 ? " " : "", tl_verbs[i]->name);
    tl_puts(out, ")\n    compadd -a verbs\nfi\ncase ${words[2]} in\n");
    for (unsigned i = 0; tl_verbs[i] != NULL; i++) {
        tl_put_format(out, "%s)\n    shift words\n    ((CURRENT--))\n    _arguments -s -S \\\n", tl_verbs[i]->name);
        for (unsigned k = 0; k < tl_verbs[i]->option_count; k++)
            zsh_verb_option(out, &tl_verbs[i]->options[k]);
        tl_put_format(out, "        '*:%s:'\n    return ;;\n", tl_verbs[i]->words);
    }
    tl_puts(out, "esac\n");
}

static void generate_zsh(struct tl_buffer *out, const struct tl_option *table, size_t count)
{
    tl_puts(out, "#compdef taplight\n"
                 "# Zsh completion for taplight, generated by taplight --generate zsh.\n"
                 "_taplight_interfaces()\n{\n"
                 "    local -a interfaces=(any /sys/class/net/*(-/N:t))\n"
                 "    compadd -a interfaces\n"
                 "}\n"
                 "if ((CURRENT == 2)) && [[ ${words[2]} != -* ]]; then\n");
    zsh_verbs(out);
    tl_puts(out, "_arguments -s -S \\\n");
    for (size_t i = 0; i < count; i++)
        if (is_shown(&table[i]))
            zsh_option(out, &table[i]);
    tl_puts(out, "    '*:BPF filter:'\n");
}

void tl_usage_generate(struct tl_buffer *out, const char *what)
{
    size_t count;
    const struct tl_option *table = tl_option_table(&count);
    const struct tl_verb *verb = strncmp(what, "man-", 4) == 0 ? tl_verb_of(what + 4) : NULL;
    if (verb != NULL)
        tl_verb_man(out, verb);
    else if (strcmp(what, "man") == 0)
        generate_man(out, table, count);
    else if (strcmp(what, "bash") == 0)
        generate_bash(out, table, count);
    else
        generate_zsh(out, table, count);
}
