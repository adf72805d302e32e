/* binding.h - a key and what it does. */
#ifndef TL_UI_BINDING_H
#define TL_UI_BINDING_H

struct tl_view;

/* Tables end with a key of 0. */
struct tl_binding {
    int key;           /* a character, or enum tl_key_code */
    const char *label; /* as the help shows it; NULL: another key for the same as the row before */
    const char *help;
    void (*act)(struct tl_view *view, void *state);
};

#endif
