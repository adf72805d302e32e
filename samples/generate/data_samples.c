/* data_samples.c - databases, message brokers and telecontrol over TCP: one conversation each, in hex. */
#include "gen.h"

#include <stdlib.h>
#include <string.h>

struct hex_talk {
    uint16_t port;
    const char *const *steps; /* '>', '<' or '~' (> that is not captured) and the bytes in hex; the last is NULL */
};

static uint8_t digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void converse(struct capture *c, const void *arg)
{
    const struct hex_talk *talk = arg;
    struct talk_line l = { .c = c, .port = talk->port, .next = { 1000, 5000 } };
    uint8_t bytes[1400];
    pcap_begin(c, 1);
    talk_segment(&l, DIR_AB, TH_SYN, NULL, 0, false);
    talk_segment(&l, DIR_BA, TH_SYN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_AB, TH_ACK, NULL, 0, false);
    for (const char *const *s = talk->steps; *s != NULL; s++) {
        size_t n = (strlen(*s) - 1) / 2;
        if (n > sizeof bytes)
            die("a step is too long");
        for (size_t i = 0; i < n; i++)
            bytes[i] = (uint8_t)(digit((*s)[1 + 2 * i]) << 4 | digit((*s)[2 + 2 * i]));
        talk_segment(&l, (*s)[0] == '<' ? DIR_BA : DIR_AB, TH_PUSH | TH_ACK, bytes, n, (*s)[0] == '~');
    }
    talk_segment(&l, DIR_AB, TH_FIN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_BA, TH_FIN | TH_ACK, NULL, 0, false);
    talk_segment(&l, DIR_AB, TH_ACK, NULL, 0, false);
}

static const char *const dnp3_steps[] = {
    ">056414c40a0001008fedc0c1013c02063c03063c04063c01067a6f",
    "<05641c4401000a00763640e181900001020000028101811e0200dc4300010110000120d84c",
    "<0564104401000a00c4e18100140500000007000000b194",
    ">056408c40a000100fc42c1c100c524",
    ">05641ac40a0001008a1cc2c2050c012801000500030164000000afe46400000000005b",
    "<05641c4401000a007636c2c28100040c0128010005000301640024ad000064000000047882",
    "<0564124401000a0073c7c3f08280000201280100030081ad86",
    ">056408c40a000100fc42c3c3170000",
    ">056405c90a000100feda",
    NULL,
};
static const struct hex_talk dnp3_talk = { 20000, dnp3_steps };

static const char *const mysql_old_steps[] = {
    "<270000000a342e302e3237000700000073616c7473616c74002c2008020000000000000000000000000000",
    ">13000001852400000064616e6e79004a4e5b465f505057",
    "<0700000200000002000000",
    ">0100000001",
    NULL,
};
static const struct hex_talk mysql_old_talk = { 3306, mysql_old_steps };

static const char *const kafka_steps[] = {
    ">000000100012000000000001000673616d706c65",
    "<0000001000000001000000000001000000000009",
    ">000000260003000100000002000673616d706c650000000200066f726465727300087061796d656e7473",
    "<0000001000000002000000000000000000000000",
    ">0000003a0000000200000003000673616d706c650001000003e80000000100066f7264657273000000010000000000000000"
    "000000000000000000000000",
    "<0000000c000000030000000000000000",
    ">000000410001000400000004000673616d706c65ffffffff000001f40000000100100000000000000100066f726465727300"
    "00000100000000000000000000000000000000",
    "<0000002200000004000000000000000000000000000000000000000000000000000000000000",
    ">000000170011000100000005000673616d706c650005504c41494e",
    "<0000000a00000005000000000000",
    ">000000240024000000000006000673616d706c650000001000616e6e00706c346e7465642d6b666b",
    "<0000000c000000060000000000000000",
    ">000000120001000400000007000673616d706c650000",
    NULL,
};
static const struct hex_talk kafka_talk = { 9092, kafka_steps };

static const char *const mongo_steps[] = {
    ">580000000100000000000000d40700000000000061646d696e2e24636d640000000000ffffffff310000001069734d617374"
    "6572000100000003636c69656e740016000000026e616d65000700000073616d706c65000000",
    "<4000000007000000010000000100000008000000000000000000000000000000010000001c0000000869736d617374657200"
    "01016f6b00000000000000f03f00",
    ">6b0000000200000000000000dd070000000000000056000000107361736c53746172740001000000026d656368616e69736d"
    "0006000000504c41494e00057061796c6f616400100000000000616e6e00706c346e7465642d6d676f022464620006000000"
    "61646d696e0000",
    "<260000000800000002000000dd070000000000000011000000016f6b00000000000000f03f00",
    ">540000000300000000000000dd07000000000000003f0000000266696e64000700000070656f706c65000366696c74657200"
    "13000000026e616d650004000000416461000002246462000500000073686f700000",
    "<330000000900000003000000dd07000000000000001e00000003637572736f72000500000000016f6b00000000000000f03f"
    "00",
    ">6a0000000400000000000000dd07000000000000003000000002696e73657274000700000070656f706c6500086f72646572"
    "6564000102246462000500000073686f7000000124000000646f63756d656e74730016000000075f69640001010101010101"
    "010101010100",
    "<480000000a00000004000000dd070000000000000033000000016f6b000000000000000000026572726d7367000c0000006e"
    "6f7420616c6c6f7765640010636f6465000d00000000",
    ">1f0000000500000000000000dd0700000000000000f40100000266696e6400",
    NULL,
};
static const struct hex_talk mongo_talk = { 27017, mongo_steps };

static const char *const amqp_steps[] = {
    ">414d515000000901",
    "<0100000000001c000a000a00090000000000000005504c41494e00000005656e5f5553ce",
    ">01000000000029000a000b0000000005504c41494e0000001100616e6e00706c346e7465642d616d717005656e5f5553ce",
    "<0100000000000c000a001e07ff00020000003cce",
    ">0100000000000c000a001f07ff00020000003cce01000000000008000a0028012f0000ce",
    "<01000000000005000a002900ce",
    ">010001000000050014000a00ce",
    "<010001000000080014000b00000000ce",
    ">010001000000100032000a000004776f726b0200000000ce",
    "<010001000000110032000b04776f726b0000000000000000ce",
    ">0100010000001d00320014000004776f726b046e65777307746f6461792e230000000000ce",
    "<0100010000000400320015ce",
    ">01000100000017003c00280000046e6577730a746f6461792e7261696e00ce0200010000000e003c00000000000000000005"
    "0000ce0300010000000568656c6c6fce",
    ">01000100000011003c0014000004776f726b000000000000ce",
    "<0100010000000a003c0015057461672d31ce01000100000023003c003c057461672d31000000000000000100046e6577730a"
    "746f6461792e7261696ece0200010000000e003c000000000000000000050000ce0300010000000568656c6c6fce",
    ">0100010000000d003c0050000000000000000000ce08000000000000ce",
    "<0100010000001f001400280194144e4f545f464f554e44202d206e6f20717565756500000000ce",
    NULL,
};
static const struct hex_talk amqp_talk = { 5672, amqp_steps };

static const char *const cql_steps[] = {
    ">040000000500000000",
    "<8400000006000000020000",
    ">0400000101000000160001000b43514c5f56455253494f4e0005332e302e30",
    "<84000001030000000c000a506c61696e417574682e",
    ">040000020f000000140000001000616e6e00706c346e7465642d63716c",
    "<84000002100000000400000000",
    ">0400000307000000340000002d53454c45435420612046524f4d2074205748455245206b203d2027706c346e7465642d6c69"
    "742720414e44206e000100",
    "<84000003080000000400000001",
    ">0400000409000000220000001e494e5345525420494e544f207428612c62292056414c554553283f2c3f29",
    "<84000004000000000e0000220000086e6f207461626c65",
    ">0200050500000000",
    "<82000506000000020000",
    NULL,
};
static const struct hex_talk cql_talk = { 9042, cql_steps };

static const char *const tds_steps[] = {
    ">12010014000001000000060006ff0f0007d00000",
    "<04010014000001000000060006ff0f0007d00000",
    ">100100a6000001009e0000000400007400100000070000006400000000000000e003000000000000090400005e0003006400"
    "020068000b007e0006008a000300900000009000030096000000960004000000000000009e0000009e0000009e0000000000"
    "000077007300310073006100a2a563a5e6a543a5e2a5f3a5e3a577a5e2a5e3a592a5730061006d0070006c00650064006200"
    "31006c0069006200730068006f007000",
    "<0401001800000100ad0000fd000000000000000000000000",
    ">010100be0000010016000000120000000200010000000000000001000000730065006c0065006300740020006e0061006d00"
    "65002000660072006f006d00200067006f006f006400730020007700680065007200650020006900640020003d0020003700"
    "200061006e00640020006e006f007400650020003d002000270070006c0034006e007400650064002d006c00690074002700"
    "20006f0072002000780020003d002000220070006c0034006e007400650064002d00640071002200",
    "<0400003000000100818181818181818181818181818181818181818181818181818181818181818181818181818181810401"
    "001500000200fd000000000000000000000000",
    ">0101005e00000100160000001200000002000100000000000000010000007500700064006100740065002000630061006600"
    "e90020007300650074002000610020003d0020004e00270070006c0034006e007400650064002d006e002700",
    "<0401001500000100fd000000000000000000000000",
    ">0301002400000100ffff0a00000070006c0034006e007400650064002d00720070006300",
    "<0401001500000100fe000000000000000000000000",
    ">0601000800000100",
    NULL,
};
static const struct hex_talk tds_talk = { 1433, tds_steps }, tds_other_talk = { 14330, tds_steps };

static const char *const iec104_steps[] = {
    ">680407000000",
    "<68040b000000",
    ">680e0000000064010600010000000014",
    "<680e0000020064010700010000000014681002000200018314000100010000010001",
    "<6812040002000d01030001000a00000000484200",
    ">680401000600",
    ">680443000000",
    "<680483000000",
    "<680e0600020064014a00010000000014",
    "<680405050505",
    "<680483000000",
    NULL,
};
static const struct hex_talk iec104_talk = { 2404, iec104_steps };

static const char *const s7comm_steps[] = {
    ">0300001611e00000000100c1020100c2020102c0010a",
    "<0300001611d00001000200c0010ac1020100c2020102",
    ">0300001902f08032010000010000080000f0000001000101e0",
    "<0300001b02f080320300000100000800000000f0000001000100f0",
    ">0300001f02f080320100000200000e00000401120a10020004000184000000",
    "<0300001d02f0803203000002000002000800000401ff04002000000007",
    ">0300002402f080320100000300000e00050501120a100200010001840000000004000801",
    "<0300001302f080320300000300000000008500",
    ">0300000b02f08072010000",
    ">0300000b06800001000200",
    NULL,
};
static const struct hex_talk s7comm_talk = { 102, s7comm_steps };

static void irc(struct capture *c, const void *arg)
{
    talk_write(c, 6667, arg);
}

static const struct talk_step irc_steps[] = {
    { .text = "<:irc.example.test NOTICE AUTH :*** Looking up your hostname\r\n" },
    { .text = ">PASS pl4nted-irc\r\nNICK ann\r\nUSER ann 0 * :Ann Example\r\n" },
    { .text = "<:irc.example.test 001 ann :Welcome\r\n:irc.example.test 433 * ann :Nickname is already in use\r\n" },
    { .text = ">NICK ann2\r\nJOIN #news,#work pl4nted-key\r\n" },
    { .text = "<:ann2!ann@host JOIN :#news\r\nPING :irc.example.test\r\n" },
    { .text = ">PONG irc.example.test\r\nPRIVMSG #news :hello there\r\nPRIVMSG NickServ :IDENTIFY pl4nted-ns\r\n" },
    { .text = ">MODE #work +k pl4nted-mode\r\n" },
    { .text = "~>lost\r\n" },
    { .text = ">of a line\r\n\r\nQUIT\r\n" },
    { .text = "<ERROR :Closing Link\r\n" },
    { .text = NULL },
};

/* Topic aliases of MQTT 5: of both sides, with another topic later, one whose topic was not told. */
static const char *const mqtt_steps[] = {
    ">101600044d5154540502003c032200100006726561646572",
    "<2006000003220010",
    ">300f0007726f6f6d732f31032300053230",
    ">30080000032300053231" "320a00000009032300053232",
    "<40020009",
    "<30100006616c61726d730323000566697265",
    ">300f0007726f6f6d732f32032300053330" "30080000032300053331",
    "<30090000032300056f7574",
    ">30080000032300063333",
    NULL,
};
static const struct hex_talk mqtt_talk = { 1883, mqtt_steps };
/* Tokens of 15 and 9 bytes (RFC 8974), and a length that is reserved. */
static const char *const coap_token_steps[] = {
    ">00e1",
    "<00e1",
    ">2d0102000102030405060708090a0b0c0d0eb161" "3901000102030405060708b26162",
    "<3d4502000102030405060708090a0b0c0d0eff6869",
    "<0944000102030405060708",
    ">2f01b161",
    NULL,
};
static const struct hex_talk coap_token_talk = { 5683, coap_token_steps };
/* The message that gave the alias another topic was not captured. The server's alias is not in doubt. */
static const char *const mqtt_lost_steps[] = {
    ">101600044d5154540502003c032200100006726561646572",
    "<2006000003220010",
    "<30100006616c61726d730323000566697265",
    ">300f0007726f6f6d732f31032300053230",
    "~300f0007726f6f6d732f32032300053330",
    ">30080000032300053331",
    "<30090000032300056f7574",
    ">300f0007726f6f6d732f33032300053230" "30080000032300053332",
    NULL,
};
static const struct hex_talk mqtt_lost_talk = { 1883, mqtt_lost_steps };
/* Six OPER at once, more than wait for their answers; the ends of connections that a password was wrong for, and not. */
static const struct talk_step irc_opers[] = {
    { .text = ">PASS pl4nted-irc\r\nNICK ann\r\nUSER ann 0 * :Ann Example\r\n" },
    { .text = "<:irc.example.test 001 ann :Welcome\r\n" },
    { .text = ">OPER one pl4nted-1\r\nOPER two pl4nted-2\r\nOPER three pl4nted-3\r\nOPER four pl4nted-4\r\nOPER five pl4nted-5\r\nOPER six pl4nted-6\r\n" },
    { .text = "<:irc.example.test 464 ann :Password incorrect\r\n:irc.example.test 464 ann :Password incorrect\r\n" },
    { .text = "<:irc.example.test 381 ann :You are now an IRC operator\r\n:irc.example.test 491 ann :No O-lines for your host\r\n" },
    { .text = "<:irc.example.test 464 ann :Password incorrect\r\n:irc.example.test 381 ann :You are now an IRC operator\r\n" },
    { .text = ">OPER seven pl4nted-7\r\n" },
    { .text = "<:irc.example.test 464 ann :Password incorrect\r\n" },
    { .text = ">PASS pl4nted-again\r\n" },
    { .text = "<ERROR :Closing Link: Bad PassWord\r\n" },
    { .text = NULL },
};

const struct sample data_samples[] = {
    { "dnp3/poll.pcap",
      "a poll of all classes, a response in two segments, its confirmation, an unsolicited response, a wrong CRC",
      converse, &dnp3_talk },
    { "mysql/old-login.pcap", "a login from before 4.1, whose password's proof ends with the packet", converse,
      &mysql_old_talk },
    { "kafka/session.pcap",
      "versions, metadata, a message produced and fetched, a login, an odd request",
      converse, &kafka_talk },
    { "mongo/session.pcap",
      "hello in the old form, a login, find, insert with a sequence, an error, a document that is cut",
      converse, &mongo_talk },
    { "amqp/session.pcap",
      "a login, a channel, a queue declared and bound, a message published and delivered, an error",
      converse, &amqp_talk },
    { "cql/session.pcap",
      "options, startup, a login, queries, an error; versions 4 and 2",
      converse, &cql_talk },
    { "tds/session.pcap",
      "before the login, a login, batches of SQL, an answer in two packets, a procedure, an attention",
      converse, &tds_talk },
    { "tds/other-port.pcap", "the same at a port that is not its own", converse, &tds_other_talk },
    { "iec104/session.pcap",
      "start of transfer, an interrogation, measured values, supervision, a frame of a wrong form",
      converse, &iec104_talk },
    { "s7comm/session.pcap",
      "a connection, its set-up, variables read and written, an error, an unknown unit",
      converse, &s7comm_talk },
    { "irc/session.pcap",
      "a login with a password, nicknames, channels with a key, messages to services, loss",
      irc, irc_steps },
    { "mqtt/aliases.pcap", "topic aliases of both sides, one with another topic later, one that was not told", converse, &mqtt_talk },
    { "mqtt/alias-lost.pcap", "a topic alias after a message that was not captured", converse, &mqtt_lost_talk },
    { "coap/tokens.pcap", "over TCP: tokens of 15 and 9 bytes, a length that is reserved", converse, &coap_token_talk },
    { "irc/opers.pcap", "more OPER at once than wait for their answers, an ERROR that names the password", irc, irc_opers },
    { NULL, NULL, NULL, NULL },
};
