/* Output: publish one record, waiting for room, or until all are delivered. */
#ifndef STREAM_OUTLET_H
#define STREAM_OUTLET_H

#include "result.h"
#include "stream/batch_scorer.h"
#include "stream/intake.h"

struct outlet {
    struct intake *intake;
    const struct batch_scorer *scorer;
    const mood_replay *replay; /* NULL: a stream */
    struct result_writer writer;
    struct bytes value; /* of the output that is being made */
    mood_header *headers;
    size_t header_capacity;
};

/* Call outlet_clear after a failure, too. */
mood_status outlet_init(struct outlet *outlet, struct intake *intake, const struct batch_scorer *scorer,
                        const mood_replay *replay, mood_error *err);
void outlet_clear(struct outlet *outlet);

/* The result of sending an output. SENT_NOT: the deadline has expired, or the transaction is broken; no further output
 * of this batch is sent. */
enum sent { SENT_OK, SENT_REJECTED, SENT_LOST, SENT_NOT };

/* Publish the output of item number `index` of the batch. SENT_REJECTED: the item has the reason. */
mood_status outlet_score(struct outlet *outlet, size_t index, enum sent *sent, mood_error *err);
mood_status outlet_tombstone(struct outlet *outlet, size_t index, enum sent *sent, mood_error *err);
mood_status outlet_dead_letter(struct outlet *outlet, size_t index, enum sent *sent, mood_error *err);
mood_status outlet_replay(struct outlet *outlet, size_t index, enum sent *sent, mood_error *err);

/* Wait until all outputs are delivered, the deadline expires, or `end` [clock_seconds; 0: none] has passed. */
mood_status outlet_flush(struct outlet *outlet, double end, bool *flushed, mood_error *err);

#endif
