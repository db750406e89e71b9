/* Topics of a real broker, for tests. */
#ifndef KAFKA_TOPICS_H
#define KAFKA_TOPICS_H

#include <librdkafka/rdkafka.h>

/* Returns when the broker knows the topic. If it can't be created, the test fails. */
void topic_make(rd_kafka_t *client, const char *name, int partitions);

#endif
