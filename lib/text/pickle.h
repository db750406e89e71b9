/* Reads Python pickles of a Keras Tokenizer. Nothing in a pickle is executed: the reader builds dictionaries,
 * lists, tuples, texts and numbers, and supports the classes in the table in pickle.c. It rejects all other classes
 * and calls, by name.
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
    PICKLE_FLOAT,  /* the value is not stored */
    PICKLE_TEXT,   /* text: a str, or bytes, which is a str of Python 2 */
    PICKLE_LIST,   /* items */
    PICKLE_TUPLE,  /* items */
    PICKLE_DICT,   /* items: alternating keys and values; all of Python's dictionary types */
    PICKLE_CLASS,  /* integer: enum pickle_class */
    PICKLE_OBJECT, /* a Tokenizer. items: its attributes as one dict, or empty */
};

typedef uint32_t pickle_ref; /* a value's index in the list of values */

struct pickle_items {
    pickle_ref *refs;
    uint32_t count, capacity;
};

struct pickle_value {
    enum pickle_kind kind;
    bool owned; /* the text's memory is owned */
    union {
        int64_t integer;
        mood_text text; /* points into the pickle's bytes, unless owned */
        struct pickle_items items;
    };
};

/* Values of a pickle, which may form cycles. Initialize with {0}. */
struct pickle {
    struct pickle_value *values;
    size_t count, capacity;
    size_t item_count; /* number of items of all values, plus a constant for each value that has items */
};

static inline const struct pickle_value *pickle_at(const struct pickle *pickle, pickle_ref ref) {
    return &pickle->values[ref];
}

void pickle_free(struct pickle *pickle);

/* ---- pickle_value.c: creating values ------------------------------------------------------------- */

#define PICKLE_MAX_VALUES ((size_t)1 << 24) /* a Tokenizer has seven to ten per word */
#define PICKLE_MAX_ITEMS ((size_t)1 << 25)  /* total over all values */

/* *ref is a new value. Errors: MOOD_ERR_MEMORY; MOOD_ERR_FORMAT: too many values. */
mood_status pickle_add(struct pickle *pickle, struct pickle_value value, pickle_ref *ref, mood_error *err);
/* Append to a value that has items. */
mood_status pickle_append(struct pickle *pickle, pickle_ref container, const pickle_ref *refs, size_t count,
                          mood_error *err);
/* "a list", for messages. */
const char *pickle_kind_name(enum pickle_kind kind);

/* ---- pickle_line.c: numbers and texts of protocol 0, which are lines ------------------------------- */

/* Parse a decimal number, optionally with a final L; false: invalid or out of range. */
bool pickle_line_integer(mood_text line, int64_t *number);
/* Parse "'a\\n'": a str of Python 2 in Python's notation. *value owns its text. */
mood_status pickle_line_string(mood_text line, struct pickle_value *value, mood_error *err);
/* Parse "a\u00e9": Latin-1 with escapes. *value owns its text. */
mood_status pickle_line_unicode(mood_text line, struct pickle_value *value, mood_error *err);

/* ---- pickle.c ------------------------------------------------------------------------------------ */

/* True if the bytes begin like a pickle. */
bool pickle_begins(const char *data, size_t size);

/* Read a pickle whose value is a Tokenizer; *attributes is the dict of its attributes. pickle must be empty and is
 * freed with pickle_free, also after an error; its texts may point into data. */
mood_status pickle_read_tokenizer(const char *data, size_t size, struct pickle *pickle, pickle_ref *attributes,
                                  mood_error *err);

/* ---- tokenizer_from_pickle.c ----------------------------------------------------------------------- */

/* Create a tokenizer from a pickled Keras Tokenizer. *tokenizer is new. */
mood_status tokenizer_from_pickle(const char *data, size_t size, mood_tokenizer **tokenizer, mood_error *err);

#endif
