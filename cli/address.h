/* Where a server listens, and whom it answers to. */
#ifndef CLI_ADDRESS_H
#define CLI_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "mood/status.h"

struct address {
    char host[256], port[8]; /* as named; host is 127.0.0.1 where none was, and has no brackets */
    char bound[64];          /* numeric, once it is bound */
    bool everywhere;         /* 0.0.0.0 or [::] */
    const char *names;       /* NULL, or further ones that are ours, with commas; borrowed */
};

/* [HOST:]PORT. Errors: MOOD_ERR_ARGUMENT. */
MOOD_MUST_CHECK mood_status address_parse(const char *text, struct address *address, mood_error *err);

/* NAME[,NAME…], as address.names. Errors: MOOD_ERR_ARGUMENT. */
MOOD_MUST_CHECK mood_status address_check_names(const char *names, mood_error *err);

/* A listening socket; url [size] is where it is found. Errors: MOOD_ERR_IO. */
MOOD_MUST_CHECK mood_status address_listen(struct address *address, int *fd, char *url, size_t size, mood_error *err);

/* Whether a request with that Host header is for us. A page elsewhere can make a browser ask any address by a name of
 * its own (DNS rebinding), but not by ours. */
bool address_is_host(const struct address *address, const char *header);

#endif
