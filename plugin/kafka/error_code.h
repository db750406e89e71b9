/* The meaning of librdkafka's error codes. */
#ifndef KAFKA_ERROR_CODE_H
#define KAFKA_ERROR_CODE_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* True if a retry, also in another transaction, cannot succeed. */
bool error_is_final(rd_kafka_resp_err_t code);

/* True if the brokers do not accept the producer's epoch any more. */
bool error_is_epoch(rd_kafka_resp_err_t code);

/* To append to a message: the permission or limit to change; empty if there is none. */
const char *error_advice(rd_kafka_resp_err_t code);

#endif
