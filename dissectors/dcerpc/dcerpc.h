/* dcerpc.h - shared by the files of DCE/RPC: the names of interfaces and of their operations. */
#ifndef TL_DISSECTORS_DCERPC_H
#define TL_DISSECTORS_DCERPC_H

#include "core/bytes.h"

struct tl_dcerpc_interface {
    uint8_t uuid[16];        /* as on the wire, little-endian */
    const char *name;        /* lsarpc */
    const char *pipe;        /* name of the usual pipe; NULL: none */
    const char *const *operations;
    uint32_t count;
};

/* Returns the interface with this UUID (16 bytes, little-endian), or NULL. */
const struct tl_dcerpc_interface *tl_dcerpc_interface(const uint8_t *uuid);
/* Returns the interface whose pipe this is ("\PIPE\lsass", "lsarpc"), or NULL. */
const struct tl_dcerpc_interface *tl_dcerpc_pipe(struct tl_bytes name);
/* Returns the name of an operation, or NULL. */
const char *tl_dcerpc_operation(const struct tl_dcerpc_interface *of, uint32_t opnum);

#endif
