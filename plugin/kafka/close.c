/* Closing within one deadline: deliver, commit, leave the group, release.
 *
 * Leaving the group and destroying a client wait for librdkafka's own threads: as long as a request to a broker that
 * does not respond, or forever if the topic of a consumer was deleted (librdkafka 2.0.2). Therefore a separate thread
 * leaves and destroys. It owns everything that it and the clients' callbacks use, and is detached when the deadline has
 * passed. */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "clock.h"
#include "close.h"
#include "connector.h"

/* Leaving and releasing take a few milliseconds if all brokers respond. They get RELEASE_MS even when no time is left. */
enum { FLUSH_MS = 50, RELEASE_MS = 200, JOIN_WAIT_MS = 2 };

static void *leave_and_release(void *user) {
    mood_connector *kafka = user;
    consumer_leave(&kafka->consumer, kafka->leave_end);
    sending_end(&kafka->transaction.sending);
    producer_destroy(&kafka->producer);
    consumer_free(&kafka->consumer);
    tracker_destroy(kafka->tracker);
    settings_clear(&kafka->clients.settings);
    free(kafka->partitions);
    free(kafka);
    return NULL;
}

/* Wait until `end` [clock_ms], or until RELEASE_MS after the host was asked to stop at once if that is earlier. */
static void leave_and_release_until(mood_connector *kafka, int64_t end) {
    const struct clients host = {.stop = kafka->clients.stop};
    pthread_t thread;
    kafka->clients.log = NULL; /* the host may be destroyed before the thread ends */
    kafka->clients.stop = NULL;
    if (clients_hurried(&host))
        kafka->leave_end = 0;
    if (pthread_create(&thread, NULL, leave_and_release, kafka) != 0) {
        leave_and_release(kafka);
        return;
    }
    while (pthread_tryjoin_np(thread, NULL) != 0) {
        int64_t now = clock_ms();
        if (clients_hurried(&host) && end > now + RELEASE_MS)
            end = now + RELEASE_MS;
        if (now >= end) {
            pthread_detach(thread);
            return;
        }
        poll(NULL, 0, JOIN_WAIT_MS);
    }
}

/* The failure of one output does not end the delivery of the others. */
static mood_connector_result deliver(mood_connector *kafka, int64_t end, mood_error *err) {
    const struct clients *clients = &kafka->clients;
    mood_connector_result result;
    do {
        int left = clock_left_ms(end);
        result = producer_flush(&kafka->producer, left < FLUSH_MS ? left : FLUSH_MS, err);
    } while (clients->producer && rd_kafka_outq_len(clients->producer) > 0 && clock_ms() < end &&
             !clients_hurried(clients));
    return result;
}

mood_connector_result kafka_close(mood_connector *kafka, int timeout_ms, mood_error *err) {
    if (!kafka)
        return MOOD_CONNECTOR_OK;
    struct clients *clients = &kafka->clients;
    int64_t start = clock_ms(), end = start + timeout_ms;
    transaction_close(&kafka->transaction, start + timeout_ms / 2);
    mood_connector_result result = deliver(kafka, clients->consumer ? start + timeout_ms / 2 : end, err);
    mood_error failure = {0};
    clients->closing = true;
    mood_connector_result committed = consumer_commit(&kafka->consumer, end - timeout_ms / 4, &failure);
    if (committed == MOOD_CONNECTOR_ABORT)
        committed = MOOD_CONNECTOR_RETRY; /* uncommitted records are read again */
    if (result == MOOD_CONNECTOR_OK && committed != MOOD_CONNECTOR_OK) {
        result = committed;
        if (err)
            *err = failure;
    }
    kafka->leave_end = end - timeout_ms / 8;
    int64_t earliest = (clock_ms() > kafka->leave_end ? clock_ms() : kafka->leave_end) + RELEASE_MS;
    leave_and_release_until(kafka, end < earliest ? earliest : end);
    return result;
}
