/* Topics of a real broker, for tests. */
#include <check.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>

#include "kafka_topics.h"
#include "base/clock.h"

enum { PATIENCE_MS = 30000, KNOWN_S = 15, LOOK_MS = 500, LOOK_AGAIN_MS = 20 };

static void create(rd_kafka_t *client, const char *name, int partitions) {
    char reason[512];
    size_t count;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, partitions, 1, reason, sizeof reason);
    ck_assert_msg(topic != NULL, "%s", reason);
    rd_kafka_CreateTopics(client, &topic, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, PATIENCE_MS);
    ck_assert_ptr_nonnull(event);
    ck_assert_msg(!rd_kafka_event_error(event), "%s", rd_kafka_event_error_string(event));
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    ck_assert_uint_eq(count, 1);
    ck_assert_msg(!rd_kafka_topic_result_error(results[0]), "%s", rd_kafka_topic_result_error_string(results[0]));
    rd_kafka_event_destroy(event);
    rd_kafka_NewTopic_destroy(topic);
    rd_kafka_queue_destroy(queue);
}

static bool is_whole(const struct rd_kafka_metadata_topic *topic, int partitions) {
    bool whole = !topic->err && topic->partition_cnt == partitions;
    for (int i = 0; whole && i < partitions; i++)
        whole = !topic->partitions[i].err && topic->partitions[i].leader >= 0;
    return whole;
}

/* Requests the metadata of all topics, as the connector does: a client caches for a second that a topic does not
 * exist. */
static bool is_known(rd_kafka_t *client, const char *name, int partitions) {
    const struct rd_kafka_metadata *metadata;
    bool known = false;
    if (rd_kafka_metadata(client, 1, NULL, &metadata, LOOK_MS))
        return false;
    for (int i = 0; i < metadata->topic_cnt; i++)
        known = known || (strcmp(metadata->topics[i].topic, name) == 0 && is_whole(&metadata->topics[i], partitions));
    rd_kafka_metadata_destroy(metadata);
    return known;
}

/* A topic is created at the controller, and the broker learns of it later, on a busy machine possibly after a test
 * has used it. */
void topic_make(rd_kafka_t *client, const char *name, int partitions) {
    create(client, name, partitions);
    for (double start = clock_seconds(); !is_known(client, name, partitions); poll(NULL, 0, LOOK_AGAIN_MS))
        ck_assert_msg(clock_seconds() - start < KNOWN_S, "the broker does not tell of the topic '%s'", name);
}
