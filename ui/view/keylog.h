/* keylog.h - another key log while the view goes on. */
#ifndef TL_UI_KEYLOG_H
#define TL_UI_KEYLOG_H

struct tl_view;

/* For the key L: asks for the file. */
void tl_keylog_ask(struct tl_view *view, void *state);

#endif
