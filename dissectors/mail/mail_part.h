/* mail_part.h - the content of a MIME part; only for the files in this folder. */
#ifndef TL_DISSECTORS_MAIL_PART_H
#define TL_DISSECTORS_MAIL_PART_H

#include "dissectors/mail/mail_message.h"

/* Called after the header of a part that is not a multipart: begins its content as a body. */
void tl_mail_part_begin(struct tl_dissection *d, struct tl_mail *m);
/* Bytes of the content, still encoded. Does no work unless the size or the bytes are needed. */
void tl_mail_part_content(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes bytes);
/* n bytes of the content are missing. */
void tl_mail_part_gap(struct tl_dissection *d, struct tl_mail *m, uint64_t n);
/* Ends the content. A part with a name is shown as an attachment. */
void tl_mail_part_end(struct tl_dissection *d, struct tl_mail *m);

#endif
