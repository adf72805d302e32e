/* config.h - the view's configuration: $XDG_CONFIG_HOME/taplight/config.json, which is optional. */
#ifndef TL_UI_CONFIG_H
#define TL_UI_CONFIG_H

#include <stdbool.h>

#include "core/buffer.h"
#include "core/status.h"
#include "ui/panes/packet_columns.h"

struct tl_config {
    char theme[16];
    char time[16]; /* day, date, first or before */
    char copy[256]; /* a command that gets the copied text at its standard input; "": none */
    char columns[TL_COLUMNS_TEXT]; /* of the list of packets */
    char color_rules[256]; /* a file; "": the built-in rules; "none": no rules */
    bool ascii;    /* lines of ASCII */
    bool mouse;
    bool detail, hex; /* panes that are shown at first, */
    char order[32];   /* and their order */
};

/* The defaults, overridden by the file if there is one. An error names file, line and key. */
enum tl_failure tl_config_load(struct tl_config *config, struct tl_error *error);
/* Writes all settings as a file that can be read back. */
void tl_config_put(struct tl_buffer *out, const struct tl_config *config);

#endif
