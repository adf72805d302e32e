/* Colour rules: what is read, what is refused and where, and which rule a packet gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ui/tasks/colour_rules.h"

static enum tl_failure read_text(struct tl_colour_rules *rules, const char *text, struct tl_error *error)
{
    *error = (struct tl_error){ .kind = TL_E_NONE };
    return tl_colour_rules_read(rules, text, strlen(text), "rules", error);
}

static void refused(const char *text, const char *why)
{
    struct tl_colour_rules rules;
    struct tl_error error;
    assert_int_equal(read_text(&rules, text, &error), TL_E_USAGE);
    if (strstr(error.text, why) == NULL)
        fail_msg("'%s' is refused with '%s', not with '%s'", text, error.text, why);
    tl_colour_rules_free(&rules);
}

static void reads_rules(void **state)
{
    struct tl_colour_rules rules;
    struct tl_error error;
    (void)state;
    assert_int_equal(read_text(&rules,
                               "# a comment @ a @ b @ c\n"
                               "\n"
                               "  queries @ udp.port == 53 @red@  bright-white\r\n"
                               "raw @ @ip.ttl == 40 @ default @ blue\n"
                               " @ tcp @ bright-black @ default",
                               &error),
                     TL_E_NONE);
    assert_int_equal(rules.count, 3);
    assert_int_equal(rules.items[0].foreground, 1);
    assert_int_equal(rules.items[0].background, 15);
    assert_int_equal(rules.items[1].foreground, -1);
    assert_int_equal(rules.items[1].background, 4);
    assert_int_equal(rules.items[2].foreground, 8);
    tl_colour_rules_free(&rules);
    assert_int_equal(read_text(&rules, "", &error), TL_E_NONE);
    assert_int_equal(rules.count, 0);
    tl_colour_rules_free(&rules);
}

static void refuses(void **state)
{
    char text[64 * (TL_COLOUR_RULES_MOST + 1)];
    size_t len = 0;
    (void)state;
    refused("dns", "rules, line 1: a rule is NAME @");
    refused("dns @ dns", "line 1: a rule is NAME @");
    refused("dns @ dns @ red", "line 1: a rule is NAME @");
    refused("\n#\nd @ dns @ pink @ black", "line 3: unknown colour");
    refused("d @ dns @ red @ bright-", "line 1: unknown colour");
    refused("d @ dns @ red @ bright-default", "line 1: unknown colour");
    refused("d @ dns @ red @", "line 1: unknown colour");
    refused("d @ dns @ red @ blue\nd @  udp || dns.nothing @ red @ blue", "rules, line 2, column 13: ");
    refused("d @ @ red @ blue", "line 1");
    refused("d @ tcp.stream == 1 @ red @ blue", "line 1: lines are coloured one by one");
    for (unsigned i = 0; i <= TL_COLOUR_RULES_MOST; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "d @ dns @ red @ blue\n");
    refused(text, "line 41: more than 40 rules");
}

/* A packet without a tree of layers: rules that ask for the packet itself. */
static void first_rule_wins(void **state)
{
    struct tl_colour_rules rules;
    struct tl_colour_run run;
    struct tl_error error;
    struct tl_tree tree;
    uint8_t bytes[60] = { 0 };
    struct tl_packet packet = { .number = 7, .bytes = bytes, .caplen = sizeof bytes, .len = sizeof bytes };
    const struct tl_scene scene = { .packet = &packet, .tree = &tree };
    (void)state;
    tl_tree_init(&tree);
    tl_tree_reset(&tree, bytes, sizeof bytes);
    assert_int_equal(read_text(&rules,
                               "none @ frame.number == 8 @ red @ blue\n"
                               "short @ frame.len < 100 @ red @ blue\n"
                               "any @ frame.number > 0 @ red @ blue\n",
                               &error),
                     TL_E_NONE);
    assert_true(tl_colour_run_init(&run, &rules));
    assert_int_equal(tl_colour_run_ask(&run, &scene), 2);
    packet.len = 200;
    assert_int_equal(tl_colour_run_ask(&run, &scene), 3);
    packet.number = 8;
    assert_int_equal(tl_colour_run_ask(&run, &scene), 1);
    packet.number = 0;
    assert_int_equal(tl_colour_run_ask(&run, &scene), 0);
    tl_colour_run_fini(&run);
    tl_colour_rules_free(&rules);
    assert_true(tl_colour_run_init(&run, NULL));
    assert_int_equal(tl_colour_run_ask(&run, &scene), 0);
    tl_colour_run_fini(&run);
    tl_tree_fini(&tree);
}

static void loads(void **state)
{
    struct tl_colour_rules rules;
    struct tl_error error = { .kind = TL_E_NONE };
    (void)state;
    assert_int_equal(tl_colour_rules_load(&rules, "", &error), TL_E_NONE);
    assert_true(rules.count > 5);
    tl_colour_rules_free(&rules);
    assert_int_equal(tl_colour_rules_load(&rules, "none", &error), TL_E_NONE);
    assert_int_equal(rules.count, 0);
    assert_int_equal(tl_colour_rules_load(&rules, "./absent", &error), TL_E_RUNTIME);
    assert_non_null(strstr(error.text, "cannot read ./absent"));
    tl_colour_rules_free(&rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_rules),
        cmocka_unit_test(refuses),
        cmocka_unit_test(first_rule_wins),
        cmocka_unit_test(loads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
