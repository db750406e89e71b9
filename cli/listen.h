/* Serves a stream's health, metrics and page over HTTP, from a separate thread that never blocks the stream. */
#ifndef CLI_LISTEN_H
#define CLI_LISTEN_H

#include "models.h"
#include "observer.h"

struct listen_options {
    const char *address;         /* [HOST:]PORT */
    const char *names;           /* NULL, or NAME[,NAME...]: further host names that clients use */
    const struct common *common; /* for logging */
    struct observer *observer;   /* borrowed, as all other members */
    struct models *models;       /* to score the texts entered on the page */
    bool samples;                /* the page may show texts */
    const char *model;           /* the file's name, without directories */
    const char *input, *output, *guarantee;
};

struct listener;

/* *url belongs to the listener. Errors: MOOD_ERR_ARGUMENT (no such address), MOOD_ERR_IO (address in use),
 * MOOD_ERR_UNSUPPORTED (built without HTTP). */
MOOD_MUST_CHECK mood_status listen_start(const struct listen_options *options, struct listener **listener,
                                         const char **url, mood_error *err);
void listen_stop(struct listener *listener); /* NULL is allowed */

/* Check the syntax of an address and of names (may be NULL) without binding. Errors: MOOD_ERR_ARGUMENT,
 * MOOD_ERR_UNSUPPORTED. */
MOOD_MUST_CHECK mood_status listen_check(const char *address, const char *names, mood_error *err);

#endif
