/* One record on its way through a batch: what is to be scored of it, or why it can't be. */
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
    ITEM_BAD,       /* stage and reason say why */
    ITEM_GONE       /* its partition went away: somebody else scores it */
};

struct item {
    enum item_kind kind;
    bool leaving;     /* its partition goes away at a deadline */
    size_t row;       /* of its scores, once it is scored */
    mood_text text;   /* in the record, in object, or in repaired */
    json_t *object;   /* of a JSON record; NULL */
    char *repaired;   /* the value with U+FFFD for what is not UTF-8; NULL when there was nothing to repair */
    const char *stage; /* parse, score, publish */
    char *reason;      /* new; NULL when there was no memory for it */
};

/* Fill an item from a record, which it borrows; *bad_bytes grows by the U+FFFD put in. False: out of memory. */
bool item_read(struct item *item, const mood_record *record, const mood_stream_options *options,
               uint64_t *bad_bytes);

/* Make it bad. */
void item_spoil(struct item *item, const char *stage, const char *format, ...) MOOD_PRINTF(3, 4);

const char *item_reason(const struct item *item);

void item_clear(struct item *item);

#endif
