/* filter_words.h - completes names of fields, and names of their values, in a display filter that is being typed. */
#ifndef TL_UI_FILTER_WORDS_H
#define TL_UI_FILTER_WORDS_H

#include <stddef.h>

enum { TL_WORD_MOST = 256, TL_WORDS_NOTE = 300 };

struct tl_completed_word {
    size_t gone;              /* bytes before the cursor that are replaced by */
    char text[TL_WORD_MOST];
    char note[TL_WORDS_NOTE]; /* several candidates: "tcp.dstport tcp.srcport and 30 more"; or that there are none */
};

/* Completes the word before the cursor, which is at this offset, by what all candidates have in common. */
void tl_filter_complete(const char *text, size_t at, struct tl_completed_word *done);

#endif
