/* Input: fill a batch by count and time, and handle the connector's other events. */
#ifndef STREAM_INTAKE_H
#define STREAM_INTAKE_H

#include "stream/batch.h"
#include "stream/channel.h"
#include "stream/transaction.h"

struct intake {
    struct channel *channel;
    struct batch *batch;
    struct transaction *transaction;
    struct positions *finished; /* see struct run */
    double revoke_end; /* when revoked partitions have to be handed over [clock_seconds]; 0: none are revoked */
    bool ended;        /* the input has ended */
};

/* Read until the batch is full, its time limit has passed, or an event has to be handled. The batch may stay empty. */
mood_status intake_collect(struct intake *intake, mood_error *err);

/* While no records can be accepted: pause the connector, if it can (*paused: it is), and handle its events, so that it
 * stays a member of its group. */
mood_status intake_watch_paused(struct intake *intake, bool *paused, mood_error *err);
mood_status intake_resume(struct intake *intake, mood_error *err);

/* Drop these partitions, which belong to another member now. */
void intake_give_up(struct intake *intake, const mood_position *partitions, size_t n);

/* Whether the time for handing over revoked partitions has passed. */
bool intake_revoke_expired(const struct intake *intake);

#endif
