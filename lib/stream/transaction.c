/* The state of the open transaction. */
#include "base/clock.h"
#include "base/errors.h"
#include "stream/transaction.h"

static const double max_duration = 0.1; /* [s] */

bool transaction_wanted(const struct transaction *transaction) {
    return transaction->channel->options->guarantee == MOOD_EXACTLY_ONCE;
}

bool transaction_has_content(const struct transaction *transaction) {
    return transaction->open && transaction->begin.count > 0;
}

/* If a batch may wait for longer, so may the transaction. */
double transaction_due(const struct transaction *transaction) {
    double wait = transaction->channel->options->wait_ms / 1e3;
    return transaction_has_content(transaction) ? transaction->start + (wait > max_duration ? wait : max_duration) : 0;
}

mood_status transaction_add(struct transaction *transaction, const struct batch *batch, mood_error *err) {
    if (!transaction_wanted(transaction))
        return MOOD_OK;
    if (transaction->begin.count == 0)
        transaction->start = clock_seconds();
    return batch_first_positions(batch, 0, &transaction->begin) ? MOOD_OK : error_no_memory(err);
}

void transaction_break(struct transaction *transaction, const char *reason) {
    if (!transaction->broken)
        channel_log(transaction->channel, MOOD_LOG_NOTE, "a transaction is aborted, its records will be read again: %s",
                    reason);
    transaction->broken = true;
}

bool transaction_breaks(struct transaction *transaction, mood_connector_result result, const mood_error *reason) {
    if (result != MOOD_CONNECTOR_ABORT || !transaction->open)
        return false;
    transaction_break(transaction, reason->message);
    return true;
}

void transaction_lose(struct transaction *transaction, const mood_position *partitions, size_t n) {
    for (size_t i = 0; i < transaction->begin.count; i++)
        if (position_is_of(&transaction->begin.list[i], partitions, n))
            transaction_break(transaction, "partitions were revoked or lost before it was committed");
}

void transaction_reset(struct transaction *transaction) {
    positions_empty(&transaction->begin);
    transaction->open = transaction->broken = false;
}
