/* tftp_samples.c - TFTP (RFC 1350) as no program speaks it: lost and repeated blocks, one side alone, cut and wrong packets. */
#include "gen.h"

#include <string.h>

enum { SERVER = 69, TRANSFER = 40069, CLIENT = 40001, READ = 1, WRITE, DATA, ACK, ERROR, OPTION_ACK };

enum { SEED = 7 };

static void put_seeded(struct capture *c, enum direction dir, uint16_t server, const void *bytes, size_t len, size_t filler,
                       unsigned seed)
{
    struct pkt p;
    pkt_init(&p, c->net);
    pkt_append(&p, bytes, len);
    if (filler > 0)
        pkt_pattern(&p, filler, seed);
    put_udp(&p, dir, false, dir == DIR_AB ? CLIENT : server, dir == DIR_AB ? server : CLIENT);
    put_ip4_dir(&p, dir, 17);
    put_ethernet(&p, dir, 0x0800);
    pcap_packet(c, &p);
}

static void put(struct capture *c, enum direction dir, uint16_t server, const void *bytes, size_t len, size_t filler)
{
    put_seeded(c, dir, server, bytes, len, filler, SEED);
}

#define TEXT(c, dir, server, text) put(c, dir, server, text, sizeof(text) - 1, 0)

static void numbered(struct capture *c, enum direction dir, uint16_t server, unsigned opcode, unsigned block, size_t filler)
{
    uint8_t head[4];
    put16(head, opcode);
    put16(head + 2, block);
    put(c, dir, server, head, sizeof head, filler);
}

static void lost(struct capture *c, const void *arg)
{
    (void)arg;
    pcap_begin(c, 1);
    TEXT(c, DIR_AB, SERVER, "\0\1a file\0octet\0");
    numbered(c, DIR_BA, TRANSFER, DATA, 1, 512);
    numbered(c, DIR_AB, TRANSFER, ACK, 1, 0);
    numbered(c, DIR_BA, TRANSFER, DATA, 2, 512);
    numbered(c, DIR_BA, TRANSFER, DATA, 2, 512); /* again */
    numbered(c, DIR_AB, TRANSFER, ACK, 2, 0);
    numbered(c, DIR_BA, TRANSFER, DATA, 5, 512); /* 3 and 4 were not captured */
    numbered(c, DIR_BA, TRANSFER, DATA, 6, 100);
    numbered(c, DIR_BA, TRANSFER, DATA, 7, 100); /* after the end */
}

static void same_port(struct capture *c, const void *arg)
{
    (void)arg;
    pcap_begin(c, 1);
    TEXT(c, DIR_AB, SERVER, "\0\2up\0NetASCII\0BlkSize\0" "8\0tsize\0" "12\0unknown\0x\0");
    TEXT(c, DIR_BA, SERVER, "\0\6BlkSize\0" "8\0");
    numbered(c, DIR_AB, SERVER, DATA, 1, 8);
    numbered(c, DIR_BA, SERVER, ACK, 1, 0);
    numbered(c, DIR_AB, SERVER, DATA, 2, 4);
    numbered(c, DIR_BA, SERVER, ACK, 2, 0);
    TEXT(c, DIR_AB, SERVER, "\0\1again\0octet\0");
    TEXT(c, DIR_BA, SERVER, "\0\5\0\2no\0");
}

/* Four blocks at a time, each with bytes of its own. */
static void windows(struct capture *c, const void *arg)
{
    /* Blocks as they pass, 0 for an acknowledgment of the block that follows. */
    static const uint8_t passes[] = { 1, 3, 2, 4, 0, 4, 6, 7, 8, 0, 4, 5, 6, 7, 8, 0, 8, 10, 9, 0, 10 };
    enum { BLOCK_SIZE = 16, LAST = 10 };
    (void)arg;
    pcap_begin(c, 1);
    TEXT(c, DIR_AB, SERVER, "\0\1a file\0octet\0blksize\0" "16\0windowsize\0" "4\0");
    TEXT(c, DIR_BA, TRANSFER, "\0\6blksize\0" "16\0windowsize\0" "4\0");
    numbered(c, DIR_AB, TRANSFER, ACK, 0, 0);
    for (size_t i = 0; i < sizeof passes; i++) {
        uint8_t head[] = { 0, DATA, 0, passes[i] };
        if (passes[i] == 0)
            numbered(c, DIR_AB, TRANSFER, ACK, passes[++i], 0);
        else
            put_seeded(c, DIR_BA, TRANSFER, head, sizeof head, passes[i] == LAST ? 5 : BLOCK_SIZE, passes[i]);
    }
}

/* The answers alone are data: a port tells nothing. */
static void answers_alone(struct capture *c, const void *arg)
{
    (void)arg;
    pcap_begin(c, 1);
    numbered(c, DIR_BA, TRANSFER, DATA, 1, 512);
    numbered(c, DIR_AB, TRANSFER, ACK, 1, 0);
    numbered(c, DIR_BA, SERVER, DATA, 1, 30); /* from the server's port */
}

static void wrong(struct capture *c, const void *arg)
{
    (void)arg;
    pcap_begin(c, 1);
    TEXT(c, DIR_AB, SERVER, "\0\1a file\0octet\0");
    TEXT(c, DIR_AB, SERVER, "\0\1no end");
    TEXT(c, DIR_AB, SERVER, "\0\1no type\0");
    TEXT(c, DIR_AB, SERVER, "\0\1odd type\0binary\0");
    TEXT(c, DIR_AB, SERVER, "\0\1file\0octet\0tsize\0");
    TEXT(c, DIR_AB, SERVER, "\0\11file\0octet\0");
    TEXT(c, DIR_AB, SERVER, "\0");
    TEXT(c, DIR_AB, SERVER, "\0\4\0");
    TEXT(c, DIR_AB, SERVER, "\0\5\0\11no end");
    TEXT(c, DIR_AB, SERVER, "\0\6blksize\0");
    TEXT(c, DIR_AB, SERVER, "\0\1\0\0");
}

static void cut(struct capture *c, const void *arg)
{
    (void)arg;
    c->snaplen = 80;
    pcap_begin(c, 1);
    TEXT(c, DIR_AB, SERVER, "\0\1a file\0octet\0");
    numbered(c, DIR_BA, TRANSFER, DATA, 1, 512);
    numbered(c, DIR_AB, TRANSFER, ACK, 1, 0);
    numbered(c, DIR_BA, TRANSFER, DATA, 2, 3);
    TEXT(c, DIR_AB, SERVER, "\0\1a file whose name is longer than what was captured of it\0octet\0");
}

const struct sample tftp_samples[] = {
    { "tftp/lost-blocks.pcap", "two blocks not captured, one sent twice, one after the last", lost, NULL },
    { "tftp/windows.pcap", "blocks of a window in another order, and sent again after a loss", windows, NULL },
    { "tftp/same-port.pcap", "the server answers from port 69: a file written, then a refusal", same_port, NULL },
    { "tftp/answers-alone.pcap", "a transfer whose request was not captured; a block from port 69", answers_alone, NULL },
    { "tftp/wrong.pcap", "texts without an end, unknown opcodes and types, packets too short", wrong, NULL },
    { "tftp/cut.pcap", "blocks and a name cut by the snapshot length", cut, NULL },
    { NULL, NULL, NULL, NULL },
};
