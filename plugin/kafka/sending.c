/* Offsets that are being added to a transaction.
 *
 * librdkafka 2.0 waits for a group coordinator that does not respond, regardless of the timeout. So a thread waits
 * for librdkafka, and the connector waits for the thread, within its time. Meanwhile nothing else is done with the
 * transaction. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "sending.h"

struct sending {
    rd_kafka_t *producer;
    rd_kafka_topic_partition_list_t *offsets;
    rd_kafka_consumer_group_metadata_t *group;
    int timeout_ms;
    pthread_t thread;
    rd_kafka_error_t *error; /* belongs to the thread until it is joined */
};

static void *send_offsets(void *user) {
    struct sending *sending = user;
    sending->error =
        rd_kafka_send_offsets_to_transaction(sending->producer, sending->offsets, sending->group, sending->timeout_ms);
    return NULL;
}

struct sending *sending_start(rd_kafka_t *producer, rd_kafka_topic_partition_list_t *offsets,
                              rd_kafka_consumer_group_metadata_t *group, int timeout_ms) {
    struct sending *sending = calloc(1, sizeof *sending);
    if (sending)
        *sending = (struct sending){.producer = producer, .offsets = offsets, .group = group, .timeout_ms = timeout_ms};
    if (sending && pthread_create(&sending->thread, NULL, send_offsets, sending) == 0)
        return sending;
    free(sending);
    rd_kafka_topic_partition_list_destroy(offsets);
    rd_kafka_consumer_group_metadata_destroy(group);
    return NULL;
}

/* After the thread was joined. */
static rd_kafka_error_t *take_result(struct sending **sending) {
    rd_kafka_error_t *error = (*sending)->error;
    rd_kafka_topic_partition_list_destroy((*sending)->offsets);
    rd_kafka_consumer_group_metadata_destroy((*sending)->group);
    free(*sending);
    *sending = NULL;
    return error;
}

static void discard(rd_kafka_error_t *error) {
    if (error)
        rd_kafka_error_destroy(error);
}

static struct timespec time_after(int timeout_ms) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += timeout_ms / 1000;
    time.tv_nsec += timeout_ms % 1000 * 1000000L;
    if (time.tv_nsec >= 1000000000) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000;
    }
    return time;
}

bool sending_await(struct sending **sending, int timeout_ms, rd_kafka_error_t **error) {
    if (!*sending)
        return true;
    struct timespec end = time_after(timeout_ms);
    if (pthread_clockjoin_np((*sending)->thread, NULL, CLOCK_MONOTONIC, &end) != 0)
        return false;
    rd_kafka_error_t *result = take_result(sending);
    if (error)
        *error = result;
    else
        discard(result);
    return true;
}

void sending_end(struct sending **sending) {
    if (!*sending)
        return;
    pthread_join((*sending)->thread, NULL);
    discard(take_result(sending));
}
