/* keylog_file.h - reads a file of TLS secrets, all of it or what was appended since the last time. */
#ifndef TL_CAPTURE_KEYLOG_FILE_H
#define TL_CAPTURE_KEYLOG_FILE_H

#include "core/keylog.h"

struct tl_keylog_file;

/* Returns NULL and sets error on failure. The name is borrowed. */
struct tl_keylog_file *tl_keylog_file_open(const char *name, struct tl_error *error);
/* May be NULL. */
void tl_keylog_file_close(struct tl_keylog_file *file);
/*
 * Reads what is there and was not read yet: whole lines, and with `all` a last line without an end too. A file that
 * became shorter is read from its beginning. The first wrong line is reported by tl_keylog_file_notice(). Not
 * thread-safe.
 */
enum tl_failure tl_keylog_file_read(struct tl_keylog_file *file, struct tl_keylog *log, bool all,
                                    struct tl_error *error) TL_MUST_CHECK;
/* Returns a message about a wrong line once, one line of text; else NULL. Valid until the next call. */
const char *tl_keylog_file_notice(struct tl_keylog_file *file);
/* Returns the secrets that found no room. */
uint64_t tl_keylog_file_left_out(const struct tl_keylog_file *file);

#endif
