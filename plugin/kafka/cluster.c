/* Before anything begins: do the brokers answer, and are the topics there? */
#include <poll.h>
#include <string.h>

#include "kafka.h"

/* How long to wait for an answer; and, when every connection was refused, how long at least. */
enum { ANSWER_MS = 15000, REFUSED_MS = 3000, STEP_MS = 500 };

/* A topic that was made a moment ago may not be known everywhere yet. */
enum { LOOKS = 5, LOOK_AGAIN_MS = 400 };

/* What to look at, by what the connections complained of. */
static const char *advice(const mood_connector *kafka) {
    if (kafka->trouble_code == RD_KAFKA_RESP_ERR__AUTHENTICATION)
        return "check sasl.mechanism, sasl.username and sasl.password";
    /* That a client's certificate is missing the brokers say, of a connection that broke. */
    if (kafka->trouble_code == RD_KAFKA_RESP_ERR__SSL || strstr(kafka->trouble, "certificate"))
        return "check that ssl.ca.location contains the CA of the brokers' certificate, and that this certificate "
               "contains the host's name; if the brokers require a client certificate, set ssl.certificate.location "
               "and ssl.key.location";
    return "check that the broker is running, and check host, port and security.protocol";
}

static mood_status give_up(const mood_connector *kafka, const rd_kafka_t *client, rd_kafka_resp_err_t code,
                           mood_error *err) {
    bool refused = kafka->trouble_code == RD_KAFKA_RESP_ERR__AUTHENTICATION;
    return mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "no broker answers at %s: %s (%s%s)",
                          kafka->settings.brokers, *kafka->trouble ? kafka->trouble : rd_kafka_err2str(code),
                          advice(kafka), refused ? versions_refusal(client) : "");
}

static mood_status ask(mood_connector *kafka, const struct rd_kafka_metadata **metadata, mood_error *err) {
    rd_kafka_t *client = kafka->producer ? kafka->producer : kafka->consumer;
    int64_t start = clock_ms();
    rd_kafka_resp_err_t code;
    /* All topics: asking for one by name would have a broker make it that makes topics by itself. */
    while ((code = rd_kafka_metadata(client, 1, NULL, metadata, STEP_MS))) {
        rd_kafka_poll(client, 0); /* logs and errors: why it does not answer */
        if (kafka_stopping(kafka))
            return mood_error_set(err, MOOD_ERR_STOPPED, MOOD_CLASS_FATAL, "stopped before a broker answered at %s",
                                  kafka->settings.brokers);
        int64_t waited = clock_ms() - start;
        if (kafka->failure != MOOD_CONNECTOR_OK) {
            kafka_failure(kafka, err);
            return MOOD_ERR_CONNECTOR;
        }
        if (waited > ANSWER_MS || (kafka->all_down && waited > REFUSED_MS))
            return give_up(kafka, client, code, err);
    }
    return MOOD_OK;
}

/* *count: its partitions. A topic that is NULL passes. */
static mood_status find_topic(const mood_connector *kafka, const struct rd_kafka_metadata *metadata, const char *topic,
                              const char *role, int *count, mood_error *err) {
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
                          role, topic, kafka->settings.brokers);
}

static bool compare_partitions(mood_connector *kafka, int count, int input_count) {
    const char *topic = kafka->settings.output;
    if (!topic || !kafka->settings.input || count == input_count)
        return true;
    kafka_log(kafka, MOOD_LOG_WARNING,
              "'%s' has %d partitions and '%s' has %d: the key determines the partition (murmur2, as in Java's "
              "clients), and records without a key go to any partition",
              kafka->settings.input, input_count, topic, count);
    return false;
}

static mood_status look(mood_connector *kafka, int counts[3], mood_error *err) {
    const struct settings *settings = &kafka->settings;
    const struct rd_kafka_metadata *metadata = NULL;
    mood_status status = ask(kafka, &metadata, err);
    if (status != MOOD_OK)
        return status;
    if ((status = find_topic(kafka, metadata, settings->input, "input", &counts[0], err)) == MOOD_OK &&
        (status = find_topic(kafka, metadata, settings->output, "output", &counts[1], err)) == MOOD_OK)
        status = find_topic(kafka, metadata, settings->dead_letters, "dead-letter", &counts[2], err);
    rd_kafka_metadata_destroy(metadata);
    return status;
}

mood_status cluster_check(mood_connector *kafka, mood_error *err) {
    int counts[3];
    mood_error missing = {0};
    mood_status status = look(kafka, counts, &missing);
    for (int looks = 1; status != MOOD_OK && missing.error_class == MOOD_CLASS_INPUT && looks < LOOKS; looks++) {
        poll(NULL, 0, LOOK_AGAIN_MS);
        status = look(kafka, counts, &missing);
    }
    if (status != MOOD_OK) {
        if (err)
            *err = missing;
        return status;
    }
    *kafka->trouble = '\0'; /* whatever it was, it is over */
    kafka->trouble_code = RD_KAFKA_RESP_ERR_NO_ERROR;
    kafka->input_partitions = counts[0];
    kafka->output.partitions = counts[1];
    kafka->dead_letters.partitions = counts[2];
    kafka->same_partitions = compare_partitions(kafka, counts[1], counts[0]);
    if (kafka->settings.dead_letters && counts[2] != counts[0])
        kafka_log(kafka, MOOD_LOG_DETAIL, "dead letters of partition n go to the partition n %% %d of '%s'", counts[2],
                  kafka->settings.dead_letters);
    return MOOD_OK;
}

mood_connector_result cluster_count_partitions(mood_connector *kafka, const char *topic, int32_t *count,
                                               mood_error *err) {
    const struct rd_kafka_metadata *metadata;
    mood_error missing = {0};
    int found = 0;
    rd_kafka_resp_err_t code = rd_kafka_metadata(kafka->producer, 1, NULL, &metadata, STEP_MS);
    if (!code) {
        find_topic(kafka, metadata, topic, "output", &found, &missing);
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

bool cluster_lacks_input(mood_connector *kafka) {
    const struct rd_kafka_metadata *metadata;
    int count = 0;
    if (rd_kafka_metadata(kafka->consumer, 1, NULL, &metadata, STEP_MS))
        return false;
    bool lacks = find_topic(kafka, metadata, kafka->settings.input, "input", &count, NULL) != MOOD_OK;
    rd_kafka_metadata_destroy(metadata);
    return lacks;
}
