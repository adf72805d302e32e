/* protocols.c - prints the tables of docs/PROTOCOLS.md that follow from the descriptors; golden/protocols.sh compares. */
#include <stdio.h>
#include <string.h>

#include "dissectors/registry.h"

static const char *kind_of(const struct tl_protocol *p)
{
    switch (p->kind) {
    case TL_KIND_NETWORK:
        return "network";
    case TL_KIND_EXTENSION:
        return "extension header";
    case TL_KIND_TRANSPORT:
        return "transport";
    case TL_KIND_APPLICATION:
        return "application";
    case TL_KIND_LAYER:
        return "layer";
    }
    return "";
}

static const char *table_of(enum tl_on table)
{
    static const char *const names[TL_ON_TABLES] = {
        [TL_ON_LINKTYPE] = "link type", [TL_ON_ETHERTYPE] = "Ethernet type", [TL_ON_LLC_SAP] = "SAP",
        [TL_ON_IP_PROTO] = "IP protocol", [TL_ON_TCP_PORT] = "TCP port", [TL_ON_UDP_PORT] = "UDP port",
        [TL_ON_PPP] = "PPP protocol",
    };
    return names[table];
}

static bool is_hexadecimal(enum tl_on table)
{
    return table == TL_ON_ETHERTYPE || table == TL_ON_PPP || table == TL_ON_LLC_SAP;
}

static void print_where(const struct tl_protocol *p)
{
    enum tl_on table = TL_ON_NOTHING;
    for (unsigned i = 0; i < TL_WHERE_MAX && p->on[i].table != TL_ON_NOTHING; i++) {
        if (p->on[i].table != table)
            printf("%s%s", i > 0 ? "; " : "", table_of(p->on[i].table));
        table = p->on[i].table;
        printf(is_hexadecimal(table) ? " 0x%04x" : " %u", (unsigned)p->on[i].value);
    }
    if (p->probe != NULL && !p->only_at_home)
        printf("%sby content", table != TL_ON_NOTHING ? "; " : "");
}

static void print_protocols(const struct tl_protocols *all)
{
    puts("| protocol | name | kind | found | fields | records |\n| --- | --- | --- | --- | --: | --- |");
    for (uint32_t i = 0; i < all->count; i++) {
        const struct tl_protocol *p = all->items[i];
        printf("| %s | `%s` | %s | ", p->title, p->name, kind_of(p));
        print_where(p);
        printf(" | %u |", (unsigned)p->field_count);
        for (unsigned k = 0; k < TL_RECORDS_MAX && p->records[k] != NULL; k++)
            printf("%s `%s`", k > 0 ? "," : "", p->records[k]->path);
        puts(" |");
    }
}

static void print_anomalies(const struct tl_protocols *all)
{
    puts("| name | layer | meaning |\n| --- | --- | --- |");
    for (uint32_t i = 0; i < all->count; i++) {
        for (uint32_t k = 0; k < all->items[i]->weird_count; k++)
            printf("| `%s` | %s | %s |\n", all->items[i]->weirds[k].name, all->items[i]->name,
                   all->items[i]->weirds[k].help);
    }
}

int main(int argc, char **argv)
{
    const struct tl_protocols all = tl_protocols_all();
    if (argc == 2 && strcmp(argv[1], "protocols") == 0)
        print_protocols(&all);
    else if (argc == 2 && strcmp(argv[1], "anomalies") == 0)
        print_anomalies(&all);
    else
        return 2;
    return 0;
}
