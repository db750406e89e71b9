/* HTTP requests and responses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "server.h"

enum { NONCE_DIGITS = 32 };

/* ---- responses ----------------------------------------------------------------------------------------------- */

enum MHD_Result send_response(struct MHD_Connection *connection, unsigned status, const char *type,
                              struct MHD_Response *response) {
    static const char *const headers[][2] = {
        {"Cache-Control", "no-store"},      {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"}, {"Cross-Origin-Resource-Policy", "same-origin"},
        {"X-Frame-Options", "DENY"},
    };
    if (!response)
        return MHD_NO;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        MHD_add_response_header(response, headers[i][0], headers[i][1]);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result answer_line(struct MHD_Connection *connection, unsigned status, const char *line) {
    char *text;
    int size = asprintf(&text, "%s\n", line);
    if (size < 0)
        return MHD_NO;
    return send_response(connection, status, "text/plain; charset=utf-8",
                         MHD_create_response_from_buffer((size_t)size, text, MHD_RESPMEM_MUST_FREE));
}

static enum MHD_Result refuse_method(struct MHD_Connection *connection, const char *allowed) {
    char line[64];
    int size = snprintf(line, sizeof line, "only %s here\n", allowed);
    struct MHD_Response *response = MHD_create_response_from_buffer((size_t)size, line, MHD_RESPMEM_MUST_COPY);
    if (response)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, allowed);
    return send_response(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", response);
}

/* ---- health and metrics ---------------------------------------------------------------------------------------- */

static enum MHD_Result health(struct listener *listener, struct MHD_Connection *connection,
                              bool (*is)(const struct snapshot *, double, char *, size_t)) {
    char reason[160];
    observer_snapshot(listener->options.observer,
                      &listener->snapshot); /* out of memory: the previous snapshot is served */
    bool well = is(&listener->snapshot, monotonic_seconds(), reason, sizeof reason);
    return answer_line(connection, well ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, reason);
}

static enum MHD_Result livez(struct listener *listener, struct MHD_Connection *connection) {
    return health(listener, connection, is_alive);
}

static enum MHD_Result readyz(struct listener *listener, struct MHD_Connection *connection) {
    return health(listener, connection, is_ready);
}

static enum MHD_Result metrics(struct listener *listener, struct MHD_Connection *connection) {
    size_t size;
    observer_snapshot(listener->options.observer, &listener->snapshot);
    char *text =
        exposition_write(&listener->snapshot, &listener->about, history_unknown_ratio(&listener->history), &size);
    if (!text)
        return MHD_NO;
    return send_response(connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8",
                         MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE));
}

/* ---- the page -------------------------------------------------------------------------------------------------- */

static bool make_nonce(char *nonce) {
    unsigned char bytes[NONCE_DIGITS / 2];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        return false;
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(nonce + 2 * i, 3, "%02x", bytes[i]);
    return true;
}

/* Script and style have a nonce that is new for each response. Anything else that gets into the page is not
 * executed. */
static enum MHD_Result page(struct listener *listener, struct MHD_Connection *connection) {
    static const char place[NONCE_DIGITS + 1] = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@";
    char nonce[NONCE_DIGITS + 1], policy[320];
    char *text = malloc(page_html_size);
    (void)listener;
    if (!text || !make_nonce(nonce)) {
        free(text);
        return MHD_NO;
    }
    memcpy(text, page_html, page_html_size);
    for (char *at = text; (at = memmem(at, page_html_size - (size_t)(at - text), place, NONCE_DIGITS));)
        memcpy(at, nonce, NONCE_DIGITS);
    snprintf(policy, sizeof policy,
             "default-src 'none'; script-src 'nonce-%s'; style-src 'nonce-%s'; connect-src 'self'; img-src data:; "
             "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
             nonce, nonce);
    struct MHD_Response *response = MHD_create_response_from_buffer(page_html_size, text, MHD_RESPMEM_MUST_FREE);
    if (response)
        MHD_add_response_header(response, "Content-Security-Policy", policy);
    return send_response(connection, MHD_HTTP_OK, "text/html; charset=utf-8", response);
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

static const struct {
    const char *path;
    enum MHD_Result (*get)(struct listener *listener, struct MHD_Connection *connection); /* NULL: only POST */
} routes[] = {
    {"/", page},           {"/livez", livez},        {"/readyz", readyz},
    {"/metrics", metrics}, {"/events", events_open}, {"/try", NULL},
};

static bool is(const char *text, const char *other) {
    return strcmp(text, other) == 0;
}

/* A response that is queued before the whole request was read closes the connection. So a request without a needed
 * body is answered when it is complete. */
static char answer_when_complete;

/* A new request. *request is its state for the following calls. */
static enum MHD_Result begin(struct listener *listener, struct MHD_Connection *connection, const char *path,
                             const char *method, void **request) {
    size_t i = 0, count = sizeof routes / sizeof *routes;
    const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    if (!address_is_host(&listener->address, host))
        return answer_line(connection, MHD_HTTP_MISDIRECTED_REQUEST, "the Host header is not a name of this server");
    while (i < count && !is(routes[i].path, path))
        i++;
    if (i == count)
        return answer_line(connection, MHD_HTTP_NOT_FOUND, "not found; the paths are /, /livez, /readyz and /metrics");
    bool reads = is(method, "GET") || is(method, "HEAD");
    if (routes[i].get && !reads)
        return refuse_method(connection, "GET, HEAD");
    if (routes[i].get == events_open && *request && is(method, "HEAD"))
        return events_head(listener, connection);
    if (routes[i].get && *request)
        return routes[i].get(listener, connection);
    if (routes[i].get) {
        *request = &answer_when_complete;
        return MHD_YES;
    }
    if (!is(method, "POST"))
        return refuse_method(connection, "POST");
    const char *reason;
    unsigned refused = attempt_check(connection, &reason);
    if (refused)
        return answer_line(connection, refused, reason);
    *request = attempt_create();
    return *request ? MHD_YES : MHD_NO;
}

enum MHD_Result route(void *user, struct MHD_Connection *connection, const char *path, const char *method,
                      const char *version, const char *data, size_t *size, void **request) {
    (void)version;
    if (!peer_of(connection))
        return MHD_NO; /* out of memory */
    if (!*request || (*request == &answer_when_complete && *size == 0))
        return begin(user, connection, path, method, request);
    if (*size == 0)
        return attempt_answer(user, *request, connection);
    if (*request != &answer_when_complete)
        attempt_take(*request, data, *size);
    *size = 0;
    return MHD_YES;
}

struct peer *peer_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

void route_over(void *listener, struct MHD_Connection *connection, void **request,
                enum MHD_RequestTerminationCode how) {
    struct peer *peer = peer_of(connection);
    (void)listener, (void)how;
    if (*request != &answer_when_complete)
        attempt_destroy(*request);
    *request = NULL;
    if (peer) { /* the next request on this connection has its own time limit */
        peer->since = monotonic_seconds();
        peer->streaming = false;
    }
}
