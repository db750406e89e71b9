/* The inside of the server: one thread, so that nothing here needs a lock. */
#ifndef CLI_SERVER_H
#define CLI_SERVER_H

#include <jansson.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "address.h"
#include "exposition.h"
#include "history.h"
#include "listen.h"

enum {
    CONNECTIONS = 128,       /* overall; a further one takes the place of the oldest that is not an event stream */
    CONNECTIONS_PER_IP = 48, /* the same, of one address */
    EVENT_STREAMS = 16,      /* of those, open pages */
    DAEMON_CONNECTIONS = 2 * CONNECTIONS, /* libmicrohttpd's limit: those that are being closed count, too */
    HEADERS_SIZE = 16384,                 /* a request's, and what answers it meanwhile */
    REQUEST_SECONDS = 10,                 /* from its first byte to the answer's last, but for event streams */
    TRY_SIZE = 10240,                     /* bytes of a text to try, with its JSON */
    TRIES_A_SECOND = 5
};

/* A connection, from accepting it until it is closed. */
struct peer {
    struct MHD_Connection *connection;
    double since;                    /* when it was accepted, or its last request was answered */
    bool streaming;                  /* events go there */
    bool closing;                    /* it was shut down, and is gone soon */
    struct sockaddr_storage address; /* with port 0 */
    struct peer *next;
};

/* What several connections send. */
struct event {
    size_t references, size;
    char data[];
};

struct event_stream {
    struct listener *listener;
    struct MHD_Connection *connection;
    struct event *event; /* being sent; NULL: none */
    size_t sent;         /* of it */
    uint64_t number;     /* of the newest one that was sent, or begun */
    bool suspended;      /* waits for the next */
    struct event_stream *next;
};

struct listener {
    struct listen_options options;
    struct address address;
    struct about about;
    char **labels; /* [about.label_count] */
    char url[128];
    struct MHD_Daemon *daemon;
    pthread_t thread;
    atomic_bool stop; /* the one thing that the stream's thread writes */

    struct snapshot snapshot; /* as of the last look */
    struct history history;
    uint64_t samples; /* number of the newest one that went out */

    struct peer *peers;
    struct event_stream *streams;
    size_t stream_count;
    struct event *newest;
    uint64_t number; /* of newest, from 1 */

    double tries, tried_at; /* tokens left, and when that was */
};

/* routes.c: requests. */
enum MHD_Result route(void *listener, struct MHD_Connection *connection, const char *path, const char *method,
                      const char *version, const char *data, size_t *size, void **request);
void route_over(void *listener, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode how);
struct peer *peer_of(struct MHD_Connection *connection);
enum MHD_Result answer_line(struct MHD_Connection *connection, unsigned status, const char *line);
/* With the headers that all answers have; takes the response over. */
enum MHD_Result send_response(struct MHD_Connection *connection, unsigned status, const char *type,
                              struct MHD_Response *response);

/* events.c: what the page is told. */
enum MHD_Result events_open(struct listener *listener, struct MHD_Connection *connection);
enum MHD_Result events_head(struct listener *listener, struct MHD_Connection *connection); /* HEAD: as if, at no cost */
void events_beat(struct listener *listener);                                               /* once a second */
void events_close(struct listener *listener);

/* try.c: a text to score. */
struct attempt; /* a request's body as it comes */
struct attempt *attempt_create(void);
void attempt_destroy(struct attempt *attempt);
/* 0, or why it is refused before its body is read. */
unsigned attempt_check(struct MHD_Connection *connection, const char **reason);
void attempt_take(struct attempt *attempt, const char *data, size_t size);
enum MHD_Result attempt_answer(struct listener *listener, struct attempt *attempt, struct MHD_Connection *connection);

extern const char page_html[];
extern const size_t page_html_size;

#endif
