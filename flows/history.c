/* history.c - the history letters of a flow: the first few are in the flow, more are in its extension. */
#include "flows/history.h"

static size_t inline_length(const struct tl_flow *flow)
{
    return strnlen(flow->history, TL_HISTORY_INLINE);
}

static void add(struct tl_flow *flow, void *slab_base, char letter)
{
    if (flow->history[0] != 1) {
        size_t n = inline_length(flow);
        if (n < TL_HISTORY_INLINE) {
            flow->history[n] = letter;
            return;
        }
        if (flow->ext == 0)
            return;
        struct tl_flow_ext *ext = tl_slab_at(slab_base, flow->ext);
        memcpy(ext->history, flow->history, n);
        ext->history[n] = letter;
        ext->history[n + 1] = 0;
        flow->history[0] = 1;
        return;
    }
    struct tl_flow_ext *ext = tl_slab_at(slab_base, flow->ext);
    size_t n = strnlen(ext->history, TL_HISTORY_MAX);
    if (n < TL_HISTORY_MAX) {
        ext->history[n] = letter;
        ext->history[n + 1] = 0;
    }
}

void tl_history_add(struct tl_flow *flow, void *slab_base, unsigned side, char letter)
{
    if (side == TL_ORIG && letter >= 'a' && letter <= 'z')
        letter = (char)(letter - 'a' + 'A');
    add(flow, slab_base, letter);
}

void tl_history_scaled(struct tl_flow *flow, void *slab_base, unsigned side, char letter, uint32_t *count)
{
    uint32_t n = ++*count;
    while (n % 10 == 0 && n > 0)
        n /= 10;
    if (n == 1)
        tl_history_add(flow, slab_base, side, letter);
}

void tl_history_text(const struct tl_flow *flow, void *slab_base, char *text)
{
    if (flow->history[0] == 1) {
        const struct tl_flow_ext *ext = tl_slab_at(slab_base, flow->ext);
        memcpy(text, ext->history, sizeof ext->history);
        return;
    }
    size_t n = inline_length(flow);
    memcpy(text, flow->history, n);
    text[n] = 0;
}
