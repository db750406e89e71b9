/* The kafka connector between topics of librdkafka's mock cluster or of a real broker. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kafka_fixture.h"
#include "kafka_topics.h"
#include "base/clock.h"
#include "stream/loop.h"

bool on_broker;
const mood_connector_type *type;
rd_kafka_t *client;
rd_kafka_mock_cluster_t *cluster; /* NULL: a real broker */
char brokers[256], input[64], output[96], group[96], warnings[4096];
int undone, renewed; /* aborted transactions and new producers, counted in the log */

void on_log(mood_log_level level, const char *message, void *user) {
    (void)user;
    undone += strstr(message, "a transaction is aborted") != NULL;
    renewed += strstr(message, "starting a new producer") != NULL;
    if (level == MOOD_LOG_WARNING)
        snprintf(warnings + strlen(warnings), sizeof warnings - strlen(warnings), "%s\n", message);
    if (getenv("MOOD_TEST_VERBOSE"))
        fprintf(stderr, "%d %s\n", level, message);
}

void make_topic(const char *name, int partitions) {
    if (cluster) {
        ck_assert_int_eq(rd_kafka_mock_topic_create(cluster, name, partitions, 1), 0);
        return;
    }
    topic_make(client, name, partitions);
}

void begin(void) {
    static int counter;
    char reason[256];
    mood_error err;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(input, sizeof input, "in-%d-%ld-%d", (int)getpid(), now.tv_nsec, ++counter);
    snprintf(output, sizeof output, "out-%s", input + 3);
    snprintf(group, sizeof group, "group-%s", input + 3);
    ck_assert_msg(mood_connector_load("kafka", &type, &err) == MOOD_OK, "%s", err.message);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (on_broker) {
        snprintf(brokers, sizeof brokers, "%s", getenv("MOOD_TEST_BROKERS"));
        rd_kafka_conf_set(conf, "bootstrap.servers", brokers, reason, sizeof reason);
    }
    client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    ck_assert_ptr_nonnull(client);
    cluster = on_broker ? NULL : rd_kafka_mock_cluster_new(client, 1);
    if (cluster)
        snprintf(brokers, sizeof brokers, "%s", rd_kafka_mock_cluster_bootstraps(cluster));
    make_topic(input, 2);
    make_topic(output, 2);
    warnings[0] = '\0';
    undone = renewed = 0;
}

void end(void) {
    if (cluster)
        rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(client);
}

/* ---- helpers ------------------------------------------------------------------------------------------------- */

mood_setting settings[8];
mood_connector_config config;

/* On the mock cluster a member that joins again waits until its previous session has expired. */
static const mood_setting quick[] = {{"consumer.session.timeout.ms", "3000", false},
                                     {"consumer.heartbeat.interval.ms", "500", false},
                                     {"consumer.fetch.wait.max.ms", "20", false}};

/* A connector that reads the input, writes the output and stops at the end. */
void configure(void) {
    size_t n = 0;
    settings[n++] = (mood_setting){"brokers", brokers, false};
    settings[n++] = (mood_setting){"input", input, false};
    settings[n++] = (mood_setting){"output", output, false};
    settings[n++] = (mood_setting){"group", group, false};
    settings[n++] = (mood_setting){"end", "true", false};
    config = (mood_connector_config){.size = sizeof config, .settings = settings, .setting_count = n, .log = on_log};
    config.properties = quick;
    config.property_count = sizeof quick / sizeof *quick;
}

mood_connector *open_connector(void) {
    mood_connector *connector = NULL;
    mood_error err;
    ck_assert_msg(type->open(&config, &connector, &err) == MOOD_CONNECTOR_OK, "%s", err.message);
    return connector;
}

void feed(int n) {
    const mood_setting write[] = {{"brokers", brokers, false}, {"output", input, false}};
    const mood_connector_config writing = {.size = sizeof writing, .settings = write, .setting_count = 2};
    mood_connector *connector;
    mood_error err;
    ck_assert_msg(type->open(&writing, &connector, &err) == MOOD_CONNECTOR_OK, "%s", err.message);
    for (int i = 0; i < n; i++) {
        char key[16], value[32];
        snprintf(key, sizeof key, "%d", i);
        snprintf(value, sizeof value, "text %d", i);
        mood_output one = MOOD_OUTPUT;
        one.key = key, one.key_size = strlen(key);
        one.value = value, one.value_size = strlen(value);
        ck_assert_int_eq(type->publish(connector, &one, &err), MOOD_CONNECTOR_OK);
    }
    ck_assert_msg(type->close(connector, 20000, &err) == MOOD_CONNECTOR_OK, "%s", err.message);
}

void close_connector(mood_connector *connector) {
    type->close(connector, 20000, NULL);
}

/* ---- a whole stream, with a scorer of the test ------------------------------------------------------------- */

static mood_status test_score(void *user, const mood_text *texts, size_t n, float *scores, mood_sequence_counts *counts,
                              mood_error *err) {
    (void)user, (void)counts, (void)err;
    for (size_t i = 0; i < n; i++)
        scores[i] = 1.0f / (float)(texts[i].size + 1);
    return MOOD_OK;
}

static const char *const test_labels[] = {"negative", "positive"};

static struct batch_scorer scorer = {
    .head = {.outputs = 1, .labels = 2, .activation = MOOD_LINEAR, .threshold = 0.5f, .probabilities = true},
    .labels = test_labels,
    .digest = "0123456789ab",
    .score = test_score};

mood_status run_stream(mood_stream_end *how, mood_error *err) {
    mood_stream_options options = MOOD_STREAM_OPTIONS;
    options.connector = type;
    options.settings = config.settings;
    options.setting_count = config.setting_count;
    options.properties = config.properties;
    options.property_count = config.property_count;
    options.guarantee = config.guarantee;
    options.batch = 100;
    options.log = on_log;
    return stream_run(&options, &scorer, NULL, how, err);
}

/* A separate client; the mock cluster's own client has no brokers. It joins no group, because that takes seconds. */
rd_kafka_t *open_looker(void) {
    char reason[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers, reason, sizeof reason);
    rd_kafka_conf_set(conf, "group.id", "looker", reason, sizeof reason); /* for requests only, without joining */
    rd_kafka_conf_set(conf, "enable.auto.commit", "false", reason, sizeof reason);
    rd_kafka_conf_set(conf, "enable.partition.eof", "true", reason, sizeof reason);
    rd_kafka_t *looker = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    ck_assert_ptr_nonnull(looker);
    return looker;
}

/* From its start; returns the number of partitions. */
static int assign_topic(rd_kafka_t *looker, const char *topic) {
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(looker, topic, NULL);
    ck_assert_int_eq(rd_kafka_metadata(looker, 0, handle, &metadata, 10000), 0);
    int partitions = metadata->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int i = 0; i < partitions; i++)
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    ck_assert_int_eq(rd_kafka_assign(looker, list), 0);
    rd_kafka_topic_partition_list_destroy(list);
    return partitions;
}

/* The number of keys 0 … n-1 that are in the output, and the total number of records. */
int count_output(int n, int *records) {
    rd_kafka_t *looker = open_looker();
    bool *seen = calloc((size_t)n, sizeof *seen);
    int different = 0;
    *records = 0;
    for (int left = assign_topic(looker, output); left > 0;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(looker, 10000);
        ck_assert_ptr_nonnull(message);
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            left--;
        else if (!message->err) {
            char key[16] = "";
            memcpy(key, message->key, message->key_len);
            int id = atoi(key);
            ck_assert(id >= 0 && id < n);
            different += !seen[id];
            seen[id] = true;
            ++*records;
        }
        rd_kafka_message_destroy(message);
    }
    rd_kafka_consumer_close(looker);
    rd_kafka_destroy(looker);
    free(seen);
    return different;
}
