/* Program binaries on disk. Failures are not reported: without a cache, programs are built from source. */
#ifndef DEVICE_CACHE_H
#define DEVICE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* True for a directory that belongs to this user and that no one else can write to; create it first, mode 0700. */
bool cache_is_private(const char *folder);
bool cache_make_private(const char *folder);

/* $XDG_CACHE_HOME/mood, else $HOME/.cache/mood, else /tmp/mood-UID: the first that can be made and is private; "" if
 * none is. */
void cache_choose_folder(char *folder, size_t size);

/* The bytes stored under a key (64 hex digits); *data is new (free). False: there is no complete entry. */
bool cache_read(const char *folder, const char *key, unsigned char **data, size_t *size);

/* When it was stored; 0: there is no entry. */
time_t cache_time(const char *folder, const char *key);

/* Store bytes under a key, with an atomic rename. */
void cache_write(const char *folder, const char *key, const unsigned char *data, size_t size);

#endif
