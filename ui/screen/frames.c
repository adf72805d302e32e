/* frames.c - writes down how long frames take. */
#include "ui/screen/frames.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

static int64_t now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void tl_frames_begin(struct tl_frames *frames)
{
    const char *path = secure_getenv("TAPLIGHT_FRAMES"); /* not for a program with more rights than its user */
    *frames = (struct tl_frames){ 0 };
    if (path == NULL || path[0] == '\0')
        return;
    frames->out = fopen(path, "we");
    frames->begun = now(CLOCK_MONOTONIC);
}

void tl_frames_end(struct tl_frames *frames)
{
    if (frames->out != NULL)
        (void)fclose(frames->out);
    frames->out = NULL;
}

void tl_frames_typed(struct tl_frames *frames)
{
    if (frames->out != NULL && frames->typed == 0)
        frames->typed = now(CLOCK_MONOTONIC);
}

void tl_frames_draw(struct tl_frames *frames)
{
    if (frames->out != NULL)
        frames->frame = now(CLOCK_MONOTONIC);
}

void tl_frames_drawn(struct tl_frames *frames, bool whole)
{
    if (frames->out == NULL)
        return;
    int64_t drawn = now(CLOCK_MONOTONIC), waited = frames->typed != 0 ? drawn - frames->typed : 0;
    (void)fprintf(frames->out, "%" PRId64 " %" PRId64 " %" PRId64 " %d %" PRId64 "\n",
                  (drawn - frames->begun) / 1000000,
                  (drawn - frames->frame) / 1000, waited / 1000, whole, now(CLOCK_THREAD_CPUTIME_ID) / 1000);
    (void)fflush(frames->out);
    if (whole)
        frames->typed = 0;
}
