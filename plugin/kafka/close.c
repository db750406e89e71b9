/* Closing within one deadline: deliver, commit, leave, release.
 *
 * librdkafka joins its threads when a client is destroyed, and they may take as long as a request to a hanging
 * broker, or for ever where the topic was deleted under a consumer (2.0.2). So a thread of its own destroys the
 * clients. It owns all that their callbacks touch, and is left behind with it when the time is over. */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "kafka.h"

/* Releasing takes a few milliseconds where nothing hangs: it gets those even when no time is left. */
enum { STEP_MS = 50, RELEASE_MS = 200, LOOK_MS = 2 };

static void *release(void *user) {
    mood_connector *kafka = user;
    sending_end(kafka);
    producer_destroy(kafka);
    commits_close(kafka);
    if (kafka->consumer) /* it has left its group, or had its time */
        rd_kafka_destroy_flags(kafka->consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    if (kafka->owned)
        rd_kafka_topic_partition_list_destroy(kafka->owned);
    if (kafka->pending_list)
        rd_kafka_topic_partition_list_destroy(kafka->pending_list);
    targets_free(kafka);
    tracker_destroy(kafka->tracker);
    settings_clear(&kafka->settings);
    free(kafka->records);
    free(kafka->positions);
    free(kafka->partitions);
    free(kafka->read);
    free(kafka);
    return NULL;
}

static void release_until(mood_connector *kafka, int64_t end) {
    pthread_t thread;
    kafka->log = NULL; /* the host's, which may be gone before the thread is */
    kafka->stop = NULL;
    if (pthread_create(&thread, NULL, release, kafka) != 0) {
        release(kafka);
        return;
    }
    while (pthread_tryjoin_np(thread, NULL) != 0) {
        if (clock_ms() >= end) {
            pthread_detach(thread);
            return;
        }
        poll(NULL, 0, LOOK_MS);
    }
}

/* One failure does not hold the others' deliveries up. */
static mood_connector_result deliver(mood_connector *kafka, int64_t end, mood_error *err) {
    mood_connector_result result;
    do {
        int64_t left = end - clock_ms();
        result = producer_flush(kafka, left > STEP_MS ? STEP_MS : left > 0 ? (int)left : 0, err);
    } while (kafka->producer && rd_kafka_outq_len(kafka->producer) > 0 && clock_ms() < end && !kafka_hurried(kafka));
    return result;
}

mood_connector_result kafka_close(mood_connector *kafka, int timeout_ms, mood_error *err) {
    if (!kafka)
        return MOOD_CONNECTOR_OK;
    int64_t start = clock_ms(), end = start + timeout_ms;
    transaction_close(kafka, start + timeout_ms / 2);
    mood_connector_result result = deliver(kafka, kafka->consumer ? start + timeout_ms / 2 : end, err);
    mood_error late = {0};
    kafka->closing = true;
    mood_connector_result left = consumer_leave(kafka, end - timeout_ms / 4, end - timeout_ms / 8, &late);
    if (result == MOOD_CONNECTOR_OK && left != MOOD_CONNECTOR_OK) {
        result = left == MOOD_CONNECTOR_ABORT ? MOOD_CONNECTOR_RETRY : left; /* what was not committed comes again */
        if (err)
            *err = late;
    }
    int64_t least = clock_ms() + RELEASE_MS;
    release_until(kafka, kafka_hurried(kafka) || end < least ? least : end);
    return result;
}
