/* notices.c - keeps what was said. */
#include "ui/notices.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void tl_notices_init(struct tl_notices *notices)
{
    pthread_mutex_init(&notices->lock, NULL);
}

void tl_notices_fini(struct tl_notices *notices)
{
    pthread_mutex_destroy(&notices->lock);
}

void tl_notices_add(void *context, const char *text)
{
    struct tl_notices *notices = context;
    struct timespec now;
    if (notices->aloud) {
        (void)fprintf(stderr, "taplight: %s\n", text);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    pthread_mutex_lock(&notices->lock);
    uint32_t at = notices->count % TL_NOTICES_KEPT;
    notices->kept[at].ts = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    snprintf(notices->kept[at].text, TL_NOTICE_TEXT, "%s", text);
    notices->count++;
    pthread_mutex_unlock(&notices->lock);
}

bool tl_notices_get(struct tl_notices *notices, uint32_t index, char text[TL_NOTICE_TEXT], int64_t *ts)
{
    pthread_mutex_lock(&notices->lock);
    bool there = index < notices->count && notices->count - index <= TL_NOTICES_KEPT;
    if (there) {
        memcpy(text, notices->kept[index % TL_NOTICES_KEPT].text, TL_NOTICE_TEXT);
        if (ts != NULL)
            *ts = notices->kept[index % TL_NOTICES_KEPT].ts;
    }
    pthread_mutex_unlock(&notices->lock);
    return there;
}
