/* command.c - prints the options of a run as a command line. */
#include "cli/command.h"

#include <string.h>

static bool is_plain(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,+=@%";
    return word[0] != '\0' && strspn(word, plain) == strlen(word);
}

/* Quotes word for a POSIX shell. */
static void put_word(struct tl_buffer *out, const char *word)
{
    if (is_plain(word)) {
        tl_puts(out, word);
        return;
    }
    tl_put_char(out, '\'');
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            tl_put_lit(out, "'\\'");
        tl_put_char(out, *word);
    }
    tl_put_char(out, '\'');
}

static void put_words(struct tl_buffer *out, const char *option, const char *const *words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        tl_puts(out, option);
        put_word(out, words[i]);
    }
}

/* The filter is left out: the view may have changed it. The caller passes the current one. */
static bool is_filter(const struct tl_option *option)
{
    return option->letter == 'f' || option->letter == 'F';
}

static bool is_keylog(const struct tl_option *option)
{
    return option->name != NULL && strcmp(option->name, "keylog") == 0;
}

static void put_given(struct tl_buffer *out, const struct tl_given *given)
{
    const struct tl_option *option = given->option;
    if (option->name != NULL)
        tl_put_format(out, " --%s", option->name);
    else
        tl_put_format(out, " -%c", option->letter);
    if (given->argument == NULL)
        return;
    tl_put_char(out, option->name != NULL ? '=' : ' ');
    put_word(out, given->argument);
}

void tl_command_put(struct tl_buffer *out, const struct tl_command *command)
{
    const struct tl_options *o = command->options;
    tl_put_lit(out, "taplight");
    put_words(out, " -i ", command->interfaces, command->interface_count);
    put_words(out, " -r ", command->inputs, command->input_count);
    for (uint32_t i = 0; i < o->given_count; i++) {
        if (!is_filter(o->given[i].option) && (command->keylog == NULL || !is_keylog(o->given[i].option)))
            put_given(out, &o->given[i]);
    }
    put_words(out, " --keylog ", &command->keylog, command->keylog != NULL);
    put_words(out, " -f ", &command->filter, command->filter[0] != '\0');
}

bool tl_command_put_send(struct tl_buffer *out, const struct tl_command *command, uint64_t number)
{
    bool one_file = command->input_count == 1 && strcmp(command->inputs[0], "-") != 0;
    if (!one_file || command->filter[0] != '\0' || command->interface_count > 0)
        return false;
    tl_put_lit(out, "taplight send");
    put_words(out, " -r ", command->inputs, 1);
    tl_put_format(out, " --from %llu -i INTERFACE DESCRIPTION", (unsigned long long)number);
    return true;
}
