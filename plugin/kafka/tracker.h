/* Which outputs are on their way, by the input record that they come from, and so up to where each
 * partition's position may be committed: never past a record whose output is not delivered. */
#ifndef KAFKA_TRACKER_H
#define KAFKA_TRACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tracker;
struct delivery; /* one output on its way */

/* NULL: out of memory. */
struct tracker *tracker_create(void);

/* Deliveries whose report is still to come must not be: serve them before. NULL is fine. */
void tracker_destroy(struct tracker *tracker);

/* An output of that partition's record sets out. NULL: out of memory. */
struct delivery *tracker_add(struct tracker *tracker, int32_t partition, int64_t offset);

/* Which record's output it is. */
int32_t tracker_partition(const struct delivery *delivery);
int64_t tracker_offset(const struct delivery *delivery);

/* It arrived; releases it. */
void tracker_done(struct tracker *tracker, struct delivery *delivery);

/* It will never arrive: its partition's position stays before it, for as long as the partition is here. */
void tracker_failed(struct tracker *tracker, struct delivery *delivery);

/* It never set out after all: the newest one of its partition, taken back. */
void tracker_take_back(struct tracker *tracker, struct delivery *delivery);

/* The host is done with everything of that partition before position. False: out of memory. */
bool tracker_acknowledge(struct tracker *tracker, int32_t partition, int64_t position);

/* The next offset that may be committed: the acknowledged position, but not past the oldest output on its
 * way. -1: none. */
int64_t tracker_position(const struct tracker *tracker, int32_t partition);

/* A partition whose position has grown since it was last taken; false when there is none (more). */
bool tracker_take(struct tracker *tracker, int32_t *partition, int64_t *position);

/* What was taken of the partition was not committed: it can be taken again. */
void tracker_take_again(struct tracker *tracker, int32_t partition);

/* The partition went away: what is on its way still gets done, but counts for nothing. */
void tracker_forget(struct tracker *tracker, int32_t partition);

/* Outputs on their way whose partition is still here. */
size_t tracker_outstanding(const struct tracker *tracker);

#endif
