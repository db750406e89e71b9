/* Topics of a real broker, for tests. */
#ifndef KAFKA_TOPICS_H
#define KAFKA_TOPICS_H

#include <librdkafka/rdkafka.h>

/* Returns once the broker tells of it. A test fails where it can't be made. */
void topic_make(rd_kafka_t *client, const char *name, int partitions);

#endif
