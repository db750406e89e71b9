/* The state of the open transaction of an exactly-once stream. exactly_once.c begins, commits and aborts it. Without
 * exactly-once no transaction is ever open, and these functions do nothing. */
#ifndef STREAM_TRANSACTION_H
#define STREAM_TRANSACTION_H

#include "stream/batch.h"
#include "stream/channel.h"
#include "stream/positions.h"

struct transaction {
    struct channel *channel;
    bool open;
    bool broken;            /* it can only be aborted */
    bool waiting;           /* a message that no transaction can begin yet was logged */
    struct positions begin; /* by partition: the position of its first record in the transaction */
    double start;           /* arrival of its first record [clock_seconds]; valid if it has content */
    double pause;           /* after the newest abort [s]; 0: the newest transaction was committed */
};

/* Whether the stream is exactly-once. */
bool transaction_wanted(const struct transaction *transaction);

bool transaction_has_content(const struct transaction *transaction);

/* The time at which the transaction should be committed [clock_seconds]; 0: it has no content. */
double transaction_due(const struct transaction *transaction);

/* Add the batch. */
mood_status transaction_add(struct transaction *transaction, const struct batch *batch, mood_error *err);

/* Mark the transaction as broken: it can only be aborted. The reason is logged once. */
void transaction_break(struct transaction *transaction, const char *reason);

/* Whether the connector's result was ABORT and a transaction is open; if so, it is broken. */
bool transaction_breaks(struct transaction *transaction, mood_connector_result result, const mood_error *reason);

/* These partitions were lost: break the transaction if it has records of them, because published
 * outputs cannot be removed from it. */
void transaction_lose(struct transaction *transaction, const mood_position *partitions, size_t n);

/* Call after the transaction was committed or aborted. */
void transaction_reset(struct transaction *transaction);

#endif
