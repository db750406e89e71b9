/* Tracks outputs in flight by their input records, and thus the position of each partition that may be committed:
 * never after a record whose output is not delivered. */
#ifndef KAFKA_TRACKER_H
#define KAFKA_TRACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tracker;
struct delivery; /* one output in flight */

/* NULL: out of memory. */
struct tracker *tracker_create(void);

/* All delivery reports must have been served before. NULL is allowed. */
void tracker_destroy(struct tracker *tracker);

/* Add an output of that partition's record. NULL: out of memory. */
struct delivery *tracker_add(struct tracker *tracker, int32_t partition, int64_t offset);

/* The partition of the input record. */
int32_t tracker_partition(const struct delivery *delivery);
int64_t tracker_offset(const struct delivery *delivery);

/* The output was delivered. Releases delivery. */
void tracker_done(struct tracker *tracker, struct delivery *delivery);

/* The output failed permanently: the position stays before it until the partition is forgotten. */
void tracker_failed(struct tracker *tracker, struct delivery *delivery);

/* The output was not sent: remove the newest delivery of its partition. */
void tracker_take_back(struct tracker *tracker, struct delivery *delivery);

/* The host has finished all records of that partition before position. False: out of memory. */
bool tracker_acknowledge(struct tracker *tracker, int32_t partition, int64_t position);

/* The next offset that may be committed: the acknowledged position, but not after the oldest output in flight. -1:
 * none. */
int64_t tracker_position(const struct tracker *tracker, int32_t partition);

/* The next partition whose position has grown since it was last taken; false: none (left). */
bool tracker_take(struct tracker *tracker, int32_t *partition, int64_t *position);

/* The taken position was not committed: it can be taken again. */
void tracker_take_again(struct tracker *tracker, int32_t partition);

/* The partition was revoked: its outputs in flight are still completed, but are not counted. */
void tracker_forget(struct tracker *tracker, int32_t partition);

/* Number of outputs in flight for assigned partitions. */
size_t tracker_outstanding(const struct tracker *tracker);

#endif
