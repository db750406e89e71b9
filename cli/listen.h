/* Serve a stream's health, metrics and page over HTTP, from a thread of its own that never holds the stream up. */
#ifndef CLI_LISTEN_H
#define CLI_LISTEN_H

#include "models.h"
#include "observer.h"

struct listen_options {
    const char *address;         /* [HOST:]PORT */
    const char *names;           /* NULL, or NAME[,NAME...]: further names that this server is asked by */
    const struct common *common; /* how to log */
    struct observer *observer;   /* borrowed, as the rest is */
    struct models *models;       /* for the page's box */
    bool samples;                /* texts may be shown */
    const char *model;           /* its file's name, without folders */
    const char *input, *output, *guarantee;
};

struct listener;

/* *url belongs to the listener. Errors: MOOD_ERR_ARGUMENT (no such address), MOOD_ERR_IO (taken), MOOD_ERR_UNSUPPORTED
 * (built without HTTP). */
MOOD_MUST_CHECK mood_status listen_start(const struct listen_options *options, struct listener **listener,
                                         const char **url, mood_error *err);
void listen_stop(struct listener *listener); /* NULL is fine */

/* Whether an address and names (or NULL) can be meant, without taking it. Errors: MOOD_ERR_ARGUMENT,
 * MOOD_ERR_UNSUPPORTED. */
MOOD_MUST_CHECK mood_status listen_check(const char *address, const char *names, mood_error *err);

#endif
