/* A connector in memory, for tests. */
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory_connector.h"

struct memory memory;

static const mood_header input_headers[] = {{"color", "blue", 4}, {"empty", NULL, 0}};

void memory_add_bytes(int32_t partition, const void *value, size_t size) {
    memory.records = reallocarray(memory.records, memory.record_count + 1, sizeof *memory.records);
    ck_assert_ptr_nonnull(memory.records);
    int64_t offset = 0;
    for (size_t i = 0; i < memory.record_count; i++)
        offset += memory.records[i].position.partition == partition;
    char *copy = NULL;
    if (value) {
        copy = malloc(size + 1);
        memcpy(copy, value, size);
    }
    memory.records[memory.record_count++] = (mood_record){
        .position = {"reviews", partition, offset},
        .key = "key",
        .key_size = 3,
        .value = copy,
        .value_size = size,
        .timestamp = 1000 + offset,
        .headers = input_headers,
        .header_count = 2,
        .held = copy,
    };
}

void memory_add(int32_t partition, const char *value) {
    memory_add_bytes(partition, value, value ? strlen(value) : 0);
}

void memory_set_headers(const mood_header *headers, size_t n) {
    mood_record *record = &memory.records[memory.record_count - 1];
    record->headers = headers;
    record->header_count = n;
}

void memory_reset(void) {
    for (size_t i = 0; i < memory.record_count; i++)
        free(memory.records[i].held);
    for (size_t i = 0; i < memory.output_count; i++) {
        free(memory.outputs[i].key);
        free(memory.outputs[i].value);
    }
    free(memory.records);
    free(memory.outputs);
    memory = (struct memory){0};
    memset(memory.committed, -1, sizeof memory.committed);
}

static mood_connector *only(void) {
    return (mood_connector *)&memory;
}

static mood_connector_result memory_open(const mood_connector_config *config, mood_connector **connector,
                                         mood_error *err) {
    ck_assert_uint_eq(config->size, sizeof *config);
    for (size_t i = 0; i < config->setting_count; i++)
        if (strcmp(config->settings[i].name, "refuse") == 0) {
            mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "refused as it should be");
            return MOOD_CONNECTOR_FATAL;
        }
    *connector = only();
    return MOOD_CONNECTOR_OK;
}

static bool bring_event(mood_event *event) {
    static mood_position position;
    if (memory.next_event >= memory.event_count || memory.next < memory.events[memory.next_event].after)
        return false;
    const struct memory_event *due = &memory.events[memory.next_event++];
    event->type = due->type;
    event->result = due->result;
    event->deadline_ms = due->deadline_ms;
    position = (mood_position){"reviews", due->partition, -1};
    event->positions = &position;
    event->position_count = 1;
    if (due->type == MOOD_EVENT_ERROR)
        mood_error_set(&event->error, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "trouble from outside");
    return true;
}

static void memory_poll(mood_connector *connector, size_t max_records, int timeout_ms, mood_event *event) {
    ck_assert_ptr_eq(connector, only());
    memory.polls++;
    event->type = MOOD_EVENT_NONE;
    if (memory.on_poll)
        memory.on_poll();
    if (bring_event(event))
        return;
    size_t due = memory.next_event < memory.event_count ? memory.events[memory.next_event].after : memory.record_count;
    size_t count = due > memory.next ? due - memory.next : 0;
    if (count > memory.record_count - memory.next)
        count = memory.record_count - memory.next;
    if (count > max_records)
        count = max_records;
    if (memory.poll_most && count > memory.poll_most)
        count = memory.poll_most;
    if (memory.paused)
        count = 0;
    if (count) {
        event->type = MOOD_EVENT_RECORDS;
        event->records = memory.records + memory.next;
        event->record_count = count;
        memory.next += count;
        memory.held += count;
    } else if (memory.next == memory.record_count && !memory.endless && !memory.paused)
        event->type = MOOD_EVENT_END;
    else
        poll(NULL, 0, timeout_ms);
}

static void memory_release(mood_connector *connector, const mood_record *records, size_t n) {
    ck_assert_ptr_eq(connector, only());
    ck_assert_ptr_nonnull(records);
    ck_assert_uint_le(n, memory.held);
    memory.held -= n;
}

static void write_headers(struct memory_output *to, const mood_output *output) {
    size_t used = 0;
    for (size_t i = 0; i < output->header_count; i++)
        used += (size_t)snprintf(to->headers + used, sizeof to->headers - used, "%s%s=%.*s", i ? "," : "",
                                 output->headers[i].name, (int)output->headers[i].size,
                                 output->headers[i].value ? (const char *)output->headers[i].value : "");
    ck_assert_uint_lt(used, sizeof to->headers);
}

static char *copy(const void *data, size_t size) {
    if (!data)
        return NULL;
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

static mood_connector_result memory_publish(mood_connector *connector, const mood_output *output, mood_error *err) {
    ck_assert_ptr_eq(connector, only());
    ck_assert_uint_eq(output->size, sizeof *output);
    memory.publishes++;
    mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_INPUT, "the output is refused");
    if (memory.refuse_publish && memory.output_count >= memory.refuse_from) {
        memory.refuse_publish--;
        return MOOD_CONNECTOR_RETRY;
    }
    if (memory.abort_publish == memory.publishes)
        return MOOD_CONNECTOR_ABORT;
    if (memory.reject_output == memory.publishes)
        return MOOD_CONNECTOR_REJECTED;
    if (memory.fail_publish == memory.publishes)
        return MOOD_CONNECTOR_FATAL;
    memory.outputs = reallocarray(memory.outputs, memory.output_count + 1, sizeof *memory.outputs);
    struct memory_output *to = &memory.outputs[memory.output_count++];
    *to = (struct memory_output){
        .partition = output->partition,
        .dead_letter = output->dead_letter,
        .source = output->source,
        .key = copy(output->key, output->key_size),
        .value = copy(output->value, output->value_size),
        .value_size = output->value_size,
        .timestamp = output->timestamp,
    };
    snprintf(to->topic, sizeof to->topic, "%s", output->topic ? output->topic : "");
    write_headers(to, output);
    memory.flushed_since_publish = false;
    if (memory.on_publish)
        memory.on_publish(memory.output_count);
    return MOOD_CONNECTOR_OK;
}

static mood_connector_result memory_flush(mood_connector *connector, int timeout_ms, mood_error *err) {
    ck_assert_ptr_eq(connector, only());
    memory.flushes++;
    memory.flushed_since_publish = true;
    if (!memory.flush_never)
        return MOOD_CONNECTOR_OK;
    poll(NULL, 0, timeout_ms);
    mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "not yet");
    return MOOD_CONNECTOR_RETRY;
}

static mood_connector_result memory_commit(mood_connector *connector, const mood_position *positions, size_t n,
                                           int timeout_ms, mood_error *err) {
    (void)timeout_ms;
    ck_assert_ptr_eq(connector, only());
    memory.commits++;
    memory.outputs_at_commit = memory.output_count;
    if (memory.commit_refusals > 0) {
        memory.commit_refusals--;
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_FATAL, "the commit is refused");
        return memory.commit_result;
    }
    for (size_t i = 0; i < n; i++) {
        ck_assert_str_eq(positions[i].topic, "reviews");
        ck_assert_int_gt(positions[i].offset, memory.committed[positions[i].partition]);
        memory.committed[positions[i].partition] = positions[i].offset;
    }
    memory.in_transaction = false;
    return MOOD_CONNECTOR_OK;
}

static mood_connector_result memory_pause(mood_connector *connector, mood_error *err) {
    (void)connector, (void)err;
    memory.pauses++;
    memory.paused = true;
    return MOOD_CONNECTOR_OK;
}

static mood_connector_result memory_resume(mood_connector *connector, mood_error *err) {
    (void)connector, (void)err;
    memory.resumes++;
    memory.paused = false;
    return MOOD_CONNECTOR_OK;
}

static mood_connector_result memory_begin(mood_connector *connector, mood_error *err) {
    ck_assert_ptr_eq(connector, only());
    ck_assert(!memory.in_transaction);
    memory.begins++;
    if (memory.begin_refusals > 0) {
        memory.begin_refusals--;
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "not yet");
        return MOOD_CONNECTOR_RETRY;
    }
    memory.in_transaction = true;
    memory.outputs_at_begin = memory.output_count;
    return MOOD_CONNECTOR_OK;
}

static void take_back_outputs(void) {
    while (memory.output_count > memory.outputs_at_begin) {
        struct memory_output *output = &memory.outputs[--memory.output_count];
        free(output->key);
        free(output->value);
    }
    memory.in_transaction = false;
}

static mood_connector_result memory_abort(mood_connector *connector, int timeout_ms, mood_error *err) {
    ck_assert_ptr_eq(connector, only());
    (void)timeout_ms;
    ck_assert(memory.in_transaction);
    memory.aborts++;
    if (memory.abort_refusals > 0) {
        memory.abort_refusals--;
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "not yet");
        return MOOD_CONNECTOR_RETRY;
    }
    take_back_outputs();
    return MOOD_CONNECTOR_OK;
}

/* Returns all records from the earliest of the positions on again. */
static mood_connector_result memory_rewind(mood_connector *connector, const mood_position *positions, size_t n,
                                           int timeout_ms, mood_error *err) {
    (void)connector, (void)timeout_ms;
    memory.rewinds++;
    if (memory.rewind_refusals > 0) {
        memory.rewind_refusals--;
        mood_error_set(err, MOOD_ERR_CONNECTOR, MOOD_CLASS_RETRYABLE, "not yet");
        return MOOD_CONNECTOR_RETRY;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t r = 0; r < memory.next; r++)
            if (memory.records[r].position.partition == positions[i].partition &&
                memory.records[r].position.offset == positions[i].offset)
                memory.next = r;
    return MOOD_CONNECTOR_OK;
}

static mood_connector_result memory_statistics(mood_connector *connector, mood_connector_statistics *statistics,
                                               mood_error *err) {
    (void)connector, (void)err;
    *statistics = (mood_connector_statistics){.size = sizeof *statistics, .assigned = true};
    return MOOD_CONNECTOR_OK;
}

static mood_connector_result memory_close(mood_connector *connector, int timeout_ms, mood_error *err) {
    ck_assert_ptr_eq(connector, only());
    ck_assert_uint_eq(memory.held, 0); /* all records must have been released */
    ck_assert_int_ge(timeout_ms, 0);
    memory.closed = true;
    memory.close_ms = timeout_ms;
    if (memory.in_transaction)
        take_back_outputs();
    return memory.flush_never ? memory_flush(connector, 0, err) : MOOD_CONNECTOR_OK;
}

static const char *const settings[] = {"refuse", NULL};

const mood_connector_type memory_type = {
    .abi = MOOD_CONNECTOR_ABI,
    .size = sizeof(mood_connector_type),
    .name = "memory",
    .summary = "a test's",
    .abilities = MOOD_CONNECTOR_TRANSACTIONS | MOOD_CONNECTOR_REWIND | MOOD_CONNECTOR_PAUSE | MOOD_CONNECTOR_GROUPS,
    .settings = settings,
    .open = memory_open,
    .poll = memory_poll,
    .release = memory_release,
    .publish = memory_publish,
    .flush = memory_flush,
    .begin = memory_begin,
    .commit = memory_commit,
    .abort = memory_abort,
    .rewind = memory_rewind,
    .pause = memory_pause,
    .resume = memory_resume,
    .statistics = memory_statistics,
    .close = memory_close,
};
