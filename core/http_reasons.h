/* http_reasons.h - the registered reason phrases of HTTP's statuses (RFC 9110 section 15 and others). */
#ifndef TL_CORE_HTTP_REASONS_H
#define TL_CORE_HTTP_REASONS_H

#include "core/field.h"

/* A server may send any other phrase, and HTTP/2 sends none. */
extern const struct tl_name tl_http_reasons[];

#endif
