/* From librdkafka's messages to records of the host. */
#ifndef KAFKA_RECORDS_H
#define KAFKA_RECORDS_H

#include <librdkafka/rdkafka.h>

#include "mood/connector.h"

/* Fill a record, which takes ownership of the message; *bytes grows by its size. False: out of memory; the message
 * stays the caller's. */
bool record_fill(mood_record *record, rd_kafka_message_t *message, size_t *bytes);

/* mood_connector_type.release. */
void records_release(const mood_record *records, size_t n);

#endif
