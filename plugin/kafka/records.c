/* From librdkafka's messages to records of the host. */
#include <stdlib.h>

#include "records.h"

/* A record's message, and its headers in the host's form. */
struct held {
    rd_kafka_message_t *message;
    mood_header headers[];
};

/* *bytes: key, value and headers. */
static struct held *hold(rd_kafka_message_t *message, size_t *header_count, size_t *bytes) {
    rd_kafka_headers_t *headers = NULL;
    size_t count = rd_kafka_message_headers(message, &headers) ? 0 : rd_kafka_header_cnt(headers);
    struct held *held = malloc(sizeof *held + count * sizeof *held->headers); /* count is the broker's: < 2^31 */
    if (!held)
        return NULL;
    held->message = message;
    *bytes = message->key_len + message->len;
    for (size_t i = 0; i < count; i++) {
        mood_header *header = &held->headers[i];
        if (rd_kafka_header_get_all(headers, i, &header->name, &header->value, &header->size))
            *header = (mood_header){"", NULL, 0};
        *bytes += header->size;
    }
    *header_count = count;
    return held;
}

bool record_fill(mood_record *record, rd_kafka_message_t *message, size_t *bytes) {
    size_t header_count, size;
    struct held *held = hold(message, &header_count, &size);
    if (!held)
        return false;
    rd_kafka_timestamp_type_t type;
    int64_t timestamp = rd_kafka_message_timestamp(message, &type);
    *record = (mood_record){
        .position = {rd_kafka_topic_name(message->rkt), message->partition, message->offset},
        .key = message->key,
        .key_size = message->key_len,
        .value = message->payload,
        .value_size = message->len,
        .timestamp = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp,
        .headers = held->headers,
        .header_count = header_count,
        .held = held,
    };
    *bytes += size;
    return true;
}

void records_release(const mood_record *records, size_t n) {
    for (size_t i = 0; i < n; i++) {
        struct held *held = records[i].held;
        rd_kafka_message_destroy(held->message);
        free(held);
    }
}
