/* list.h - a place in a long list: the chosen line and the line at the top. */
#ifndef TL_UI_LIST_H
#define TL_UI_LIST_H

#include <stdint.h>

/* Movement, the same keys in every pane. */
enum tl_move {
    TL_MOVE_UP,
    TL_MOVE_DOWN,
    TL_MOVE_PAGE_UP,
    TL_MOVE_PAGE_DOWN,
    TL_MOVE_HOME,
    TL_MOVE_END,
    TL_MOVE_LEFT,
    TL_MOVE_RIGHT,
    TL_MOVE_ENTER,
};

struct tl_list {
    uint64_t chosen, top;
    int rows; /* as drawn last */
};

/* Moves within [first, end). Left, right and Enter belong to the pane. */
static inline void tl_list_move(struct tl_list *list, uint64_t first, uint64_t end, enum tl_move move)
{
    uint64_t page = list->rows > 1 ? (uint64_t)list->rows - 1 : 1, at = list->chosen;
    if (first >= end)
        return;
    switch (move) {
    case TL_MOVE_UP:
        at = at > first ? at - 1 : first;
        break;
    case TL_MOVE_DOWN:
        at++;
        break;
    case TL_MOVE_PAGE_UP:
        at = at > first + page ? at - page : first;
        break;
    case TL_MOVE_PAGE_DOWN:
        at += page;
        break;
    case TL_MOVE_HOME:
        at = first;
        break;
    case TL_MOVE_END:
        at = end - 1;
        break;
    default:
        break;
    }
    list->chosen = at < first ? first : at >= end ? end - 1 : at;
}

/* Before `rows` of [first, end) are drawn: scrolls as little as needed to show the chosen line. */
static inline void tl_list_fit(struct tl_list *list, uint64_t first, uint64_t end, int rows)
{
    uint64_t n = rows > 0 ? (uint64_t)rows : 1;
    list->rows = rows;
    if (list->top < first)
        list->top = first;
    if (list->chosen < list->top)
        list->top = list->chosen;
    if (list->chosen >= list->top + n)
        list->top = list->chosen - n + 1;
    if (list->top + n > end && end >= first + n) /* the list became shorter, or the pane higher: avoid empty rows */
        list->top = end - n;
    else if (end < first + n)
        list->top = first;
}

#endif
