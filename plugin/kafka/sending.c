/* Positions on their way into a transaction.
 *
 * librdkafka 2.0 waits for a group coordinator that hangs as long as it hangs, whatever time-out it is given. So a thread
 * waits for librdkafka, and we wait for the thread, as long as we have time; while one is under way, nothing else is done
 * with the transaction. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "kafka.h"

struct sending {
    rd_kafka_t *producer;
    rd_kafka_topic_partition_list_t *positions;
    rd_kafka_consumer_group_metadata_t *group;
    int timeout_ms;
    pthread_t thread;
    rd_kafka_error_t *error; /* the thread's, until it is joined */
};

static void *carry_out(void *user) {
    struct sending *sending = user;
    sending->error = rd_kafka_send_offsets_to_transaction(sending->producer, sending->positions, sending->group,
                                                          sending->timeout_ms);
    return NULL;
}

bool sending_start(mood_connector *kafka, rd_kafka_topic_partition_list_t *positions,
                   rd_kafka_consumer_group_metadata_t *group, int timeout_ms) {
    struct sending *sending = calloc(1, sizeof *sending);
    if (sending)
        *sending = (struct sending){kafka->producer, positions, group, timeout_ms, 0, NULL};
    if (sending && pthread_create(&sending->thread, NULL, carry_out, sending) == 0) {
        kafka->sending = sending;
        return true;
    }
    free(sending);
    rd_kafka_topic_partition_list_destroy(positions);
    rd_kafka_consumer_group_metadata_destroy(group);
    return false;
}

static rd_kafka_error_t *take_down(mood_connector *kafka) {
    rd_kafka_error_t *error = kafka->sending->error;
    rd_kafka_topic_partition_list_destroy(kafka->sending->positions);
    rd_kafka_consumer_group_metadata_destroy(kafka->sending->group);
    free(kafka->sending);
    kafka->sending = NULL;
    return error;
}

static void discard(rd_kafka_error_t *error) {
    if (error)
        rd_kafka_error_destroy(error);
}

bool sending_await(mood_connector *kafka, int timeout_ms, rd_kafka_error_t **error) {
    struct timespec until;
    if (!kafka->sending)
        return true;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    if (pthread_clockjoin_np(kafka->sending->thread, NULL, CLOCK_MONOTONIC, &until) != 0)
        return false;
    rd_kafka_error_t *came = take_down(kafka);
    if (error)
        *error = came;
    else
        discard(came);
    return true;
}

void sending_end(mood_connector *kafka) {
    if (!kafka->sending)
        return;
    pthread_join(kafka->sending->thread, NULL);
    discard(take_down(kafka));
}
