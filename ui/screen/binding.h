/* binding.h - which key does what. */
#ifndef TL_UI_BINDING_H
#define TL_UI_BINDING_H

struct tl_view;

/* A key and what it does. Tables end with a key of 0. */
struct tl_binding {
    int key;           /* a character, or enum tl_key_code */
    const char *label; /* as the help spells it; NULL: as the row before, for another key of the same */
    const char *help;
    void (*act)(struct tl_view *view, void *state);
};

#endif
