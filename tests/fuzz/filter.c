/*
 * filter.c - fuzzes capture filters: compiles an expression and tests packets of several link types and lengths. Input:
 * the expression, without a zero byte.
 */
#include "harness.h"

#include <netdb.h>

#include "capture/filter.h"

/* libpcap resolves host names in filters: not in this harness. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    (void)node;
    (void)service;
    (void)hints;
    (void)result;
    return EAI_NONAME;
}

static const uint8_t ethernet[] = {
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0x81, 0x00, 0x00, 0x07, 0x08, 0x00, 0x45,
    0x00, 0x00, 0x1c, 0x00, 0x01, 0x00, 0x00, 0x40, 0x11, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00, 0x00, 0x02,
    0x10, 0x00, 0x00, 0x35, 0x00, 0x08, 0x00, 0x00,
};

void fuzz_one(const uint8_t *data, size_t size)
{
    static const uint16_t linktypes[] = { 0, 1, 9, 50, 101, 105, 113, 127, 147, 228, 276, 65535 };
    struct tl_error error = { 0 };
    char *text = strndup((const char *)data, size);
    if (text == NULL)
        return;
    struct tl_filter *filter = tl_filter_new(text, false, &error);
    FUZZ_CHECK((filter == NULL) == (error.kind != TL_E_NONE));
    FUZZ_CHECK(filter != NULL || error.text[0] != '\0');
    for (size_t i = 0; filter != NULL && i < TL_COUNT(linktypes); i++) {
        for (uint32_t n = 0; n <= sizeof ethernet; n += 23) {
            uint8_t *bytes = fuzz_copy(ethernet, n);
            struct tl_packet packet = { .bytes = bytes, .caplen = n, .len = sizeof ethernet, .linktype = linktypes[i] };
            (void)tl_filter_passes(filter, &packet);
            fuzz_free(bytes);
        }
    }
    if (filter != NULL) {
        error = (struct tl_error){ 0 };
        FUZZ_CHECK(tl_filter_failure(filter, &error) == error.kind);
        tl_filter_free(filter);
    }
    free(text);
}
