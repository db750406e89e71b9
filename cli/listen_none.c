/* Replaces the server in a build without libmicrohttpd. */
#include "listen.h"

mood_status listen_check(const char *address, const char *names, mood_error *err) {
    (void)address;
    (void)names;
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                          "--listen: this mood was built without HTTP (configure --without-http)");
}

mood_status listen_start(const struct listen_options *options, struct listener **listener, const char **url,
                         mood_error *err) {
    *listener = NULL;
    *url = NULL;
    return listen_check(options->address, options->names, err);
}

void listen_stop(struct listener *listener) {
    (void)listener;
}
