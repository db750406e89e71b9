/* The values of a pickle. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/errors.h"
#include "text/pickle.h"

/* The initial capacity of a list of items. */
#define SMALLEST 16

static bool has_items(enum pickle_kind kind) {
    return kind == PICKLE_LIST || kind == PICKLE_TUPLE || kind == PICKLE_DICT || kind == PICKLE_OBJECT;
}

void pickle_free(struct pickle *pickle) {
    for (size_t i = 0; i < pickle->count; i++) {
        struct pickle_value *value = &pickle->values[i];
        if (value->owned)
            free((char *)value->text.data);
        if (has_items(value->kind))
            free(value->items.refs);
    }
    free(pickle->values);
    *pickle = (struct pickle){0};
}

mood_status pickle_add(struct pickle *pickle, struct pickle_value value, pickle_ref *ref, mood_error *err) {
    mood_status status = MOOD_OK;
    struct pickle_value *values = NULL;
    if (pickle->count >= PICKLE_MAX_VALUES)
        status = mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "has more than %zu values", PICKLE_MAX_VALUES);
    else
        values = array_grow(pickle->values, &pickle->capacity, pickle->count + 1, sizeof *values);
    if (!values) {
        if (value.owned)
            free((char *)value.text.data);
        return status == MOOD_OK ? error_no_memory(err) : status;
    }
    pickle->values = values;
    values[pickle->count] = value;
    *ref = (pickle_ref)pickle->count++;
    return MOOD_OK;
}

mood_status pickle_append(struct pickle *pickle, pickle_ref container, const pickle_ref *refs, size_t count,
                          mood_error *err) {
    struct pickle_items *items = &pickle->values[container].items;
    size_t capacity = items->capacity, wanted = items->count + count;
    if (count == 0)
        return MOOD_OK;
    pickle->item_count += count + (items->refs ? 0 : SMALLEST);
    if (pickle->item_count > PICKLE_MAX_ITEMS)
        return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "has more than %zu items", PICKLE_MAX_ITEMS);
    pickle_ref *grown = array_grow(items->refs, &capacity, wanted, sizeof *grown);
    if (!grown)
        return error_no_memory(err);
    memcpy(grown + items->count, refs, count * sizeof *refs);
    *items = (struct pickle_items){grown, (uint32_t)wanted, (uint32_t)capacity};
    return MOOD_OK;
}

const char *pickle_kind_name(enum pickle_kind kind) {
    static const char *const names[] = {
        [PICKLE_NONE] = "None",          [PICKLE_BOOL] = "a bool", [PICKLE_INT] = "an int",
        [PICKLE_FLOAT] = "a float",      [PICKLE_TEXT] = "a text", [PICKLE_LIST] = "a list",
        [PICKLE_TUPLE] = "a tuple",      [PICKLE_DICT] = "a dict", [PICKLE_CLASS] = "a class",
        [PICKLE_OBJECT] = "a Tokenizer",
    };
    return names[kind];
}
