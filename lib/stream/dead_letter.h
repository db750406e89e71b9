/* Dead letters as input of a replay: from their headers to their destination. */
#ifndef STREAM_DEAD_LETTER_H
#define STREAM_DEAD_LETTER_H

#include "stream/item.h"

/* Fill an item from a dead letter, which is borrowed. False: out of memory. */
bool dead_letter_read(struct item *item, const mood_record *record, const mood_replay *replay);

/* The record's last header of that name that has a value; NULL: none. */
const mood_header *header_find(const mood_record *record, const char *name);

#endif
