/* name_list.c - the names that display filters, fields and records know. */
#include "library/hold.h"

struct listing {
    bool (*each)(void *context, const struct taplight_name *name);
    void *context;
    bool ended;
};

static void pass_on(void *context, const struct tl_name_row *row)
{
    struct listing *listing = context;
    const struct taplight_name name = { row->name, row->protocol, row->type, row->help };
    if (!listing->ended)
        listing->ended = !listing->each(listing->context, &name);
}

void taplight_names(bool records, bool (*each)(void *context, const struct taplight_name *name), void *context)
{
    struct listing listing = { each, context, false };
    struct tl_hold *hold = tl_hold_new(false);
    if (hold == NULL)
        return;
    struct tl_names names = hold->names;
    if (records) {
        tl_names_each_record(&names, pass_on, &listing);
    } else {
        names.record_count = 0;
        tl_names_each(&names, pass_on, &listing);
    }
    tl_hold_release(hold);
}
