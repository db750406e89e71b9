/* A proxy on loopback: two threads a connection, one each way. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "faults.h"

enum { LOOK_MS = 20, PIECE = 1 << 16 };

struct proxy {
    int listener, to;
    atomic_int delay_ms, generation, threads;
    atomic_bool held, closing;
    pthread_t thread;
};

/* Two descriptors that belong to two threads: the last one closes them. */
struct connection {
    struct proxy *proxy;
    int near, far, generation;
    atomic_int users;
    atomic_bool over;
};

struct way {
    struct connection *connection;
    int from, to;
};

static struct sockaddr_in address_of(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* ---- one connection ------------------------------------------------------------------------------------------------ */

static bool goes_on(struct connection *connection) {
    return !connection->over && !connection->proxy->closing && connection->generation == connection->proxy->generation;
}

/* Closing a socket that lingers for no time sends a reset. */
static void leave(struct connection *connection) {
    struct proxy *proxy = connection->proxy;
    connection->over = true;
    if (atomic_fetch_sub(&connection->users, 1) == 1) {
        struct linger none = {1, 0};
        if (connection->generation != proxy->generation) {
            setsockopt(connection->near, SOL_SOCKET, SO_LINGER, &none, sizeof none);
            setsockopt(connection->far, SOL_SOCKET, SO_LINGER, &none, sizeof none);
        }
        close(connection->near);
        close(connection->far);
        free(connection);
    }
    atomic_fetch_sub(&proxy->threads, 1);
}

static bool send_all(int to, const char *data, ssize_t size) {
    while (size > 0) {
        ssize_t sent = send(to, data, (size_t)size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        data += sent;
        size -= sent;
    }
    return true;
}

/* In small steps, so that a reset is noticed. */
static void be_late(struct connection *connection) {
    double end = now() + connection->proxy->delay_ms / 1e3;
    while (connection->proxy->delay_ms > 0 && now() < end && goes_on(connection))
        poll(NULL, 0, LOOK_MS);
}

static void *carry(void *user) {
    struct way way = *(struct way *)user;
    struct connection *connection = way.connection;
    char *piece = malloc(PIECE);
    free(user);
    while (piece && goes_on(connection)) {
        struct pollfd waiting = {way.from, POLLIN, 0};
        if (connection->proxy->held) {
            poll(NULL, 0, LOOK_MS);
            continue;
        }
        if (poll(&waiting, 1, LOOK_MS) <= 0)
            continue;
        ssize_t size = recv(way.from, piece, PIECE, 0);
        be_late(connection);
        while (connection->proxy->held && goes_on(connection))
            poll(NULL, 0, LOOK_MS);
        if (size <= 0 || !goes_on(connection) || !send_all(way.to, piece, size))
            break;
    }
    free(piece);
    leave(connection);
    return NULL;
}

static void start_way(struct connection *connection, int from, int to) {
    pthread_t thread;
    struct way *way = malloc(sizeof *way);
    if (!way)
        die("out of memory");
    *way = (struct way){connection, from, to};
    atomic_fetch_add(&connection->proxy->threads, 1);
    if (pthread_create(&thread, NULL, carry, way) != 0)
        die("no thread for the proxy");
    pthread_detach(thread);
}

static void connect_through(struct proxy *proxy, int near) {
    struct sockaddr_in address = address_of(proxy->to);
    int far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(far, (struct sockaddr *)&address, sizeof address) != 0) {
        close(near);
        close(far);
        return;
    }
    struct connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        die("out of memory");
    *connection = (struct connection){.proxy = proxy, .near = near, .far = far, .generation = proxy->generation};
    connection->users = 2;
    start_way(connection, near, far);
    start_way(connection, far, near);
}

static void *serve(void *user) {
    struct proxy *proxy = user;
    while (!proxy->closing) {
        struct pollfd waiting = {proxy->listener, POLLIN, 0};
        if (proxy->held || poll(&waiting, 1, LOOK_MS) <= 0) {
            poll(NULL, 0, proxy->held ? LOOK_MS : 0);
            continue;
        }
        int near = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC);
        if (near >= 0)
            connect_through(proxy, near);
    }
    return NULL;
}

/* ---- the proxy --------------------------------------------------------------------------------------------------- */

struct proxy *proxy_open(int port, int to) {
    struct proxy *proxy = calloc(1, sizeof *proxy);
    struct sockaddr_in address = address_of(port);
    int yes = 1;
    if (!proxy)
        die("out of memory");
    proxy->to = to;
    proxy->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(proxy->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(proxy->listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(proxy->listener, 64) != 0 ||
        pthread_create(&proxy->thread, NULL, serve, proxy) != 0)
        die("the proxy can't have port %d", port);
    return proxy;
}

void proxy_reset(struct proxy *proxy) {
    atomic_fetch_add(&proxy->generation, 1);
}

void proxy_hold(struct proxy *proxy, bool hold) {
    proxy->held = hold;
}

void proxy_delay(struct proxy *proxy, int delay_ms) {
    proxy->delay_ms = delay_ms;
}

void proxy_close(struct proxy *proxy) {
    proxy->closing = true;
    pthread_join(proxy->thread, NULL);
    while (proxy->threads > 0)
        nap(0.01);
    close(proxy->listener);
    free(proxy);
}
