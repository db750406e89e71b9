/* POST /try: takes {"text":"…"} and returns the record of its scores. For people who use the page: short texts at a
 * low rate. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "log.h"
#include "server.h"

struct attempt {
    size_t size;
    bool too_large;
    char body[TRY_SIZE];
};

struct attempt *attempt_create(void) {
    return calloc(1, sizeof(struct attempt));
}

void attempt_destroy(struct attempt *attempt) {
    free(attempt);
}

/* ---- checks of the request --------------------------------------------------------------------------------------- */

static const char *header(struct MHD_Connection *connection, const char *name) {
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* A browser sends Origin and Sec-Fetch-Site, which scripts can't set, with requests of other sites' pages; other
 * clients send neither. Sec-Fetch-Site is checked first: behind a TLS proxy the Origin's scheme differs from this
 * server's. */
static bool is_same_origin(struct MHD_Connection *connection) {
    const char *origin = header(connection, "Origin"), *site = header(connection, "Sec-Fetch-Site");
    const char *host = header(connection, MHD_HTTP_HEADER_HOST);
    if (site)
        return strcmp(site, "same-origin") == 0;
    const char *authority = origin ? strstr(origin, "://") : NULL;
    bool web = origin && (strncmp(origin, "http://", 7) == 0 || strncmp(origin, "https://", 8) == 0);
    return !origin || (web && host && strcasecmp(authority + 3, host) == 0);
}

/* For this content type browsers ask the server before they send a cross-origin request. */
static bool is_json(struct MHD_Connection *connection) {
    static const char wanted[] = "application/json";
    const char *type = header(connection, MHD_HTTP_HEADER_CONTENT_TYPE);
    return type && strncasecmp(type, wanted, strlen(wanted)) == 0 && strchr("; ", type[strlen(wanted)]);
}

unsigned attempt_check(struct MHD_Connection *connection, const char **reason) {
    const char *length = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (!is_same_origin(connection)) {
        *reason = "texts are accepted from this server's own page only";
        return MHD_HTTP_FORBIDDEN;
    }
    if (!is_json(connection)) {
        *reason = "send {\"text\":\"…\"} as application/json";
        return MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
    }
    if (length && strtoull(length, NULL, 10) > TRY_SIZE) {
        *reason = "the text is too long";
        return MHD_HTTP_CONTENT_TOO_LARGE;
    }
    return 0;
}

/* ---- the response ------------------------------------------------------------------------------------------------ */

void attempt_take(struct attempt *attempt, const char *data, size_t size) {
    attempt->too_large |= size > TRY_SIZE - attempt->size;
    if (attempt->too_large)
        return;
    memcpy(attempt->body + attempt->size, data, size);
    attempt->size += size;
}

/* Rate limit: a token bucket. */
static bool take_token(struct listener *listener) {
    double now = monotonic_seconds();
    listener->tries += (now - listener->tried_at) * TRIES_A_SECOND;
    if (listener->tries > TRIES_A_SECOND)
        listener->tries = TRIES_A_SECOND;
    listener->tried_at = now;
    if (listener->tries < 1)
        return false;
    listener->tries--;
    return true;
}

static enum MHD_Result answer_later(struct MHD_Connection *connection) {
    static const char line[] = "too many requests at once; try again in a second\n";
    struct MHD_Response *response =
        MHD_create_response_from_buffer(sizeof line - 1, (void *)line, MHD_RESPMEM_PERSISTENT);
    if (response)
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    return send_response(connection, MHD_HTTP_TOO_MANY_REQUESTS, "text/plain; charset=utf-8", response);
}

/* The record of the scores, and the numbers of known and unknown words. */
static json_t *score(mood_scorer *scorer, mood_text text, mood_error *err) {
    mood_sequence_counts counts;
    char *record = NULL;
    float *scores = calloc(mood_scorer_get_outputs(scorer), sizeof *scores);
    if (!scores || mood_scorer_score_counted(scorer, &text, 1, scores, &counts, err) != MOOD_OK ||
        mood_scorer_write_json(scorer, scores, &record, err) != MOOD_OK) {
        free(scores);
        return NULL;
    }
    free(scores);
    json_t *result = json_loads(record, 0, NULL);
    mood_free(record);
    if (result) {
        json_object_set_new(result, "words", json_integer((json_int_t)counts.words));
        json_object_set_new(result, "unknown_words", json_integer((json_int_t)counts.unknown));
    }
    return result;
}

static enum MHD_Result answer_score(struct MHD_Connection *connection, const json_t *result) {
    char *text = json_dumps(result, JSON_COMPACT | JSON_REAL_PRECISION(9));
    if (!text)
        return MHD_NO;
    return send_response(connection, MHD_HTTP_OK, "application/json",
                         MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE));
}

enum MHD_Result attempt_answer(struct listener *listener, struct attempt *attempt, struct MHD_Connection *connection) {
    if (attempt->too_large)
        return answer_line(connection, MHD_HTTP_CONTENT_TOO_LARGE, "the text is too long");
    if (!take_token(listener))
        return answer_later(connection);
    json_t *object = json_loadb(attempt->body, attempt->size, JSON_ALLOW_NUL, NULL);
    const json_t *text = json_object_get(object, "text");
    enum MHD_Result result;
    if (!json_is_string(text))
        result = answer_line(connection, MHD_HTTP_BAD_REQUEST, "send {\"text\":\"…\"}, in UTF-8");
    else {
        mood_error err = {0};
        struct model *held;
        mood_scorer *scorer = models_hold(listener->options.models, &held);
        json_t *scored = score(scorer, (mood_text){json_string_value(text), json_string_length(text)}, &err);
        models_release(listener->options.models, held);
        if (!scored) /* the reason is only logged, because it may contain names of files and devices */
            log_event(listener->options.common, LOG_WARNING, "try", NULL, "a text from the page can't be scored: %s",
                      err.message);
        result = scored ? answer_score(connection, scored)
                        : answer_line(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "scoring failed");
        json_decref(scored);
    }
    json_decref(object);
    return result;
}
