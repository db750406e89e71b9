/* The server's thread: runs libmicrohttpd and takes a snapshot of the stream once a second. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mood/mood.h"
#include "server.h"

enum { STEP_MS = 200, BEAT_MS = 1000, CLOSING_ROUNDS = 10 };

/* ---- connections ---------------------------------------------------------------------------------------------- */

static int descriptor_of(const struct peer *peer) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(peer->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

/* Store the peer's address without the port. */
static void read_address(struct peer *peer) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(peer->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (!info || !info->client_addr)
        return;
    if (info->client_addr->sa_family == AF_INET) {
        struct sockaddr_in *to = (struct sockaddr_in *)&peer->address;
        to->sin_family = AF_INET;
        to->sin_addr = ((const struct sockaddr_in *)info->client_addr)->sin_addr;
    } else if (info->client_addr->sa_family == AF_INET6) {
        struct sockaddr_in6 *to = (struct sockaddr_in6 *)&peer->address;
        to->sin6_family = AF_INET6;
        to->sin6_addr = ((const struct sockaddr_in6 *)info->client_addr)->sin6_addr;
    }
}

static bool is_same_address(const struct peer *one, const struct peer *other) {
    return memcmp(&one->address, &other->address, sizeof one->address) == 0;
}

/* libmicrohttpd notices the shutdown and closes the connection. */
static void shut_down(struct peer *peer) {
    int fd = descriptor_of(peer);
    peer->closing = true;
    if (fd >= 0)
        shutdown(fd, SHUT_RDWR);
}

/* Enforce a limit of connections, per address or in total (of: NULL). The oldest connection is closed: health
 * checks are answered at once, so an old connection is idle or slow. */
static void make_room(struct listener *listener, const struct peer *of, size_t most) {
    struct peer *oldest = NULL;
    size_t count = 0;
    for (struct peer *peer = listener->peers; peer; peer = peer->next) {
        if (peer->closing || (of && !is_same_address(peer, of)))
            continue;
        count++;
        if (!peer->streaming && (!oldest || peer->since < oldest->since))
            oldest = peer;
    }
    if (count > most && oldest)
        shut_down(oldest);
}

static void accept_peer(struct listener *listener, struct MHD_Connection *connection, void **context) {
    struct peer *peer = calloc(1, sizeof *peer);
    *context = peer;
    if (!peer)
        return;
    *peer = (struct peer){.connection = connection, .since = monotonic_seconds(), .next = listener->peers};
    read_address(peer);
    listener->peers = peer;
    make_room(listener, peer, CONNECTIONS_PER_IP);
    make_room(listener, NULL, CONNECTIONS);
}

static void close_peer(struct listener *listener, struct peer *peer) {
    struct peer **at = &listener->peers;
    while (*at && *at != peer)
        at = &(*at)->next;
    if (*at)
        *at = peer->next;
    free(peer);
}

static void on_connection(void *user, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what) {
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        accept_peer(user, connection, context);
    else
        close_peer(user, *context);
}

/* libmicrohttpd's time limit restarts with each byte, so it does not end a slow request. */
static void close_slow_peers(struct listener *listener, double now) {
    for (struct peer *peer = listener->peers; peer; peer = peer->next)
        if (!peer->streaming && !peer->closing && now - peer->since > REQUEST_SECONDS)
            shut_down(peer);
}

static void update_model_facts(struct listener *listener) {
    models_describe(listener->options.models, &listener->about.model);
}

/* ---- the thread -------------------------------------------------------------------------------------------------- */

static void *serve(void *user) {
    struct listener *listener = user;
    double next = 0;
    while (!atomic_load(&listener->stop)) {
        double now = monotonic_seconds();
        if (now >= next) {
            next = now < next + BEAT_MS / 1e3 ? next + BEAT_MS / 1e3 : now + BEAT_MS / 1e3;
            if (observer_snapshot(listener->options.observer, &listener->snapshot)) {
                update_model_facts(listener);
                history_add(&listener->history, &listener->snapshot);
                events_update(listener);
            }
            close_slow_peers(listener, now);
        }
        int left_ms = (int)((next - now) * 1e3);
        MHD_run_wait(listener->daemon, left_ms < STEP_MS ? left_ms : STEP_MS);
    }
    events_close(listener);
    for (int i = 0; i < CLOSING_ROUNDS && listener->streams; i++)
        MHD_run_wait(listener->daemon,
                     STEP_MS / CLOSING_ROUNDS); /* let the connections send their last event and close */
    return NULL;
}

/* The thread blocks all signals: they are handled by the stream's thread. */
static mood_status start_thread(struct listener *listener, mood_error *err) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int problem = pthread_create(&listener->thread, NULL, serve, listener);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (problem)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "a thread can't be started");
    return MOOD_OK;
}

static mood_status start_daemon(struct listener *listener, int fd, mood_error *err) {
    unsigned flags = MHD_ALLOW_SUSPEND_RESUME;
    if (MHD_is_feature_supported(MHD_FEATURE_EPOLL) == MHD_YES)
        flags |= MHD_USE_EPOLL;
    listener->daemon = MHD_start_daemon(flags, 0, NULL, NULL, route, listener, MHD_OPTION_LISTEN_SOCKET, fd,
                                        MHD_OPTION_CONNECTION_LIMIT, (unsigned)DAEMON_CONNECTIONS,
                                        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)REQUEST_SECONDS,
                                        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_SIZE,
                                        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
                                        listener, MHD_OPTION_NOTIFY_COMPLETED, route_over, listener, MHD_OPTION_END);
    if (listener->daemon)
        return MOOD_OK;
    close(fd);
    return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "--listen %s: the server can't be started",
                          listener->options.address);
}

/* ---- start and stop ------------------------------------------------------------------------------------------ */

static bool copy_labels(struct listener *listener, const mood_scorer *scorer) {
    size_t count = mood_scorer_get_labels(scorer);
    listener->labels = calloc(count, sizeof *listener->labels);
    for (size_t i = 0; listener->labels && i < count; i++) {
        if (!(listener->labels[i] = strdup(mood_scorer_get_label(scorer, i))))
            return false;
        listener->about.label_count = i + 1;
    }
    return listener->labels != NULL;
}

/* Copy the labels, because models are replaced. All models have the same labels. */
static mood_status describe(struct listener *listener, mood_error *err) {
    struct model *held;
    const mood_scorer *scorer = models_hold(listener->options.models, &held);
    bool fine = copy_labels(listener, scorer);
    listener->about.version = mood_version();
    listener->about.guarantee = listener->options.guarantee;
    listener->about.labels = (const char *const *)listener->labels;
    models_release(listener->options.models, held);
    update_model_facts(listener);
    return fine ? MOOD_OK : mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

static void destroy(struct listener *listener) {
    if (listener->daemon)
        MHD_stop_daemon(listener->daemon);
    free(listener->newest);
    snapshot_clear(&listener->snapshot);
    for (size_t i = 0; i < listener->about.label_count; i++)
        free(listener->labels[i]);
    free(listener->labels);
    free(listener);
}

mood_status listen_check(const char *text, const char *names, mood_error *err) {
    struct address address;
    mood_status status = address_parse(text, &address, err);
    return status == MOOD_OK ? address_check_names(names, err) : status;
}

mood_status listen_start(const struct listen_options *options, struct listener **started, const char **url,
                         mood_error *err) {
    int fd;
    struct listener *listener = calloc(1, sizeof *listener);
    *started = NULL;
    if (!listener)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    listener->options = *options;
    listener->tries = TRIES_A_SECOND;
    mood_status status = listen_check(options->address, options->names, err);
    if (status == MOOD_OK)
        status = address_parse(options->address, &listener->address, err);
    listener->address.names = options->names;
    if (status == MOOD_OK)
        status = describe(listener, err);
    if (status == MOOD_OK)
        status = address_listen(&listener->address, &fd, listener->url, sizeof listener->url, err);
    if (status == MOOD_OK)
        status = start_daemon(listener, fd, err);
    if (status == MOOD_OK)
        status = start_thread(listener, err);
    if (status != MOOD_OK) {
        destroy(listener);
        return status;
    }
    *started = listener;
    *url = listener->url;
    return MOOD_OK;
}

void listen_stop(struct listener *listener) {
    if (!listener)
        return;
    atomic_store(&listener->stop, true);
    pthread_join(listener->thread, NULL);
    destroy(listener);
}
