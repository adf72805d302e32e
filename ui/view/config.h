/* config.h - the view's configuration: $XDG_CONFIG_HOME/taplight/config.json, none needed. */
#ifndef TL_UI_CONFIG_H
#define TL_UI_CONFIG_H

#include <stdbool.h>

#include "core/buffer.h"
#include "core/status.h"
#include "ui/panes/packet_columns.h"

struct tl_config {
    char theme[16];
    char time[16]; /* day, date, first or before */
    char copy[256]; /* a command that takes what is copied at its standard input; "": none */
    char columns[TL_COLUMNS_TEXT]; /* of the list of packets */
    bool ascii;    /* lines of ASCII */
    bool mouse;
    bool detail, hex; /* panes that are shown at first, */
    char order[32];   /* and how they stand below one another */
};

/* The defaults, and over them what the file says, if there is one. A mistake is named with file, line and key. */
enum tl_failure tl_config_load(struct tl_config *config, struct tl_error *error);
/* All of it, as a file that can be read back. */
void tl_config_put(struct tl_buffer *out, const struct tl_config *config);

#endif
