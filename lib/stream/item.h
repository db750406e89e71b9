/* One record on its way through a batch: what is to be scored of it, where it is put back, or why neither can be. */
#ifndef STREAM_ITEM_H
#define STREAM_ITEM_H

#include <jansson.h>
#include <stdbool.h>

#include "mood/connector.h"
#include "mood/stream.h"
#include "mood/text.h"

enum item_kind {
    ITEM_TEXT,      /* text is to be scored */
    ITEM_TOMBSTONE, /* passes as it is */
    ITEM_LETTER,    /* a dead letter: goes back to topic and partition */
    ITEM_BAD,       /* stage and reason say why */
    ITEM_GONE       /* its partition went away: somebody else scores it */
};

struct item {
    enum item_kind kind;
    bool leaving;      /* its partition goes away at a deadline */
    size_t row;        /* of its scores, once it is scored */
    mood_text text;    /* in the record, in object, or in repaired */
    json_t *object;    /* of a JSON record; NULL */
    char *repaired;    /* the value with U+FFFD for what is not UTF-8; NULL when there was nothing to repair */
    char *topic;       /* of a letter; NULL */
    int32_t partition; /* of that topic; -1: its key's */
    mood_stage origin; /* where it fell out */
    const char *stage; /* parse, score, publish, replay */
    char *reason;      /* new; NULL when there was no memory for it */
};

/* Fill an item from a record, which it borrows; *bad_bytes grows by the U+FFFD put in. False: out of memory. */
bool item_read(struct item *item, const mood_record *record, const mood_stream_options *options, uint64_t *bad_bytes);

/* letter.c: the same of a dead letter. */
bool item_read_letter(struct item *item, const mood_record *record, const mood_replay *replay);

/* letter.c: the record's last header of that name that has a value; NULL: none. */
const mood_header *header_find(const mood_record *record, const char *name);

/* Make it bad. */
void item_spoil(struct item *item, const char *stage, const char *format, ...) MOOD_PRINTF(3, 4);

const char *item_reason(const struct item *item);

void item_clear(struct item *item);

#endif
