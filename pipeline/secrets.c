/* secrets.c - Decryption Secrets Blocks of pcapng (draft-ietf-opsawg-pcapng section 4.7), and key logs that grow. */
#include "pipeline/secrets.h"

#include "capture/keylog_file.h"

enum {
    BLOCK_DSB = 0x0a,
    DSB_DATA = 16,  /* bytes before the secrets */
    BLOCK_TAIL = 4, /* the second length */
};

#define BLOCK_SHB          0x0a0d0d0aU
#define SECRETS_TLS_KEYLOG 0x544c534bU

static uint32_t load32(const struct tl_extra *extra, uint32_t at)
{
    return extra->big_endian ? tl_load_be32(extra->block.data + at) : tl_load_le32(extra->block.data + at);
}

/* Returns the lines of a key log; empty: the block has other secrets. */
static struct tl_bytes lines_of(const struct tl_extra *extra)
{
    struct tl_bytes none = { NULL, 0 };
    if (extra->type != BLOCK_DSB || extra->block.len < DSB_DATA + BLOCK_TAIL || load32(extra, 8) != SECRETS_TLS_KEYLOG)
        return none;
    uint32_t len = load32(extra, 12), room = extra->block.len - DSB_DATA - BLOCK_TAIL;
    return (struct tl_bytes){ extra->block.data + DSB_DATA, len < room ? len : room };
}

void tl_secrets_take(const struct tl_engine_options *o, const struct tl_block *block, struct tl_keylog_faults *faults)
{
    struct tl_error error = { 0 };
    if (!o->decode)
        return;
    if (o->keylog_file != NULL && (o->live != NULL || o->follow))
        (void)!tl_keylog_file_read(o->keylog_file, o->keylog, block->last, &error); /* read again with the next block */
    for (uint32_t i = 0; i < block->extra_count; i++) {
        const struct tl_extra *extra = &block->extras[i];
        uint64_t number = extra->before < block->count ? block->packets[extra->before].number : block->mark_number + 1;
        if (extra->type == BLOCK_SHB)
            tl_keylog_expect(o->keylog, number);
        tl_keylog_add_text(o->keylog, lines_of(extra), number, faults);
    }
}
