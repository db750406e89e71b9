/* Reading Python pickles that hold a Keras Tokenizer. Nothing in a pickle is executed: the reader builds dictionaries,
 * lists, tuples, texts and numbers, and knows the classes of the table in pickle.c. It refuses all other classes and every
 * other call, by name.
 *
 * Source: Lib/pickletools.py of Python, which documents the opcodes of protocols 0 to 5. */
#ifndef TEXT_PICKLE_H
#define TEXT_PICKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mood/text.h"

/* ---- values ------------------------------------------------------------------------------------ */

enum pickle_kind {
    PICKLE_NONE,
    PICKLE_BOOL,   /* integer */
    PICKLE_INT,    /* integer */
    PICKLE_FLOAT,  /* not kept */
    PICKLE_TEXT,   /* text: a str, or bytes, which is a str of Python 2 */
    PICKLE_LIST,   /* items */
    PICKLE_TUPLE,  /* items */
    PICKLE_DICT,   /* items: keys and values in turn; any of Python's dictionaries */
    PICKLE_CLASS,  /* integer: enum pickle_class */
    PICKLE_OBJECT, /* a Tokenizer. items: its attributes, as one dict, or nothing yet */
};

typedef uint32_t pickle_ref; /* a value's place in the list of values */

struct pickle_items {
    pickle_ref *refs;
    uint32_t count, capacity;
};

struct pickle_value {
    enum pickle_kind kind;
    bool owned; /* the text's memory */
    union {
        int64_t integer;
        mood_text text; /* lies in the pickle's bytes, unless owned */
        struct pickle_items items;
    };
};

/* Values of a pickle; they may refer to each other in cycles. Begins as {0}. */
struct pickle {
    struct pickle_value *values;
    size_t count, capacity;
    size_t item_count; /* in all values, and some more for each value that has any */
};

static inline const struct pickle_value *pickle_at(const struct pickle *pickle, pickle_ref ref) {
    return &pickle->values[ref];
}

void pickle_free(struct pickle *pickle);

/* ---- pickle_value.c: making values --------------------------------------------------------------- */

#define PICKLE_MAX_VALUES ((size_t)1 << 24) /* a Tokenizer has seven to ten for each word */
#define PICKLE_MAX_ITEMS ((size_t)1 << 25)  /* of all values together */

/* *ref is a new value. Errors: MOOD_ERR_MEMORY; MOOD_ERR_FORMAT if there are too many. */
mood_status pickle_add(struct pickle *pickle, struct pickle_value value, pickle_ref *ref, mood_error *err);
/* Append to a value that has items. */
mood_status pickle_append(struct pickle *pickle, pickle_ref container, const pickle_ref *refs, size_t count,
                          mood_error *err);
/* "a list", for messages. */
const char *pickle_kind_name(enum pickle_kind kind);

/* ---- pickle_line.c: numbers and texts of protocol 0, which are lines ------------------------------- */

/* A decimal number, also with a final L; false if it is none that fits. */
bool pickle_line_integer(mood_text line, int64_t *number);
/* "'a\\n'": a str of Python 2 as Python writes it. *value owns its text. */
mood_status pickle_line_string(mood_text line, struct pickle_value *value, mood_error *err);
/* "a\u00e9": Latin-1 with escapes. *value owns its text. */
mood_status pickle_line_unicode(mood_text line, struct pickle_value *value, mood_error *err);

/* ---- pickle.c ------------------------------------------------------------------------------------ */

/* True if bytes begin as a pickle does. */
bool pickle_begins(const char *data, size_t size);

/* Read a pickle whose value is a Tokenizer; *attributes is the dict of its attributes. pickle is empty at first and is
 * freed with pickle_free, also on failure; its texts may lie in data. */
mood_status pickle_read_tokenizer(const char *data, size_t size, struct pickle *pickle, pickle_ref *attributes,
                                  mood_error *err);

/* ---- tokenizer_from_pickle.c ----------------------------------------------------------------------- */

/* A tokenizer from a pickled one of Keras. *tokenizer is new. */
mood_status tokenizer_from_pickle(const char *data, size_t size, mood_tokenizer **tokenizer, mood_error *err);

#endif
