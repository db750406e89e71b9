/* The table of labels: spellings that differ only in case, or are the same number, are one label. */
#include "text/labels.h"

#include <stdlib.h>
#include <string.h>

#include <unicode/uchar.h>
#include <unicode/ustring.h>

#include "text/threshold.h"
#include "text/utf8.h"

#define DESCRIPTION_MAX 400 /* bytes */

void labels_free(struct labels *labels) {
    struct label *label, *next;
    struct spelling *spelling, *after;
    HASH_ITER(hh, labels->table, label, next) {
        HASH_DEL(labels->table, label);
        free(label);
    }
    HASH_ITER(hh, labels->spellings, spelling, after) {
        HASH_DEL(labels->spellings, spelling);
        free(spelling);
    }
    for (size_t i = 0; i < labels->class_count; i++) {
        free(labels->classes[i].name);
        free(labels->classes[i].owned);
    }
    free(labels->classes);
    *labels = (struct labels){0};
}

/* ---- keys -------------------------------------------------------------------------------------- */

/* Case folding makes a character three at most, and a unit of UTF-16 has at most three bytes of UTF-8. */
enum { MAX_UNITS = MOOD_LABEL_MAX, MAX_FOLDED = 3 * MAX_UNITS, MAX_KEY = 3 * MAX_FOLDED + 2 };

/* Write the text in folded case. False: it is too long or not UTF-8. */
static bool fold_case(const char *text, char key[MAX_KEY]) {
    UChar units[MAX_UNITS], folded[MAX_FOLDED];
    int32_t size = 0, folded_size = 0, key_size = 0;
    UErrorCode code = U_ZERO_ERROR;
    u_strFromUTF8(units, MAX_UNITS, &size, text, -1, &code);
    if (U_FAILURE(code))
        return false;
    folded_size = u_strFoldCase(folded, MAX_FOLDED, units, size, U_FOLD_CASE_DEFAULT, &code);
    if (U_FAILURE(code))
        return false;
    u_strToUTF8(key, MAX_KEY - 1, &key_size, folded, folded_size, &code);
    if (U_FAILURE(code))
        return false;
    key[key_size] = '\0';
    return true;
}

/* The key of a text: `room`, or the text itself. */
static const char *key_of(const char *text, bool exact, char room[MAX_KEY]) {
    if (exact || strlen(text) > MOOD_LABEL_MAX)
        return text;
    if (label_is_number(text)) {
        label_number_key(text, room);
        return room;
    }
    return fold_case(text, room) ? room : text;
}

/* ---- table ------------------------------------------------------------------------------------- */

static struct label *find_key(const struct labels *labels, const char *key) {
    struct label *label;
    HASH_FIND(hh, labels->table, key, strlen(key), label);
    return label;
}

struct label *labels_get(const struct labels *labels, const char *text) {
    char room[MAX_KEY];
    return find_key(labels, key_of(text, labels->exact, room));
}

static struct label *add_label(struct labels *labels, const char *key) {
    size_t size = strlen(key);
    struct label *label = calloc(1, sizeof *label + size + 1);
    if (!label)
        return NULL;
    memcpy(label->key, key, size);
    label->index = NO_CLASS;
    HASH_ADD_KEYPTR(hh, labels->table, label->key, size, label);
    if (!label->hh.tbl) {
        free(label);
        return NULL;
    }
    return label;
}

static bool is_skipped(const struct labels *labels, const char *text, const mood_dataset_options *options) {
    char key[MAX_KEY], room[MAX_KEY];
    const char *wanted = key_of(text, labels->exact, key);
    for (size_t i = 0; i < options->skip_count; i++)
        if (strcmp(key_of(options->skip[i], labels->exact, room), wanted) == 0)
            return true;
    return false;
}

static struct spelling *add_spelling(struct labels *labels, mood_text text, const mood_dataset_options *options) {
    char room[MAX_KEY];
    struct spelling *spelling = calloc(1, sizeof *spelling + text.size + 1);
    if (!spelling)
        return NULL;
    memcpy(spelling->text, text.data, text.size);
    const char *key = key_of(spelling->text, labels->exact, room);
    spelling->label = find_key(labels, key);
    if (!spelling->label)
        spelling->label = add_label(labels, key);
    if (spelling->label)
        HASH_ADD_KEYPTR(hh, labels->spellings, spelling->text, text.size, spelling);
    if (!spelling->label || !spelling->hh.tbl) {
        free(spelling);
        return NULL;
    }
    spelling->skipped = is_skipped(labels, spelling->text, options);
    struct label *label = spelling->label;
    if (label->last)
        label->last->next = spelling;
    else
        label->spellings = spelling;
    return label->last = spelling;
}

struct spelling *labels_find(struct labels *labels, mood_text text, const mood_dataset_options *options) {
    struct spelling *spelling;
    HASH_FIND(hh, labels->spellings, text.data, text.size, spelling);
    return spelling ? spelling : add_spelling(labels, text, options);
}

bool labels_start(struct labels *labels, const mood_dataset_options *options) {
    struct labels given = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < options->label_count; i++)
        ok = labels_find(&given, (mood_text){options->labels[i], strlen(options->labels[i])}, options);
    labels->exact = HASH_COUNT(given.table) < HASH_COUNT(given.spellings);
    labels_free(&given);
    return ok;
}

void label_count_row(struct spelling *spelling, size_t line) {
    struct label *label = spelling->label;
    if (label->rows++ == 0)
        label->line = line;
    spelling->rows++;
}

/* ---- texts ------------------------------------------------------------------------------------- */

void labels_choose_texts(struct labels *labels) {
    for (struct label *label = labels->table; label; label = label->hh.next) {
        const struct spelling *most = label->spellings;
        for (const struct spelling *spelling = most; spelling; spelling = spelling->next)
            if (spelling->rows > most->rows)
                most = spelling;
        label->text = most ? most->text : label->key;
    }
}

static bool append_quoted(struct bytes *out, const char *before, const char *text) {
    return bytes_append(out, before, strlen(before)) && bytes_append_byte(out, '"') &&
           bytes_append(out, text, (size_t)utf8_shown(text, 60)) && bytes_append_byte(out, '"');
}

/* Append its spellings that occur, the most frequent one first. */
static bool describe(const struct label *label, struct bytes *out) {
    if (!append_quoted(out, out->size ? "; " : "", label->text))
        return false;
    for (const struct spelling *spelling = label->spellings; spelling; spelling = spelling->next)
        if (spelling->rows > 0 && spelling->text != label->text && !append_quoted(out, " = ", spelling->text))
            return false;
    return true;
}

bool labels_describe_joined(const struct labels *labels, struct bytes *out, size_t *count) {
    *count = 0;
    for (const struct label *label = labels->table; label; label = label->hh.next) {
        size_t spellings = 0;
        for (const struct spelling *spelling = label->spellings; spelling; spelling = spelling->next)
            spellings += spelling->rows > 0;
        if (spellings < 2)
            continue;
        ++*count;
        if (out->size < DESCRIPTION_MAX && !describe(label, out))
            return false;
    }
    return bytes_append_byte(out, '\0');
}
