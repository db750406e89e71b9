/* The clients of librdkafka, the log, and the failure that ends the connector. */
#include <stdio.h>
#include <string.h>

#include "clients.h"
#include "clock.h"
#include "error_code.h"

bool clients_stopping(const struct clients *clients) {
    return clients->stop && *clients->stop > 0;
}

bool clients_hurried(const struct clients *clients) {
    return clients->stop && *clients->stop > 1;
}

void clients_log(const struct clients *clients, mood_log_level level, const char *format, ...) {
    if (!clients->log)
        return;
    char message[MOOD_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    clients->log(level, message, clients->user);
}

/* ---- failures ----------------------------------------------------------------------------------------------- */

void clients_fail(struct clients *clients, mood_connector_result result, const char *format, ...) {
    if (clients->failure != MOOD_CONNECTOR_OK)
        return;
    char message[MOOD_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    clients->failure = result;
    mood_error_set(&clients->failure_error, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "%s", message);
}

mood_connector_result clients_failure(const struct clients *clients, mood_error *err) {
    if (clients->failure != MOOD_CONNECTOR_OK && err)
        *err = clients->failure_error;
    return clients->failure;
}

/* Another process with the same instance name is detected through the group, whose members are static. A producer's
 * error is not enough: a producer is also fenced when its transaction took too long. */
static bool is_fenced(const struct clients *clients, rd_kafka_resp_err_t code) {
    rd_kafka_t *consumer = clients->consumer;
    return code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID ||
           (consumer && rd_kafka_fatal_error(consumer, NULL, 0) == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID);
}

void clients_fail_fatal(struct clients *clients, rd_kafka_t *client) {
    char reason[512];
    rd_kafka_resp_err_t code = rd_kafka_fatal_error(client, reason, sizeof reason);
    if (is_fenced(clients, code))
        clients_fail(clients, MOOD_CONNECTOR_FENCED, "another process took over the instance name '%s': %s",
                     clients->settings.instance ? clients->settings.instance : "", reason);
    else if (error_is_epoch(code))
        clients_fail(clients, MOOD_CONNECTOR_FATAL,
                     "the brokers aborted the transaction, possibly because of its timeout "
                     "(-X producer.transaction.timeout.ms=…): %s; after a restart its records are scored again",
                     reason);
    else
        clients_fail(clients, MOOD_CONNECTOR_FATAL, "%s%s", reason, error_advice(code));
}

/* ---- callbacks of librdkafka ----------------------------------------------------------------------------------- */

void clients_log_line(const struct clients *clients, int level, const char *facility, const char *text) {
    clients_log(clients, level <= 3 ? MOOD_LOG_NOTE : MOOD_LOG_DETAIL, "librdkafka: %s: %s", facility, text);
}

/* The first attempt may report the cause, and the next ones only a broken connection. */
static bool is_less_specific(const struct clients *clients, int code) {
    bool specific = clients->trouble_code == RD_KAFKA_RESP_ERR__SSL ||
                    clients->trouble_code == RD_KAFKA_RESP_ERR__AUTHENTICATION;
    return specific && code == RD_KAFKA_RESP_ERR__TRANSPORT;
}

void clients_note_error(struct clients *clients, const rd_kafka_t *client, int code, const char *reason) {
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART && client == clients->consumer)
        clients_note_missing_input(clients);
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        clients->all_down = true;
    else if (!is_less_specific(clients, code)) {
        snprintf(clients->trouble, sizeof clients->trouble, "%s", reason);
        clients->trouble_code = code;
    }
    clients_log(clients, MOOD_LOG_DETAIL, "librdkafka: %s", reason);
}

void clients_note_missing_input(struct clients *clients) {
    if (!clients->missing_since)
        clients->missing_since = clock_ms();
}

/* ---- tokens --------------------------------------------------------------------------------------------------- */

static bool has_tokens(const rd_kafka_conf_t *conf) {
    char mechanism[64] = "";
    size_t size = sizeof mechanism;
    return rd_kafka_conf_get(conf, "sasl.mechanisms", mechanism, &size) == RD_KAFKA_CONF_OK &&
           strcmp(mechanism, "OAUTHBEARER") == 0;
}

void clients_prepare_tokens(rd_kafka_conf_t *conf) {
    if (has_tokens(conf))
        rd_kafka_conf_enable_sasl_queue(conf, 1);
}

void clients_renew_tokens(const struct clients *clients, rd_kafka_t *client) {
    if (!has_tokens(rd_kafka_conf(client)))
        return;
    rd_kafka_error_t *error = rd_kafka_sasl_background_callbacks_enable(client);
    if (!error)
        return;
    clients_log(clients, MOOD_LOG_WARNING, "tokens are renewed only between batches: %s", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
}
