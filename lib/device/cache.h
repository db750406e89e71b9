/* Program binaries on disk. Nothing here fails loudly: without a cache programs are built from source. */
#ifndef DEVICE_CACHE_H
#define DEVICE_CACHE_H

#include <stdbool.h>
#include <stddef.h>

/* $XDG_CACHE_HOME/mood, else $HOME/.cache/mood; "" when neither can be made or is not ours alone. */
void cache_choose_folder(char *folder, size_t size);

/* What stands under a key (64 hex digits): *data is new (free). False when there is nothing whole. */
bool cache_read(const char *folder, const char *key, unsigned char **data, size_t *size);

/* Put it there by an atomic rename. */
void cache_write(const char *folder, const char *key, const unsigned char *data, size_t size);

#endif
