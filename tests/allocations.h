/* Let allocations fail in turn. Link with allocations_ldflags, which put these in malloc's place for mood's own
 * code, uthash and libcsv; jansson and ICU are told to come here too. zlib's own are not reached. */
#ifndef TESTS_ALLOCATIONS_H
#define TESTS_ALLOCATIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Before the first use of ICU. */
void allocations_hook(void);

/* Let the allocation after `spared` others fail, and all that follow it, until allocations_restore. */
void allocations_fail_after(size_t spared);

/* Let all succeed again; whether one has failed meanwhile. */
bool allocations_restore(void);

#endif
