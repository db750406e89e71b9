/* Names that columns of texts and of labels often have. */
#include <string.h>

#include "text/columns.h"

#define NAME_MAX_SIZE 40 /* bytes; longer than any known name */

/* In small letters, without spaces, _ and -. The first one is the name that mood uses itself. */
static const char *const text_names[] = {
    "text",        "review",      "reviews", "sentence", "sentences", "content",    "tweet",      "tweets",
    "comment",     "comments",    "body",    "message",  "messages",  "reviewtext", "reviewbody", "reviewcontent",
    "tweettext",   "commenttext", "phrase",  "document", "post",      "utterance",  "headline",   "feedback",
    "description", "sms",         "opinion", "verbatim", "texts",
};
static const char *const label_names[] = {
    "label",        "labels",         "sentiment",      "sentiments",    "class",   "classes", "category",
    "categories",   "target",         "rating",         "ratings",       "stars",   "star",    "score",
    "polarity",     "emotion",        "emotions",       "mood",          "feeling", "overall", "starrating",
    "reviewrating", "sentimentlabel", "sentimentscore", "sentimenttype", "intent",  "tag",
};

/* Write the name as the lists have it, NUL-terminated. False: it is too long. */
static bool normalize(mood_text name, char out[NAME_MAX_SIZE]) {
    size_t size = 0;
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        if (c == '_' || c == '-' || c == ' ')
            continue;
        if (size + 1 == NAME_MAX_SIZE || c == '\0')
            return false;
        out[size++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    out[size] = '\0';
    return true;
}

static bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

/* The last word of user_rating, userRating or "user rating"; the whole name if it has one word. */
static mood_text last_word(mood_text name) {
    size_t start = name.size;
    while (start > 0 && !strchr("_- .", name.data[start - 1]) &&
           !(start < name.size && is_upper(name.data[start]) && !is_upper(name.data[start - 1])))
        start--;
    return (mood_text){name.data + start, name.size - start};
}

static bool is_among(const char *name, const char *const *names, size_t count, size_t *index) {
    for (*index = 0; *index < count; ++*index)
        if (strcmp(name, names[*index]) == 0)
            return true;
    return false;
}

static bool is_known(mood_text name, const char *const *names, size_t count, int *rank) {
    char normalized[NAME_MAX_SIZE];
    size_t index;
    if (name.size == 0)
        return false;
    *rank = 2;
    if (normalize(name, normalized) && is_among(normalized, names, count, &index)) {
        *rank = index > 0;
        return true;
    }
    return normalize(last_word(name), normalized) && is_among(normalized, names, count, &index);
}

bool column_is_text(mood_text name, int *rank) {
    return is_known(name, text_names, sizeof text_names / sizeof *text_names, rank);
}

bool column_is_label(mood_text name, int *rank) {
    return is_known(name, label_names, sizeof label_names / sizeof *label_names, rank);
}

/* ---- given names ------------------------------------------------------------------------------- */

bool cell_is_named(mood_text cell, const char *name) {
    return cell.size == strlen(name) && memcmp(cell.data, name, cell.size) == 0;
}

size_t columns_count_named(const struct records *records, const char *name, size_t *column) {
    size_t count = 0;
    for (size_t i = records_width(records, 0); i-- > 0;)
        if (cell_is_named(records_cell(records, 0, i), name)) {
            *column = i;
            count++;
        }
    return count;
}
