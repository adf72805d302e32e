/* tls_fields.c - the fields of TLS, and its anomalies. */
#define TL_TLS_PREFIX "tls"
#include "dissectors/tls/tls_field_rows.h"

const struct tl_field tl_tls_fields[TLS_FIELDS] = { TL_TLS_FIELD_ROWS };

const struct tl_weird_name tl_tls_weirds[TLS_WEIRDS] = { TL_TLS_WEIRD_ROWS };
