/* Writing: an idempotent producer whose delivery reports determine which offsets can be committed. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error_code.h"
#include "producer.h"

/* Consecutive replacements before the stream stops; and the time for the reports of dropped outputs [ms]. */
enum { MAX_REPLACEMENTS = 5, PURGE_MS = 1000 };

/* ---- callbacks ----------------------------------------------------------------------------------------------- */

/* The record cannot become a dead letter any more: later outputs are in flight, and others of the same produce request
 * fail with it. */
static void fail_delivery(struct producer *producer, const rd_kafka_message_t *message) {
    const struct delivery *delivery = message->_private;
    char source[512] = "an output";
    if (delivery)
        snprintf(source, sizeof source, "the output of %s/%d/%lld", producer->clients->settings.input,
                 tracker_partition(delivery), (long long)tracker_offset(delivery));
    clients_fail(producer->clients, MOOD_CONNECTOR_FATAL, "%s could not be delivered to '%s'/%d: %s%s", source,
                 rd_kafka_topic_name(message->rkt), message->partition, rd_kafka_err2str(message->err),
                 error_advice(message->err));
}

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
    struct producer *producer = opaque;
    struct delivery *delivery = message->_private;
    (void)client;
    if (!message->err) {
        producer->delivered++;
        if (delivery)
            tracker_done(producer->tracker, delivery);
        return;
    }
    producer->failed++;
    bool transaction_aborts = producer->clients->settings.guarantee == MOOD_EXACTLY_ONCE &&
                              !error_is_final(message->err);
    if (!producer->clients->closing && !transaction_aborts)
        fail_delivery(producer, message);
    if (delivery)
        tracker_failed(producer->tracker, delivery); /* its record stays unacknowledged */
}

static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text) {
    const struct producer *producer = rd_kafka_opaque(client);
    clients_log_line(producer->clients, level, facility, text);
}

static void on_error(rd_kafka_t *client, int code, const char *reason, void *opaque) {
    struct producer *producer = opaque;
    if (code == RD_KAFKA_RESP_ERR__FATAL)
        producer_mark_unusable(producer, reason, NULL);
    else
        clients_note_error(producer->clients, client, code, reason);
}

void producer_serve(struct producer *producer, int timeout_ms) {
    if (producer->clients->producer)
        rd_kafka_poll(producer->clients->producer, timeout_ms);
}

/* ---- open --------------------------------------------------------------------------------------------------- */

/* Takes ownership of conf. */
static mood_status create(struct producer *producer, rd_kafka_conf_t *conf, mood_error *err) {
    char reason[512];
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (!client) {
        rd_kafka_conf_destroy(conf);
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "the producer can't be set up: %s", reason);
    }
    producer->clients->producer = client;
    rd_kafka_set_log_queue(client, NULL);
    clients_renew_tokens(producer->clients, client);
    return MOOD_OK;
}

mood_status producer_open(struct producer *producer, const mood_connector_config *config, mood_error *err) {
    const struct settings *settings = &producer->clients->settings;
    rd_kafka_conf_t *conf;
    mood_status status = settings_conf(config, settings, RD_KAFKA_PRODUCER, &conf, err);
    if (status != MOOD_OK)
        return status;
    clients_prepare_tokens(conf);
    rd_kafka_conf_set_opaque(conf, producer);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    if (settings->guarantee == MOOD_EXACTLY_ONCE)
        producer->conf = rd_kafka_conf_dup(conf);
    return create(producer, conf, err);
}

/* ---- publish ------------------------------------------------------------------------------------------- */

/* NULL with *failed false: the output has none. */
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

static mood_connector_result refuse(struct producer *producer, rd_kafka_resp_err_t code, const mood_output *output,
                                    mood_error *err) {
    struct clients *clients = producer->clients;
    char reason[512];
    if (rd_kafka_fatal_error(clients->producer, reason, sizeof reason)) /* from then on each call fails */
        return producer_mark_unusable(producer, reason, err);
    if (code == RD_KAFKA_RESP_ERR__STATE && clients->settings.transactional_id) { /* an earlier output has failed */
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "the transaction accepts no more outputs");
        return MOOD_CONNECTOR_ABORT;
    }
    switch (code) {
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
        producer_serve(producer, 0);
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "the producer's queue is full");
        return MOOD_CONNECTOR_RETRY;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_INPUT,
                       "%zu bytes are more than message.max.bytes (-X producer.message.max.bytes=…)",
                       output->value_size);
        return MOOD_CONNECTOR_REJECTED;
    default:
        clients_fail(clients, MOOD_CONNECTOR_FATAL, "writing failed: %s", rd_kafka_err2str(code));
        return clients_failure(clients, err);
    }
}

static rd_kafka_resp_err_t produce(rd_kafka_t *client, rd_kafka_topic_t *topic, const mood_output *output,
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
    rd_kafka_error_t *error = rd_kafka_produceva(client, parts, n);
    rd_kafka_resp_err_t code = error ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (error)
        rd_kafka_error_destroy(error);
    return code;
}

/* Tracked outputs are those of input records. */
static mood_connector_result publish_to(struct producer *producer, const struct target *target,
                                        const mood_output *output, mood_error *err) {
    struct clients *clients = producer->clients;
    bool tracked = output->source.topic && clients->consumer, failed;
    struct delivery *delivery = NULL;
    rd_kafka_headers_t *headers = make_headers(output, &failed);
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (!failed && tracked)
        failed = !(delivery = tracker_add(producer->tracker, output->source.partition, output->source.offset));
    if (!failed)
        code = produce(clients->producer, target->topic, output, targets_partition(&producer->targets, output, target),
                       headers, delivery);
    if (!failed && !code) {
        producer->published++;
        return MOOD_CONNECTOR_OK;
    }
    if (headers)
        rd_kafka_headers_destroy(headers);
    if (delivery)
        tracker_take_back(producer->tracker, delivery);
    if (code)
        return refuse(producer, code, output, err);
    mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    return MOOD_CONNECTOR_FATAL;
}

mood_connector_result producer_publish(struct producer *producer, const mood_output *output, mood_error *err) {
    struct target *target;
    if (producer->clients->failure != MOOD_CONNECTOR_OK)
        return clients_failure(producer->clients, err);
    if (producer->unusable)
        return producer_mark_unusable(producer, producer->unusable_reason, err);
    mood_connector_result result = targets_find(&producer->targets, output, &target, err);
    return result == MOOD_CONNECTOR_OK ? publish_to(producer, target, output, err) : result;
}

mood_connector_result producer_flush(struct producer *producer, int timeout_ms, mood_error *err) {
    struct clients *clients = producer->clients;
    if (!clients->producer)
        return clients_failure(clients, err);
    rd_kafka_resp_err_t code = rd_kafka_flush(clients->producer, timeout_ms);
    if (clients->failure != MOOD_CONNECTOR_OK)
        return clients_failure(clients, err);
    if (producer->unusable)
        return producer_mark_unusable(producer, producer->unusable_reason, err);
    if (!code)
        return MOOD_CONNECTOR_OK;
    mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "%d outputs are not delivered yet%s%s",
                   rd_kafka_outq_len(clients->producer), *clients->trouble ? "; " : "", clients->trouble);
    return MOOD_CONNECTOR_RETRY;
}

/* ---- an unusable producer ------------------------------------------------------------------------------------ */

static void fail(const struct producer *producer) {
    struct clients *clients = producer->clients;
    if (rd_kafka_fatal_error(clients->producer, NULL, 0))
        clients_fail_fatal(clients, clients->producer);
    else
        clients_fail(clients, MOOD_CONNECTOR_FATAL, "%s", producer->unusable_reason);
}

mood_connector_result producer_mark_unusable(struct producer *producer, const char *reason, mood_error *err) {
    bool first = !producer->registered && producer->replacements == 0;
    if (reason != producer->unusable_reason)
        snprintf(producer->unusable_reason, sizeof producer->unusable_reason, "%s", reason);
    producer->unusable = true;
    /* A replacement would get the same final error. */
    bool final = error_is_final(rd_kafka_fatal_error(producer->clients->producer, NULL, 0));
    if (!producer->conf || first || final || producer->replacements >= MAX_REPLACEMENTS) {
        fail(producer);
        return clients_failure(producer->clients, err);
    }
    mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "%s", producer->unusable_reason);
    return MOOD_CONNECTOR_ABORT;
}

/* Drop undelivered outputs, and handle their reports, because these refer to the tracker's memory. */
static rd_kafka_t *detach(struct producer *producer) {
    rd_kafka_t *client = producer->clients->producer;
    rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(client, PURGE_MS);
    targets_close(&producer->targets);
    producer->clients->producer = NULL;
    return client;
}

static void *destroy(void *client) {
    rd_kafka_destroy(client);
    return NULL;
}

/* In a thread, because it waits for requests to brokers that may not respond. */
static void destroy_later(rd_kafka_t *client) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, destroy, client) == 0)
        pthread_detach(thread);
    else
        destroy(client);
}

mood_connector_result producer_replace(struct producer *producer, mood_error *err) {
    struct clients *clients = producer->clients;
    if (!producer->unusable)
        return MOOD_CONNECTOR_OK;
    if (rd_kafka_fatal_error(clients->consumer, NULL, 0)) { /* another process may own the instance name: it keeps it */
        clients_fail_fatal(clients, clients->consumer);
        return clients_failure(clients, err);
    }
    clients_log(clients, MOOD_LOG_NOTE, "starting a new producer: %s", producer->unusable_reason);
    destroy_later(detach(producer));
    if (create(producer, rd_kafka_conf_dup(producer->conf), err) != MOOD_OK ||
        targets_open(&producer->targets, err) != MOOD_OK) {
        clients_fail(clients, MOOD_CONNECTOR_FATAL, "%s", err->message);
        return clients_failure(clients, err);
    }
    producer->unusable = producer->registered = false;
    producer->replacements++;
    return MOOD_CONNECTOR_OK;
}

void producer_destroy(struct producer *producer) {
    if (producer->clients->producer)
        destroy(detach(producer));
    if (producer->conf)
        rd_kafka_conf_destroy(producer->conf);
    targets_free(&producer->targets);
}
