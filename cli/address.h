/* The address where a server listens, and the host names that it accepts in requests. */
#ifndef CLI_ADDRESS_H
#define CLI_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "mood/status.h"

struct address {
    char host[256], port[8]; /* as given; the default host is 127.0.0.1; without brackets */
    char bound[64];          /* numeric address, set by address_listen */
    bool everywhere;         /* 0.0.0.0 or [::] */
    const char *names;       /* further accepted host names, separated by commas, or NULL; borrowed */
};

/* [HOST:]PORT. Errors: MOOD_ERR_ARGUMENT. */
MOOD_MUST_CHECK mood_status address_parse(const char *text, struct address *address, mood_error *err);

/* NAME[,NAME…], as address.names. Errors: MOOD_ERR_ARGUMENT. */
MOOD_MUST_CHECK mood_status address_check_names(const char *names, mood_error *err);

/* Create a listening socket; url [size] becomes its URL. Errors: MOOD_ERR_IO. */
MOOD_MUST_CHECK mood_status address_listen(struct address *address, int *fd, char *url, size_t size, mood_error *err);

/* True if the Host header names this server. This protects against DNS rebinding: a web page elsewhere can make a
 * browser send requests to any address, but with a host name of its own. */
bool address_is_host(const struct address *address, const char *header);

#endif
