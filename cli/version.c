/* version.c - prints the versions found at run time: shared libraries can change after the build. */
#include "cli/version.h"

#include <brotli/decode.h>
#include <json-c/json.h>
#include <lz4.h>
#include <pcap/pcap.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

#include "crypto/libcrypto.h"
#include "inject/craft.h"
#include "ui/screen/screen.h"

void tl_version(struct tl_buffer *out)
{
    unsigned xxhash = XXH_versionNumber(), brotli = BrotliDecoderVersion();
    tl_put_format(out, "taplight %s\n", TAPLIGHT_VERSION);
    tl_put_format(out, "  %s\n", pcap_lib_version());
    tl_put_format(out, "  %s\n", tl_craft_library());
    tl_put_format(out, "  zlib %s\n", zlibVersion());
    tl_put_format(out, "  zstd %s\n", ZSTD_versionString());
    tl_put_format(out, "  lz4 %s\n", LZ4_versionString());
    tl_put_format(out, "  brotli %u.%u.%u\n", brotli >> 24, brotli >> 12 & 0xfff, brotli & 0xfff);
    tl_put_format(out, "  xxHash %u.%u.%u\n", xxhash / 10000, xxhash / 100 % 100, xxhash % 100);
    tl_put_format(out, "  %s\n", tl_crypto_libcrypto.version());
    tl_put_format(out, "  json-c %s\n", json_c_version());
    tl_put_format(out, "  %s\n", tl_screen_version());
}
