/* Hash tables (uthash) with untrusted keys. Include this instead of uthash.h: its own hash function has no key, so
 * a file of some 100 KB could fill one bucket, and reading it would take minutes. */
#ifndef TEXT_TABLE_H
#define TEXT_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* SipHash-1-3 with a random key, chosen once per process. */
uint32_t table_hash(const void *key, size_t size);

#define HASH_FUNCTION(keyptr, keylen, hashv) ((hashv) = table_hash((keyptr), (keylen)))
/* A failed allocation sets hh.tbl to NULL instead of ending the process. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#endif
