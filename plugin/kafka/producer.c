/* Writing: an idempotent producer whose delivery reports move the positions. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kafka.h"

/* ---- delivery reports -------------------------------------------------------------------------------- */

/* It is too late to put the record aside: outputs behind it are on their way, and others of the same produce
 * request fail with it. */
static void fail_delivery(mood_connector *kafka, const rd_kafka_message_t *message) {
    const struct delivery *delivery = message->_private;
    char source[512] = "an output";
    if (delivery)
        snprintf(source, sizeof source, "the output of %s/%d/%lld", kafka->settings.input, tracker_partition(delivery),
                 (long long)tracker_offset(delivery));
    kafka_fail(kafka, MOOD_CONNECTOR_FATAL, "%s could not be delivered to '%s'/%d: %s%s", source,
               rd_kafka_topic_name(message->rkt), message->partition, rd_kafka_err2str(message->err),
               kafka_advice(message->err));
}

static void report(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque) {
    mood_connector *kafka = opaque;
    struct delivery *delivery = message->_private;
    (void)producer;
    if (!message->err) {
        kafka->delivered++;
        if (delivery)
            tracker_done(kafka->tracker, delivery);
        return;
    }
    kafka->failed++;
    bool undone = kafka->settings.guarantee == MOOD_EXACTLY_ONCE && !kafka_is_final(message->err);
    if (!kafka->closing && !undone)
        fail_delivery(kafka, message);
    if (delivery)
        tracker_failed(kafka->tracker, delivery); /* its record stays unacknowledged */
}

void producer_serve(mood_connector *kafka, int timeout_ms) {
    if (kafka->producer)
        rd_kafka_poll(kafka->producer, timeout_ms);
}

/* ---- open --------------------------------------------------------------------------------------------- */

/* Takes the configuration. */
static mood_status create(mood_connector *kafka, rd_kafka_conf_t *conf, mood_error *err) {
    char reason[512];
    kafka->producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (!kafka->producer) {
        rd_kafka_conf_destroy(conf);
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "the producer can't be set up: %s", reason);
    }
    rd_kafka_set_log_queue(kafka->producer, NULL);
    kafka_renew_tokens(kafka, kafka->producer);
    return MOOD_OK;
}

mood_status producer_open(mood_connector *kafka, const mood_connector_config *config, mood_error *err) {
    rd_kafka_conf_t *conf;
    mood_status status = settings_conf(config, &kafka->settings, RD_KAFKA_PRODUCER, &conf, err);
    if (status != MOOD_OK)
        return status;
    kafka_conf_callbacks(kafka, conf);
    rd_kafka_conf_set_dr_msg_cb(conf, report);
    if (kafka->settings.guarantee == MOOD_EXACTLY_ONCE)
        kafka->producer_conf = rd_kafka_conf_dup(conf);
    return create(kafka, conf, err);
}

/* ---- publish ------------------------------------------------------------------------------------------- */

/* NULL with *failed false: there are none. */
static rd_kafka_headers_t *make_headers(const mood_output *output, bool *failed) {
    *failed = false;
    if (output->header_count == 0)
        return NULL;
    rd_kafka_headers_t *headers = rd_kafka_headers_new(output->header_count);
    for (size_t i = 0; headers && i < output->header_count; i++) {
        const mood_header *header = &output->headers[i];
        if (rd_kafka_header_add(headers, header->name, -1, header->value, (ssize_t)header->size)) {
            rd_kafka_headers_destroy(headers);
            headers = NULL;
        }
    }
    *failed = !headers;
    return headers;
}

static mood_connector_result refuse(mood_connector *kafka, rd_kafka_resp_err_t code, const mood_output *output,
                                    mood_error *err) {
    char reason[512];
    if (rd_kafka_fatal_error(kafka->producer, reason, sizeof reason)) /* it stands for any code from then on */
        return transaction_spend(kafka, reason, err);
    switch (code) {
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
        producer_serve(kafka, 0);
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "the producer's queue is full");
        return MOOD_CONNECTOR_RETRY;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_INPUT,
                       "%zu bytes are more than message.max.bytes (-X producer.message.max.bytes=…)",
                       output->value_size);
        return MOOD_CONNECTOR_REJECTED;
    case RD_KAFKA_RESP_ERR__STATE: /* something that was published before has failed */
        return transaction_refused(kafka, err);
    default:
        kafka_fail(kafka, MOOD_CONNECTOR_FATAL, "writing failed: %s", rd_kafka_err2str(code));
        return kafka_failure(kafka, err);
    }
}

static rd_kafka_resp_err_t produce(mood_connector *kafka, rd_kafka_topic_t *topic, const mood_output *output,
                                   int32_t partition, rd_kafka_headers_t *headers, struct delivery *delivery) {
    rd_kafka_vu_t parts[8];
    size_t n = 0;
    parts[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic};
    parts[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition};
    parts[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY};
    parts[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_VALUE,
                                 .u.mem = {.ptr = (void *)output->value, .size = output->value_size}};
    parts[n++] =
        (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {.ptr = (void *)output->key, .size = output->key_size}};
    parts[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = delivery};
    if (output->timestamp > 0)
        parts[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = output->timestamp};
    if (headers)
        parts[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers};
    rd_kafka_error_t *error = rd_kafka_produceva(kafka->producer, parts, n);
    rd_kafka_resp_err_t code = error ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (error)
        rd_kafka_error_destroy(error);
    return code;
}

mood_connector_result producer_publish(mood_connector *kafka, const mood_output *output, mood_error *err) {
    struct target *target;
    if (kafka->failure != MOOD_CONNECTOR_OK)
        return kafka_failure(kafka, err);
    if (kafka->spent)
        return transaction_spend(kafka, kafka->spent_reason, err);
    mood_connector_result result = targets_find(kafka, output, &target, err);
    if (result != MOOD_CONNECTOR_OK)
        return result;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    bool tracked = output->source.topic && kafka->consumer, failed;
    struct delivery *delivery = NULL;
    rd_kafka_headers_t *headers = make_headers(output, &failed);
    if (!failed && tracked)
        failed = !(delivery = tracker_add(kafka->tracker, output->source.partition, output->source.offset));
    if (failed) {
        mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
        result = MOOD_CONNECTOR_FATAL;
    } else
        code = produce(kafka, target->topic, output, targets_partition(kafka, output, target), headers, delivery);
    if (failed || code) {
        if (headers)
            rd_kafka_headers_destroy(headers);
        if (delivery)
            tracker_take_back(kafka->tracker, delivery);
        if (code)
            result = refuse(kafka, code, output, err);
    } else {
        kafka->published++;
        kafka->transaction_outputs++;
    }
    return result;
}

mood_connector_result producer_flush(mood_connector *kafka, int timeout_ms, mood_error *err) {
    if (!kafka->producer)
        return kafka_failure(kafka, err);
    rd_kafka_resp_err_t code = rd_kafka_flush(kafka->producer, timeout_ms);
    if (kafka->failure != MOOD_CONNECTOR_OK)
        return kafka_failure(kafka, err);
    if (kafka->spent)
        return transaction_spend(kafka, kafka->spent_reason, err);
    if (!code)
        return MOOD_CONNECTOR_OK;
    mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "%d outputs are not delivered yet%s%s",
                   rd_kafka_outq_len(kafka->producer), *kafka->trouble ? "; " : "", kafka->trouble);
    return MOOD_CONNECTOR_RETRY;
}

/* ---- the end of one ------------------------------------------------------------------------------------ */

/* What is not delivered by now is given up, and its reports are served: they own our memory. */
static rd_kafka_t *take_out(mood_connector *kafka) {
    rd_kafka_t *producer = kafka->producer;
    rd_kafka_purge(producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(producer, 1000);
    targets_close(kafka);
    kafka->producer = NULL;
    return producer;
}

static void *destroy(void *producer) {
    rd_kafka_destroy(producer);
    return NULL;
}

mood_status producer_renew(mood_connector *kafka, mood_error *err) {
    rd_kafka_t *spent = take_out(kafka);
    pthread_t thread; /* destroying waits for requests to brokers that may hang */
    if (pthread_create(&thread, NULL, destroy, spent) == 0)
        pthread_detach(thread);
    else
        destroy(spent);
    mood_status status = create(kafka, rd_kafka_conf_dup(kafka->producer_conf), err);
    return status == MOOD_OK ? targets_open(kafka, err) : status;
}

void producer_destroy(mood_connector *kafka) {
    if (kafka->producer)
        destroy(take_out(kafka));
    if (kafka->producer_conf)
        rd_kafka_conf_destroy(kafka->producer_conf);
}
