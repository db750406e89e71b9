/* Known faults of librdkafka's releases. */
#ifndef KAFKA_VERSIONS_H
#define KAFKA_VERSIONS_H

#include "clients.h"

/* Log the faults of the librdkafka in use that concern these settings. */
void versions_warn(const struct clients *clients);

/* To append to the message of a refused login: a fault that may be the cause; empty if there is none. */
const char *versions_refusal(const rd_kafka_t *client);

#endif
