/* Reading: the group's consumer, and its events for the host. */
#ifndef KAFKA_CONSUMER_H
#define KAFKA_CONSUMER_H

#include "assignment.h"
#include "clients.h"
#include "commits.h"
#include "tracker.h"

struct consumer {
    struct clients *clients; /* clients->consumer is librdkafka's */
    struct tracker *tracker;
    struct assignment assignment;
    struct commits commits;
    bool subscribed;
    bool reported;        /* the pending revocation or loss was reported to the host */
    mood_record *records; /* [record_capacity], of the newest event */
    size_t record_capacity;
    mood_position *positions; /* [position_capacity], of the newest event */
    size_t position_capacity;
    uint64_t received;
};

/* Connect the parts; clients and tracker are set. Call consumer_free after a failure, too. */
mood_status consumer_init(struct consumer *consumer, mood_error *err);
mood_status consumer_open(struct consumer *consumer, const mood_connector_config *config, mood_error *err);
/* Destroys the client, which may wait for its threads. */
void consumer_free(struct consumer *consumer);

/* mood_connector_type.poll. */
void consumer_poll(struct consumer *consumer, size_t max_records, int timeout_ms, mood_event *event);

/* The connector fails if the input topic was deleted. */
void consumer_check_input(struct consumer *consumer);

/* Commit everything that can be committed, for the last time; not after `end` [clock_ms]. Not OK: offsets were not
 * committed. */
mood_connector_result consumer_commit(struct consumer *consumer, int64_t end, mood_error *err);

/* Leave the group; call after consumer_commit. Returns by `end` [clock_ms] unless librdkafka blocks: after the input
 * topic was deleted, rd_kafka_assign can block forever (observed with 2.0.2). */
void consumer_leave(struct consumer *consumer, int64_t end);

#endif
