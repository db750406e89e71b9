/* Internals of the server. It has one thread, so no locks are needed. */
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
    /* Limit in total; when it is reached, the oldest connection that is not an event stream is closed. */
    CONNECTIONS = 128,
    CONNECTIONS_PER_IP = 48,              /* limit per address */
    EVENT_STREAMS = 16,                   /* limit of event streams */
    DAEMON_CONNECTIONS = 2 * CONNECTIONS, /* libmicrohttpd's limit: includes closing connections */
    HEADERS_SIZE = 16384,                 /* limit of a request's headers, and the size of its response buffer */
    REQUEST_SECONDS = 10, /* time limit from its first byte to the last byte of the response; not for event streams */
    TRY_SIZE = 10240,     /* limit of the body of POST /try, with its JSON */
    TRIES_A_SECOND = 5
};

/* A connection, from accept to close. */
struct peer {
    struct MHD_Connection *connection;
    double since;                    /* when it was accepted, or its last response was complete */
    bool streaming;                  /* it is an event stream */
    bool closing;                    /* it was shut down and will be closed */
    struct sockaddr_storage address; /* with port 0, so that addresses compare equal */
    struct peer *next;
};

/* Data that is shared by several connections. */
struct event {
    size_t references, size;
    char data[];
};

struct event_stream {
    struct listener *listener;
    struct MHD_Connection *connection;
    struct event *event; /* the event being sent; NULL: none */
    size_t sent;         /* bytes sent */
    uint64_t number;     /* number of the last event that was started */
    bool suspended;      /* suspended until the next event */
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
    atomic_bool stop; /* the only member that another thread writes */

    struct snapshot snapshot; /* taken once a second */
    struct history history;
    uint64_t samples; /* number of the last sample that was sent */

    struct peer *peers;
    struct event_stream *streams;
    size_t stream_count;
    struct event *newest;
    uint64_t number; /* number of the newest event, from 1 */

    double tries, tried_at; /* token bucket: tokens left, and the time of that count */
};

/* routes.c: requests. */
enum MHD_Result route(void *listener, struct MHD_Connection *connection, const char *path, const char *method,
                      const char *version, const char *data, size_t *size, void **request);
void route_over(void *listener, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode how);
struct peer *peer_of(struct MHD_Connection *connection);
enum MHD_Result answer_line(struct MHD_Connection *connection, unsigned status, const char *line);
/* Adds the headers that all responses have, and takes ownership of the response. */
enum MHD_Result send_response(struct MHD_Connection *connection, unsigned status, const char *type,
                              struct MHD_Response *response);

/* events.c: events for the page. */
enum MHD_Result events_open(struct listener *listener, struct MHD_Connection *connection);
/* HEAD: no event stream is opened. */
enum MHD_Result events_head(struct listener *listener, struct MHD_Connection *connection);
void events_update(struct listener *listener); /* once a second */
void events_close(struct listener *listener);

/* try.c: scores a text. */
struct attempt; /* state of a request while its body arrives */
struct attempt *attempt_create(void);
void attempt_destroy(struct attempt *attempt);
/* 0, or the HTTP status with which the request is rejected before its body is read. */
unsigned attempt_check(struct MHD_Connection *connection, const char **reason);
void attempt_take(struct attempt *attempt, const char *data, size_t size);
enum MHD_Result attempt_answer(struct listener *listener, struct attempt *attempt, struct MHD_Connection *connection);

extern const char page_html[];
extern const size_t page_html_size;

#endif
