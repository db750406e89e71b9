/* From a dead letter's headers to its destination. */
#include <stdlib.h>
#include <string.h>

#include "stream/dead_letter.h"

const mood_header *header_find(const mood_record *record, const char *name) {
    for (size_t i = record->header_count; i-- > 0;)
        if (strcmp(record->headers[i].name, name) == 0 && record->headers[i].value)
            return &record->headers[i];
    return NULL;
}

static bool header_equals(const mood_header *header, const char *text) {
    return header && header->size == strlen(text) && memcmp(header->value, text, header->size) == 0;
}

static mood_stage read_stage(const mood_record *record) {
    static const char *const names[] = {
        [MOOD_STAGE_PARSE] = "parse", [MOOD_STAGE_SCORE] = "score", [MOOD_STAGE_PUBLISH] = "publish"};
    const mood_header *header = header_find(record, "mood.error.stage");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (header_equals(header, names[i]))
            return (mood_stage)i;
    return MOOD_STAGE_UNKNOWN;
}

/* -1: not a partition number. */
static int32_t read_partition(const mood_header *header) {
    int64_t number = 0;
    if (!header || header->size == 0 || header->size > 10)
        return -1;
    for (size_t i = 0; i < header->size; i++) {
        char digit = ((const char *)header->value)[i];
        if (digit < '0' || digit > '9')
            return -1;
        number = number * 10 + (digit - '0');
    }
    return number <= INT32_MAX ? (int32_t)number : -1;
}

static int length_of(const mood_header *header) {
    return header && header->size < MOOD_MESSAGE_SIZE ? (int)header->size : 0;
}

static const char *text_of(const mood_header *header) {
    return length_of(header) ? header->value : "";
}

/* Reject a record that this run put back and that failed again. Putting it back once more would repeat without end. */
static void reject_repeated(struct item *item, const mood_record *record) {
    const mood_header *stage = header_find(record, "mood.error.stage");
    const mood_header *reason = header_find(record, "mood.error.message");
    item_reject(item, "replay", "it was put back in this run and failed again, so the cause is not fixed: %.*s: %.*s",
                length_of(stage), text_of(stage), length_of(reason), text_of(reason));
}

/* False: out of memory. */
static bool read_destination(struct item *item, const mood_record *record, const mood_replay *replay) {
    const mood_header *topic = header_find(record, "mood.error.topic");
    if (replay->topic) {
        item->topic = strdup(replay->topic);
        return item->topic != NULL;
    }
    item->partition = read_partition(header_find(record, "mood.error.partition"));
    if (!topic || topic->size == 0 || memchr(topic->value, '\0', topic->size) || item->partition < 0)
        item_reject(item, "replay",
                    "it has no headers mood.error.topic and mood.error.partition, so it is not a dead letter of mood "
                    "(set the destination of such records with -o TOPIC)");
    else if (header_equals(topic, record->position.topic))
        item_reject(item, "replay",
                    "its header mood.error.topic names the topic that it is in (set another "
                    "destination with -o TOPIC)");
    else
        item->topic = strndup(topic->value, topic->size);
    return item->kind == ITEM_BAD || item->topic;
}

bool dead_letter_read(struct item *item, const mood_record *record, const mood_replay *replay) {
    *item = (struct item){.kind = ITEM_DEAD_LETTER, .partition = -1, .origin = read_stage(record)};
    if (record->problem) {
        item_reject(item, "replay", "%s", record->problem);
        return true;
    }
    if (!header_equals(header_find(record, "mood.replay"), replay->id))
        return read_destination(item, record, replay);
    reject_repeated(item, record);
    return true;
}
