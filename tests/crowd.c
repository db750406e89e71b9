/* crowd: clients that keep an HTTP server's connections busy, for tests. It ends with SIGTERM, or after ten minutes.
 *
 *   crowd PORT KIND COUNT ADDRESS…     COUNT connections from each address (of the loopback network) to 127.0.0.1
 *
 * KIND: slow    a request that never ends, a byte every step
 *       unread  requests whose answers are not read
 *       idle    a request, then nothing
 *       events  an event stream that is not read
 *
 * A connection that is closed is opened again within half a second. A line on standard output says when all have been
 * opened once. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 512, STEP_MS = 100, STEPS = 6000, REOPEN_STEPS = 5, REQUESTS = 40 };

static const struct kind {
    const char *name, *request;
    int repeat;          /* requests, one after the other */
    const char *trickle; /* sent every step; NULL: nothing */
    bool reads;
} kinds[] = {
    {"slow", "GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", 1, "x", false},
    {"unread", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", REQUESTS, NULL, false},
    {"idle", "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", 1, NULL, true},
    {"events", "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n", 1, NULL, false},
};

static const struct kind *find_kind(const char *name) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

static int open_connection(const struct kind *kind, const char *from, int port) {
    struct sockaddr_in source = {.sin_family = AF_INET}, server = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), small = 2048;
    inet_pton(AF_INET, from, &source.sin_addr);
    inet_pton(AF_INET, "127.0.0.1", &server.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small); /* so that a response does not fit */
    if (bind(fd, (struct sockaddr *)&source, sizeof source) != 0 ||
        connect(fd, (struct sockaddr *)&server, sizeof server) != 0) {
        close(fd);
        return -1;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (int i = 0; i < kind->repeat; i++)
        send(fd, kind->request, strlen(kind->request), MSG_NOSIGNAL);
    return fd;
}

/* False: the server has closed it. */
static bool keep_busy(const struct kind *kind, int fd) {
    char answer[4096];
    struct pollfd state = {.fd = fd, .events = 0};
    if (kind->trickle)
        send(fd, kind->trickle, strlen(kind->trickle), MSG_NOSIGNAL);
    if (kind->reads && recv(fd, answer, sizeof answer, 0) == 0)
        return false;
    return poll(&state, 1, 0) == 0;
}

int main(int argc, char **argv) {
    static int fds[MOST];
    const struct kind *kind = argc > 4 ? find_kind(argv[2]) : NULL;
    int count = kind ? atoi(argv[3]) * (argc - 4) : 0;
    if (count < 1 || count > MOST) {
        fprintf(stderr, "usage: crowd PORT slow|unread|idle|events COUNT ADDRESS...\n");
        return 2;
    }
    for (int i = 0; i < count; i++)
        fds[i] = -1;
    for (int step = 0; step < STEPS; step++) {
        for (int i = 0; i < count; i++) {
            if (fds[i] >= 0 && !keep_busy(kind, fds[i])) {
                close(fds[i]);
                fds[i] = -1;
            }
            if (fds[i] < 0 && step % REOPEN_STEPS == 0)
                fds[i] = open_connection(kind, argv[4 + i % (argc - 4)], atoi(argv[1]));
        }
        if (step == 0) {
            puts("opened");
            fflush(stdout);
        }
        poll(NULL, 0, STEP_MS);
    }
    return 0;
}
