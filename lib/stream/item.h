/* A record while its batch is processed: the text to score, the destination of a dead letter, or why neither is
 * possible. */
#ifndef STREAM_ITEM_H
#define STREAM_ITEM_H

#include <jansson.h>
#include <stdbool.h>

#include "mood/connector.h"
#include "mood/stream.h"
#include "mood/text.h"

enum item_kind {
    ITEM_TEXT,        /* text is to be scored */
    ITEM_TOMBSTONE,   /* passes through unchanged */
    ITEM_DEAD_LETTER, /* is put back to topic and partition */
    ITEM_BAD,         /* rejected; see stage and reason */
    ITEM_LOST         /* its partition belongs to another member, which scores it */
};

struct item {
    enum item_kind kind;
    bool revoked;      /* its partition is to be handed over */
    size_t row, label; /* after scoring: the row of its scores; the label from mood_head_decide */
    mood_text text;    /* in the record, in object, or in repaired */
    json_t *object;    /* of a JSON record; NULL */
    char *repaired;    /* the value with U+FFFD for invalid UTF-8; NULL if it is valid */
    char *topic;       /* destination of a dead letter; NULL */
    int32_t partition; /* of that topic; -1: by the key */
    mood_stage origin; /* at which a dead letter failed */
    const char *stage; /* parse, score, publish, replay */
    char *reason;      /* owned; NULL if out of memory */
};

/* Fill an item from a record, which is borrowed; *bad_bytes grows by the U+FFFD inserted. False: out of memory. */
bool item_read(struct item *item, const mood_record *record, const mood_stream_options *options, uint64_t *bad_bytes);

/* Set the item to ITEM_BAD, with this stage and reason. */
void item_reject(struct item *item, const char *stage, const char *format, ...) MOOD_PRINTF(3, 4);

const char *item_reason(const struct item *item);

void item_clear(struct item *item);

#endif
