/* mail_part.h - the content of a MIME part, of the files in this folder alone. */
#ifndef TL_DISSECTORS_MAIL_PART_H
#define TL_DISSECTORS_MAIL_PART_H

#include "dissectors/mail/mail_message.h"

/* The header of a part is read, and what follows is no multipart: its content begins, as a body. */
void tl_mail_part_begin(struct tl_dissection *d, struct tl_mail *m);
/* Bytes of the content, still encoded. Costs nothing unless something wants its size or its bytes. */
void tl_mail_part_content(struct tl_dissection *d, struct tl_mail *m, struct tl_bytes bytes);
/* n of them are missing. */
void tl_mail_part_gap(struct tl_dissection *d, struct tl_mail *m, uint64_t n);
/* The content has ended. A part with a name is shown as an attachment. */
void tl_mail_part_end(struct tl_dissection *d, struct tl_mail *m);

#endif
