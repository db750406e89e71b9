/* Exactly-once: outputs and offsets become visible together, or not at all. Without exactly-once these functions do
 * nothing. */
#ifndef STREAM_EXACTLY_ONCE_H
#define STREAM_EXACTLY_ONCE_H

#include "stream/run.h"

/* Begin a transaction if none is open. While that is impossible, the group's events are handled. */
mood_status exactly_once_begin(struct run *run, mood_error *err);

/* Commit the transaction when it is due, abort it when it is broken. idle: no input is waiting, so it is due. */
mood_status exactly_once_settle(struct run *run, bool idle, mood_error *err);

#endif
