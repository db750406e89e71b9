/* Writing: an idempotent producer, which a new one can replace in the middle of a stream. */
#ifndef KAFKA_PRODUCER_H
#define KAFKA_PRODUCER_H

#include "clients.h"
#include "targets.h"
#include "tracker.h"

struct producer {
    struct clients *clients; /* clients->producer is the current one */
    struct tracker *tracker;
    struct targets targets;
    rd_kafka_conf_t *conf; /* to create a replacement; NULL: a producer is not replaced */
    bool registered;       /* the transactional id is registered (init_transactions) */
    bool unusable;         /* only a replacement can continue; see unusable_reason */
    char unusable_reason[512];
    int replacements; /* since a transaction was last committed */
    uint64_t published, delivered, failed;
};

/* clients and tracker are set. Call producer_destroy after a failure, too. */
mood_status producer_open(struct producer *producer, const mood_connector_config *config, mood_error *err);

/* Drops outputs that are not delivered. May wait for requests to brokers. */
void producer_destroy(struct producer *producer);

/* mood_connector_type.publish and .flush. ABORT while the producer is not unusable: the transaction accepts no more
 * outputs. */
mood_connector_result producer_publish(struct producer *producer, const mood_output *output, mood_error *err);
mood_connector_result producer_flush(struct producer *producer, int timeout_ms, mood_error *err);

/* Handle delivery reports and log lines. */
void producer_serve(struct producer *producer, int timeout_ms);

/* The producer is unusable. ABORT: it can be replaced after the transaction is aborted. Otherwise the connector has
 * failed. */
mood_connector_result producer_mark_unusable(struct producer *producer, const char *reason, mood_error *err);

/* If it is unusable, replace it. The new one registers the same transactional id, which ends the transaction that is
 * open under it: it is aborted, or was committed and only the response was lost. Not OK: the connector has failed. */
mood_connector_result producer_replace(struct producer *producer, mood_error *err);

#endif
