/* help.c - the help of every pane fits on the smallest common screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ui/view/bindings.h"
#include "ui/view/help.h"

enum { ROWS = 24 - 3, COLUMNS = 80, LABEL = 10, NARROW = 28, WHOLE = COLUMNS - 12 }; /* without tabs, title and status line */

static void check(const struct tl_binding *keys, size_t room)
{
    for (; keys != NULL && keys->key != 0; keys++) {
        if (keys->label == NULL)
            continue;
        if (strlen(keys->label) > LABEL || strlen(keys->help) > room)
            fail_msg("%s: %s", keys->label, keys->help);
    }
}

static void test_fits(void **state)
{
    (void)state;
    check(tl_view_bindings, NARROW);
    for (unsigned i = 0; i < tl_pane_count; i++) {
        check(tl_panes[i]->keys, WHOLE);
        if (tl_help_rows(tl_panes[i], COLUMNS) > ROWS)
            fail_msg("%s: %d rows", tl_panes[i]->name, tl_help_rows(tl_panes[i], COLUMNS));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_fits) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
