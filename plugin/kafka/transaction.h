/* Exactly-once: transactions with outputs and the group's offsets. */
#ifndef KAFKA_TRANSACTION_H
#define KAFKA_TRANSACTION_H

#include "assignment.h"
#include "clients.h"
#include "producer.h"
#include "sending.h"

enum transaction_state { TRANSACTION_NONE, TRANSACTION_OPEN, TRANSACTION_OFFSETS_SENT };

struct transaction {
    struct clients *clients;
    struct producer *producer;
    struct assignment *assignment;
    enum transaction_state state;
    struct sending *sending; /* offsets that are being added; NULL: none */
    uint64_t outputs;        /* published since it began */
    uint64_t committed;      /* outputs of committed transactions */
    bool in_doubt;           /* unknown whether the newest transaction was committed: the group's offsets show it */
};

/* mood_connector_type.begin, .publish, .commit and .abort of an exactly-once connector. */
mood_connector_result transaction_begin(struct transaction *transaction, mood_error *err);
mood_connector_result transaction_publish(struct transaction *transaction, const mood_output *output, mood_error *err);
mood_connector_result transaction_commit(struct transaction *transaction, const mood_position *positions, size_t n,
                                         int timeout_ms, mood_error *err);
mood_connector_result transaction_abort(struct transaction *transaction, int timeout_ms, mood_error *err);

/* Abort the open transaction, not after this time [clock_ms]. */
void transaction_close(struct transaction *transaction, int64_t end);

#endif
