/* option_meaning.h - what options mean that depend on others. */
#ifndef TL_CLI_OPTION_MEANING_H
#define TL_CLI_OPTION_MEANING_H

#include "cli/options.h"

/* Sets the form of -T. As text it is --text, with the options of text. */
void tl_options_settle_form(struct tl_options *options);
/* With -z, --json is the form of the statistics, and -q silences lines, as in tshark. */
void tl_options_settle_statistics(struct tl_options *options);

#endif
