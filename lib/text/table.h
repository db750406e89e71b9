/* Hash tables (uthash) whose keys come from outside. Include this in place of uthash.h: its own hash has no key, so a
 * file of some 100 KB could fill one bucket, and reading it would take minutes. */
#ifndef TEXT_TABLE_H
#define TEXT_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* SipHash-1-3 with a random key that is chosen once per process. */
uint32_t table_hash(const void *key, size_t size);

#define HASH_FUNCTION(keyptr, keylen, hashv) ((hashv) = table_hash((keyptr), (keylen)))
/* A failing allocation leaves hh.tbl NULL instead of ending the process. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#endif
