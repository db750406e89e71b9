/* The [HOST:]PORT of a server: parse it, listen there, and compare Host headers with it. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"

/* ---- parsing ---------------------------------------------------------------------------------------------- */

static bool is_port(const char *text) {
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 5 && text[digits] == '\0' && atoi(text) <= 65535;
}

/* The last colon separates host and port; an IPv6 address is in brackets. */
mood_status address_parse(const char *text, struct address *address, mood_error *err) {
    const char *colon = strrchr(text, ':'), *port = colon ? colon + 1 : text, *host = "127.0.0.1";
    size_t size = strlen(host);
    *address = (struct address){0};
    if (colon && colon > text) {
        host = text;
        size = (size_t)(colon - text);
        bool brackets = size > 2 && host[0] == '[' && host[size - 1] == ']';
        if (brackets) {
            host++;
            size -= 2;
        } else if (memchr(host, ':', size))
            size = sizeof address->host;
    }
    if (!is_port(port) || size >= sizeof address->host)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "listen must be [HOST:]PORT, with an IPv6 address in brackets, not '%s'", text);
    memcpy(address->host, host, size);
    snprintf(address->port, sizeof address->port, "%s", port);
    return MOOD_OK;
}

/* ---- listening -------------------------------------------------------------------------------------------- */

static int listen_at(const struct addrinfo *at) {
    int on = 1, fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, at->ai_protocol);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    int problem = errno;
    close(fd);
    errno = problem;
    return -1;
}

/* With port 0 the system has chosen a free port. */
static bool set_bound(struct address *address, int fd, char *url, size_t size) {
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;
    char port[8];
    if (getsockname(fd, (struct sockaddr *)&bound, &length) != 0 ||
        getnameinfo((struct sockaddr *)&bound, length, address->bound, sizeof address->bound, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return false;
    bool six = bound.ss_family == AF_INET6;
    address->everywhere = strcmp(address->bound, "0.0.0.0") == 0 || strcmp(address->bound, "::") == 0;
    snprintf(url, size, "http://%s%s%s:%s/", six ? "[" : "", address->bound, six ? "]" : "", port);
    return true;
}

mood_status address_listen(struct address *address, int *fd, char *url, size_t size, mood_error *err) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    *fd = -1;
    int code = getaddrinfo(address->host, address->port, &hints, &found);
    if (code != 0)
        return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "--listen %s:%s: %s", address->host, address->port,
                              gai_strerror(code));
    for (const struct addrinfo *at = found; at && *fd < 0; at = at->ai_next)
        *fd = listen_at(at);
    int problem = errno;
    freeaddrinfo(found);
    if (*fd < 0 || !set_bound(address, *fd, url, size))
        return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "--listen %s:%s: %s%s", address->host, address->port,
                              strerror(problem),
                              problem == EADDRINUSE ? "; another process uses this port, choose another one" : "");
    return MOOD_OK;
}

/* ---- the Host header --------------------------------------------------------------------------------------- */

/* The header's name without port and brackets. */
static bool read_host(const char *header, char *name, size_t room) {
    bool brackets = header[0] == '[';
    const char *begin = header + brackets, *end = begin + strcspn(begin, brackets ? "]" : ":");
    const char *rest_of = brackets && *end ? end + 1 : end;
    if (end == begin || (size_t)(end - begin) >= room || (brackets && *end != ']') ||
        (*rest_of && !(*rest_of == ':' && is_port(rest_of + 1))))
        return false;
    memcpy(name, begin, (size_t)(end - begin));
    name[end - begin] = '\0';
    return true;
}

static bool is_loopback(const char *name) {
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, name, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, name, &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six);
    return strcasecmp(name, "localhost") == 0;
}

/* True if the name is a number. Numeric names are not accepted as host names. */
static bool is_number(const char *name) {
    struct in6_addr any;
    return inet_pton(AF_INET, name, &any) == 1 || inet_pton(AF_INET6, name, &any) == 1;
}

static bool is_our_name(const char *name) {
    char ours[256] = "";
    return gethostname(ours, sizeof ours - 1) == 0 && strcasecmp(name, ours) == 0;
}

/* Calls `is` for each name in the list until it returns true. */
static bool any_name(const char *names, bool (*is)(const char *name, size_t size, const char *other),
                     const char *other) {
    for (const char *at = names; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (is(at, strcspn(at, ","), other))
            return true;
    return false;
}

static bool is_that(const char *name, size_t size, const char *other) {
    return strlen(other) == size && strncasecmp(name, other, size) == 0;
}

static bool is_no_name(const char *name, size_t size, const char *others) {
    return size == 0 || strcspn(name, others) < size;
}

/* A name with a port, a path or a scheme would never equal a Host header. */
mood_status address_check_names(const char *names, mood_error *err) {
    if (any_name(names, is_no_name, ":/[]@* \t"))
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "listen-host must be NAME[,NAME...], host names without a port, not '%s'", names);
    return MOOD_OK;
}

bool address_is_host(const struct address *address, const char *header) {
    char name[256];
    if (!header || !read_host(header, name, sizeof name))
        return false;
    if (is_loopback(name) || strcasecmp(name, address->host) == 0 || strcasecmp(name, address->bound) == 0)
        return true;
    if (any_name(address->names, is_that, name))
        return true;
    return address->everywhere && (is_number(name) || is_our_name(name));
}
