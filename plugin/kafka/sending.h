/* Offsets that are being added to a transaction, by a thread. */
#ifndef KAFKA_SENDING_H
#define KAFKA_SENDING_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

struct sending;

/* Takes ownership of offsets and group. NULL: out of memory, or no thread; nothing was sent. */
struct sending *sending_start(rd_kafka_t *producer, rd_kafka_topic_partition_list_t *offsets,
                              rd_kafka_consumer_group_metadata_t *group, int timeout_ms);

/* False: not finished within the time. Otherwise *sending is NULL, and *error (NULL: not needed) is new, or NULL if it
 * succeeded. If *sending is NULL already, *error is unchanged. */
bool sending_await(struct sending **sending, int timeout_ms, rd_kafka_error_t **error);

/* Wait without a time limit. */
void sending_end(struct sending **sending);

#endif
