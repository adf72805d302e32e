/* registry.c - the lookup tables, and the rules for every descriptor. */
#include "layers_fixture.h"

#include "export/raw_bytes.h"

static void test_names(void **state)
{
    (void)state;
    struct tl_protocols all = tl_protocols_all();
    assert_int_equal(all.count, TL_PROTOCOL_COUNT);
    for (unsigned i = 0; i < all.count; i++)
        assert_ptr_equal(tl_protocol_by_name(all.items[i]->name), all.items[i]);
    assert_ptr_equal(tl_protocol_by_name("tcp"), &tl_protocol_tcp);
    assert_null(tl_protocol_by_name("no such protocol"));
    assert_null(tl_protocol_by_name(""));
}

static void test_tables(void **state)
{
    struct fixture *f = *state;
    struct tl_protocols all = tl_protocols_all();
    for (unsigned i = 0; i < all.count; i++) {
        for (unsigned k = 0; k < TL_WHERE_MAX && all.items[i]->on[k].table != TL_ON_NOTHING; k++) {
            struct tl_where where = all.items[i]->on[k];
            /* also checks that no two claim one value */
            assert_int_equal(tl_registry_find(f->registry, where.table, where.value), i);
        }
    }
    assert_int_equal(tl_registry_find(f->registry, TL_ON_LINKTYPE, 1), TL_PROTOCOL_eth);
    assert_int_equal(tl_registry_find(f->registry, TL_ON_LINKTYPE, 276), TL_PROTOCOL_sll2);
    assert_int_equal(tl_registry_find(f->registry, TL_ON_ETHERTYPE, 0x86dd), TL_PROTOCOL_ipv6);
    assert_int_equal(tl_registry_find(f->registry, TL_ON_IP_PROTO, 6), TL_PROTOCOL_tcp);
    assert_int_equal(tl_registry_find(f->registry, TL_ON_IP_PROTO, 41), TL_PROTOCOL_ipv6);
    assert_int_equal(tl_registry_find(f->registry, TL_ON_PPP, 0x21), TL_PROTOCOL_ip);
    assert_int_equal(tl_registry_find(f->registry, TL_ON_LLC_SAP, 0x06), TL_PROTOCOL_ip);
    assert_int_equal(tl_registry_find(f->registry, TL_ON_UDP_PORT, 4789), TL_PROTOCOL_vxlan);
}

static void test_no_match(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(tl_registry_find(f->registry, TL_ON_NOTHING, 0), TL_PROTOCOL_COUNT);
    assert_int_equal(tl_registry_find(f->registry, TL_ON_TABLES, 6), TL_PROTOCOL_COUNT);
    assert_int_equal(tl_registry_find(f->registry, TL_ON_IP_PROTO, 253), TL_PROTOCOL_COUNT);
    assert_int_equal(tl_registry_find(f->registry, TL_ON_IP_PROTO, 256 + 6), TL_PROTOCOL_COUNT);
    assert_int_equal(tl_registry_find(f->registry, TL_ON_ETHERTYPE, 0x10000 + 0x0800), TL_PROTOCOL_COUNT);
    assert_int_equal(tl_registry_find(f->registry, TL_ON_ETHERTYPE, UINT32_MAX), TL_PROTOCOL_COUNT);
    assert_int_equal(tl_registry_find(f->registry, TL_ON_TCP_PORT, 4789), TL_PROTOCOL_COUNT);
}

static void check_names(const struct tl_name *names)
{
    for (; names != NULL && names->name != NULL; names++)
        if (names[1].name != NULL && names[1].value <= names->value)
            fail_msg("%s is not behind %s", names[1].name, names->name);
}

static void check_field(const struct tl_protocol *protocol, unsigned index)
{
    const struct tl_field *field = &protocol->fields[index];
    if (field->key == NULL)
        fail_msg("%s: field %u has no row", protocol->name, index);
    assert_non_null(field->label);
    assert_true((field->type > TL_NONE || (field->flags & TL_DERIVED) != 0) && field->type <= TL_GROUP);
    check_names(field->names);
    if (field->type == TL_BOOL && field->mask != 0 && __builtin_popcountll(field->mask) != 1)
        fail_msg("%s: more than one bit", field->key);
    for (unsigned i = 0; i < index; i++)
        if (strcmp(protocol->fields[i].key, field->key) == 0)
            fail_msg("%s is there twice", field->key);
}

/* Every {key} of the info template is a field of the protocol, with or without the protocol name as prefix. */
static void check_info(const struct tl_protocol *protocol)
{
    const char *at = protocol->info;
    assert_non_null(at);
    while ((at = strchr(at, '{')) != NULL) {
        char whole[128];
        size_t n = strcspn(++at, ",}?");
        assert_true(at[n] != '\0');
        bool found = false;
        for (unsigned i = 0; i < protocol->field_count && !found; i++) {
            const char *key = protocol->fields[i].key;
            snprintf(whole, sizeof whole, "%s.%.*s", protocol->name, (int)n, at);
            found = strcmp(key, whole) == 0 || (strlen(key) == n && strncmp(key, at, n) == 0);
        }
        if (!found)
            fail_msg("%s: no field {%.*s}", protocol->name, (int)n, at);
        at += n;
    }
}

static void test_descriptors(void **state)
{
    (void)state;
    struct tl_protocols all = tl_protocols_all();
    for (unsigned i = 0; i < all.count; i++) {
        const struct tl_protocol *protocol = all.items[i];
        assert_non_null(protocol->title);
        bool inner = protocol->on[0].table == TL_ON_NOTHING && protocol->probe == NULL; /* others open its layers */
        assert_true(protocol->dissect != NULL || protocol->stream != NULL || inner);
        assert_true(protocol->field_count < TL_LAYER);
        for (unsigned k = 0; k < protocol->field_count; k++)
            check_field(protocol, k);
        for (unsigned k = 0; k < protocol->field_count; k++)
            assert_true(protocol->fields[k].secret == TL_SECRET_NOT || protocol->has_secrets);
        for (unsigned k = 0; k < TL_RECORDS_MAX && protocol->records[k] != NULL; k++)
            assert_true(protocol->records[k]->secret == 0 || protocol->has_secrets);
        check_info(protocol);
    }
}

/* A key has one type in all protocols. */
static void test_types(void **state)
{
    (void)state;
    struct tl_protocols all = tl_protocols_all();
    for (unsigned i = 0; i < all.count; i++) {
        for (unsigned k = 0; k < all.items[i]->field_count; k++) {
            const struct tl_field *field = &all.items[i]->fields[k];
            for (unsigned j = 0; j < i; j++) {
                for (unsigned m = 0; m < all.items[j]->field_count; m++) {
                    if (strcmp(all.items[j]->fields[m].key, field->key) == 0)
                        assert_int_equal(all.items[j]->fields[m].type, field->type);
                }
            }
        }
    }
}

/* Outputs that take some fields only must know those that can have a secret of another protocol in them. */
static void test_carriers(void **state)
{
    (void)state;
    const struct tl_protocols all = tl_protocols_all();
    unsigned carriers = 0;
    for (uint32_t p = 0; p < all.count; p++)
        for (uint32_t f = 0; f < all.items[p]->field_count; f++) {
            const char *key = all.items[p]->fields[f].key;
            if (!(all.items[p]->fields[f].flags & TL_CARRIER))
                continue;
            carriers++;
            if (!tl_keys_have_bytes(&key, 1))
                fail_msg("tl_keys_have_bytes() does not know %s", key);
        }
    assert_true(carriers > 0);
    assert_false(tl_keys_have_bytes((const char *const[]){ "sctp.data_sid" }, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),  cmocka_unit_test(test_tables), cmocka_unit_test(test_no_match),
        cmocka_unit_test(test_descriptors), cmocka_unit_test(test_carriers), cmocka_unit_test(test_types),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
