/* record.h - the record that a reader went on to. Private to library/. */
#ifndef TL_LIBRARY_RECORD_H
#define TL_LIBRARY_RECORD_H

#include "library/hold.h"

struct taplight_record {
    struct tl_hold *hold;
    const struct tl_record_item *item;
    const struct tl_record *record;
};

void tl_flow_of_id(const struct tl_flow_id *id, struct taplight_flow *flow);

#endif
