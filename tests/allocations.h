/* Makes allocations fail. Link with allocations_ldflags, which replaces malloc for mood's own code, uthash and
 * libcsv; jansson and ICU are configured to use it too. zlib's own allocations are not affected. */
#ifndef TESTS_ALLOCATIONS_H
#define TESTS_ALLOCATIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Before the first use of ICU. */
void allocations_hook(void);

/* After `spared` successful allocations all others fail, until allocations_restore. */
void allocations_fail_after(size_t spared);

/* All allocations succeed again; true if one has failed since. */
bool allocations_restore(void);

#endif
