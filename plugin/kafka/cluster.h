/* Queries to the brokers: whether they are available, and which topics exist. */
#ifndef KAFKA_CLUSTER_H
#define KAFKA_CLUSTER_H

#include "clients.h"

/* Numbers of partitions; 0: the setting has no such topic. */
struct topic_sizes {
    int32_t input, output, dead_letters;
};

/* Wait until a broker responds and the topics of the settings exist. Errors: MOOD_ERR_CONNECTOR, MOOD_ERR_STOPPED. */
mood_status cluster_check(struct clients *clients, struct topic_sizes *sizes, mood_error *err);

/* The number of partitions of a topic that an output names. RETRY: no response yet. REJECTED: there is no such topic.
 */
mood_connector_result cluster_count_partitions(const struct clients *clients, const char *topic, int32_t *count,
                                               mood_error *err);

/* True if the brokers respond that the input topic does not exist. */
bool cluster_lacks_input(const struct clients *clients);

#endif
