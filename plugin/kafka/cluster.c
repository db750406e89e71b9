/* Queries to the brokers. */
#include <poll.h>
#include <string.h>

#include "clock.h"
#include "cluster.h"
#include "versions.h"

/* The timeout for a response, and the timeout if all connections were refused [ms]. */
enum { RESPONSE_MS = 15000, REFUSED_MS = 3000, STEP_MS = 500 };

/* A topic that was just created may not be known to all brokers yet. */
enum { ATTEMPTS = 5, ATTEMPT_WAIT_MS = 400 };

/* What to check, depending on the problem of the connections. */
static const char *advice(const struct clients *clients) {
    if (clients->trouble_code == RD_KAFKA_RESP_ERR__AUTHENTICATION)
        return "check sasl.mechanism, sasl.username and sasl.password";
    /* Brokers report a missing client certificate in the text of a broken connection. */
    if (clients->trouble_code == RD_KAFKA_RESP_ERR__SSL || strstr(clients->trouble, "certificate"))
        return "check that ssl.ca.location contains the CA of the brokers' certificate, and that this certificate "
               "contains the host's name; if the brokers require a client certificate, set ssl.certificate.location "
               "and ssl.key.location";
    return "check that the broker is running, and check host, port and security.protocol";
}

static mood_status give_up(const struct clients *clients, const rd_kafka_t *client, rd_kafka_resp_err_t code,
                           mood_error *err) {
    bool refused = clients->trouble_code == RD_KAFKA_RESP_ERR__AUTHENTICATION;
    return mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "no broker answers at %s: %s (%s%s)",
                          clients->settings.brokers, *clients->trouble ? clients->trouble : rd_kafka_err2str(code),
                          advice(clients), refused ? versions_refusal(client) : "");
}

static mood_status ask(struct clients *clients, const struct rd_kafka_metadata **metadata, mood_error *err) {
    rd_kafka_t *client = clients->producer ? clients->producer : clients->consumer;
    int64_t start = clock_ms();
    rd_kafka_resp_err_t code;
    /* All topics: a request for one by name could create it, if the brokers create topics automatically. */
    while ((code = rd_kafka_metadata(client, 1, NULL, metadata, STEP_MS))) {
        rd_kafka_poll(client, 0); /* logs and errors: the reason */
        if (clients_stopping(clients))
            return mood_error_set(err, MOOD_ERR_STOPPED, MOOD_CLASS_FATAL, "stopped before a broker answered at %s",
                                  clients->settings.brokers);
        int64_t waited = clock_ms() - start;
        if (clients->failure != MOOD_CONNECTOR_OK) {
            clients_failure(clients, err);
            return MOOD_ERR_CONNECTOR;
        }
        if (waited > RESPONSE_MS || (clients->all_down && waited > REFUSED_MS))
            return give_up(clients, client, code, err);
    }
    return MOOD_OK;
}

/* *count: its number of partitions; 0 if topic is NULL. */
static mood_status find_topic(const struct clients *clients, const struct rd_kafka_metadata *metadata,
                              const char *topic, const char *role, int32_t *count, mood_error *err) {
    *count = 0;
    for (int i = 0; topic && i < metadata->topic_cnt; i++) {
        const struct rd_kafka_metadata_topic *found = &metadata->topics[i];
        if (strcmp(found->topic, topic) != 0)
            continue;
        if (found->err && found->err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
            return mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "the %s topic '%s': %s", role, topic,
                                  rd_kafka_err2str(found->err));
        *count = found->partition_cnt;
        return MOOD_OK;
    }
    if (!topic)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_INPUT,
                          "the %s topic '%s' does not exist on %s, or this user may not see it; create it first (for "
                          "example with kafka-topics.sh --create)",
                          role, topic, clients->settings.brokers);
}

static void log_partitions(const struct clients *clients, const struct topic_sizes *sizes) {
    const struct settings *settings = &clients->settings;
    if (settings->output && settings->input && sizes->output != sizes->input)
        clients_log(clients, MOOD_LOG_WARNING,
                    "'%s' has %d partitions and '%s' has %d: the key determines the partition (murmur2, as in Java's "
                    "clients), and records without a key go to any partition",
                    settings->input, sizes->input, settings->output, sizes->output);
    if (settings->dead_letters && sizes->dead_letters != sizes->input)
        clients_log(clients, MOOD_LOG_DETAIL, "dead letters of partition n go to the partition n %% %d of '%s'",
                    sizes->dead_letters, settings->dead_letters);
}

static mood_status find_topics(struct clients *clients, struct topic_sizes *sizes, mood_error *err) {
    const struct settings *settings = &clients->settings;
    const struct rd_kafka_metadata *metadata = NULL;
    mood_status status = ask(clients, &metadata, err);
    if (status != MOOD_OK)
        return status;
    if ((status = find_topic(clients, metadata, settings->input, "input", &sizes->input, err)) == MOOD_OK &&
        (status = find_topic(clients, metadata, settings->output, "output", &sizes->output, err)) == MOOD_OK)
        status = find_topic(clients, metadata, settings->dead_letters, "dead-letter", &sizes->dead_letters, err);
    rd_kafka_metadata_destroy(metadata);
    return status;
}

mood_status cluster_check(struct clients *clients, struct topic_sizes *sizes, mood_error *err) {
    mood_error missing = {0};
    mood_status status = find_topics(clients, sizes, &missing);
    for (int attempt = 1; status != MOOD_OK && missing.error_class == MOOD_CLASS_INPUT && attempt < ATTEMPTS;
         attempt++) {
        poll(NULL, 0, ATTEMPT_WAIT_MS);
        status = find_topics(clients, sizes, &missing);
    }
    if (status != MOOD_OK) {
        if (err)
            *err = missing;
        return status;
    }
    *clients->trouble = '\0'; /* the brokers respond now */
    clients->trouble_code = RD_KAFKA_RESP_ERR_NO_ERROR;
    log_partitions(clients, sizes);
    return MOOD_OK;
}

mood_connector_result cluster_count_partitions(const struct clients *clients, const char *topic, int32_t *count,
                                               mood_error *err) {
    const struct rd_kafka_metadata *metadata;
    mood_error missing = {0};
    int32_t found = 0;
    rd_kafka_resp_err_t code = rd_kafka_metadata(clients->producer, 1, NULL, &metadata, STEP_MS);
    if (!code) {
        find_topic(clients, metadata, topic, "output", &found, &missing);
        rd_kafka_metadata_destroy(metadata);
    }
    if (found > 0) {
        *count = found;
        return MOOD_CONNECTOR_OK;
    }
    if (missing.error_class == MOOD_CLASS_INPUT) {
        if (err)
            *err = missing;
        return MOOD_CONNECTOR_REJECTED;
    }
    mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "the topic '%s' can't be looked up yet: %s", topic,
                   code ? rd_kafka_err2str(code) : missing.message);
    return MOOD_CONNECTOR_RETRY;
}

bool cluster_lacks_input(const struct clients *clients) {
    const struct rd_kafka_metadata *metadata;
    int32_t count = 0;
    if (rd_kafka_metadata(clients->consumer, 1, NULL, &metadata, STEP_MS))
        return false;
    bool lacks = find_topic(clients, metadata, clients->settings.input, "input", &count, NULL) != MOOD_OK;
    rd_kafka_metadata_destroy(metadata);
    return lacks;
}
