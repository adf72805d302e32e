/* inputs.h - the files that are shown, opened once: a file that replaces one later is not read. */
#ifndef TL_UI_INPUTS_H
#define TL_UI_INPUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/store/notices.h"

struct tl_input_held;

struct tl_inputs {
    struct tl_input_held *held; /* owned: one an input */
    uint32_t count;
};

/* Names stay the caller's. "-" is standard input. Only regular files can be read again. false without memory. */
bool tl_inputs_open(struct tl_inputs *inputs, const char *const *names, uint32_t count);
void tl_inputs_close(struct tl_inputs *inputs);
/* For pread(), from any thread; -1: there is no such file. */
int tl_inputs_fd(const struct tl_inputs *inputs, uint32_t input);

/* Reports once of each file that it changed, other than by growing. *again: look once more in a moment. */
void tl_inputs_look(struct tl_inputs *inputs, struct tl_notices *notices, bool *again);

#endif
