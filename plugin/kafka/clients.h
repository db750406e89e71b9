/* The state that all parts of the connector share: the two clients of librdkafka, the settings, the log, and the
 * failure that ends the connector. */
#ifndef KAFKA_CLIENTS_H
#define KAFKA_CLIENTS_H

#include <librdkafka/rdkafka.h>

#include "mood/connector.h"
#include "settings.h"

struct clients {
    struct settings settings;
    rd_kafka_t *consumer; /* NULL: nothing is read */
    rd_kafka_t *producer; /* NULL: nothing is written */
    bool closing;

    /* The host's (mood_connector_config). */
    void (*log)(mood_log_level level, const char *message, void *user);
    void *user;
    const volatile sig_atomic_t *stop;

    mood_connector_result failure; /* not OK: the connector cannot continue */
    mood_error failure_error;

    /* Problems of connections. */
    char trouble[512]; /* the newest one; "": none */
    rd_kafka_resp_err_t trouble_code;
    bool all_down;         /* at some time no broker could be reached */
    int64_t missing_since; /* a broker reported that the input topic is unknown [clock_ms]; 0: no */
};

bool clients_stopping(const struct clients *clients); /* the host was asked to stop */
bool clients_hurried(const struct clients *clients);  /* the host was asked to stop at once */

void clients_log(const struct clients *clients, mood_log_level level, const char *format, ...) MOOD_PRINTF(3, 4);

/* Remember that the connector cannot continue. A later failure does not replace an earlier one. */
void clients_fail(struct clients *clients, mood_connector_result result, const char *format, ...) MOOD_PRINTF(3, 4);

/* The same, for a client with a fatal error. */
void clients_fail_fatal(struct clients *clients, rd_kafka_t *client);

/* The remembered failure, also in *err. OK: there is none. */
mood_connector_result clients_failure(const struct clients *clients, mood_error *err);

/* For the callbacks of both clients: a log line of librdkafka; an error that is not fatal. */
void clients_log_line(const struct clients *clients, int level, const char *facility, const char *text);
void clients_note_error(struct clients *clients, const rd_kafka_t *client, int code, const char *reason);

/* A commit or a broker reported that the input topic is unknown. It may be temporary. */
void clients_note_missing_input(struct clients *clients);

/* Before a client is created: its configuration for tokens (OAUTHBEARER). After: let a thread of librdkafka renew them.
 * Without it they are renewed only when the client is polled, which a long batch delays. */
void clients_prepare_tokens(rd_kafka_conf_t *conf);
void clients_renew_tokens(const struct clients *clients, rd_kafka_t *client);

#endif
