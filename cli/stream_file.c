/* Properties files, of the kind that Kafka's tools read. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream.h"

static char *trim(char *text) {
    text += strspn(text, " \t\f");
    size_t size = strlen(text);
    while (size > 0 && strchr(" \t\f\r\n", text[size - 1]))
        text[--size] = '\0';
    return text;
}

static mood_status set_line(struct stream_arguments *arguments, char *line, mood_error *err) {
    char *equals = line + strcspn(line, "=:");
    if (!*equals)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "'%s' is not KEY=VALUE", line);
    *equals = '\0';
    const char *key = trim(line), *value = trim(equals + 1);
    bool passed = strncmp(key, "consumer.", 9) == 0 || strncmp(key, "producer.", 9) == 0;
    return passed ? stream_set_property(arguments, key, value, false, err)
                  : stream_set(arguments, key, value, false, err);
}

/* Append a further line's text; false when memory is short. */
static bool join(char **whole, const char *more) {
    size_t size = *whole ? strlen(*whole) : 0;
    char *joined = realloc(*whole, size + strlen(more) + 1);
    if (!joined)
        return false;
    strcpy(joined + size, more);
    *whole = joined;
    return true;
}

static bool goes_on(char *text) {
    size_t slashes = 0, size = strlen(text);
    while (slashes < size && text[size - 1 - slashes] == '\\')
        slashes++;
    if (slashes % 2 == 1)
        text[size - 1] = '\0';
    return slashes % 2 == 1;
}

mood_status stream_read_file(struct stream_arguments *arguments, const char *path, mood_error *err) {
    mood_status status = MOOD_OK;
    char *line = NULL, *whole = NULL;
    size_t capacity = 0;
    unsigned long number = 0;
    FILE *file = fopen(path, "r");
    if (!file)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "%s: %s", path, strerror(errno));
    while (status == MOOD_OK && getline(&line, &capacity, file) >= 0) {
        number++;
        char *text = trim(line);
        if (!whole && (!*text || *text == '#' || *text == '!'))
            continue;
        bool more = goes_on(text);
        if (!join(&whole, text))
            status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
        else if (!more) {
            status = set_line(arguments, whole, err);
            free(whole);
            whole = NULL;
        }
        if (status != MOOD_OK)
            mood_error_prefix(err, "%s:%lu", path, number);
    }
    if (status == MOOD_OK && ferror(file))
        status = mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "%s: %s", path, strerror(errno));
    if (status == MOOD_OK && whole && (status = set_line(arguments, whole, err)) != MOOD_OK)
        mood_error_prefix(err, "%s:%lu", path, number);
    free(whole);
    free(line);
    fclose(file);
    return status;
}
