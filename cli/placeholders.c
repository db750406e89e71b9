/* Replaces ${env:NAME} and ${file:PATH} in values of options and properties, which is how secrets are passed.
 * Errors name the placeholder and nothing else of the value. Inserted values are hidden in all messages
 * (secrets.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read_file.h"
#include "secrets.h"
#include "stream.h"

#define MAX_SECRET ((size_t)4096)

static mood_status write_secret(FILE *to, const char *secret, const char *kind, const char *name, mood_error *err) {
    char *placeholder;
    bool added = asprintf(&placeholder, "${%s:%s}", kind, name) >= 0;
    if (added) {
        added = secrets_add(secret, placeholder);
        free(placeholder);
    }
    if (!added)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    fputs(secret, to);
    return MOOD_OK;
}

/* Append a file's content without its last newline. */
static mood_status write_file(FILE *to, const char *path, mood_error *err) {
    char *content;
    size_t size;
    mood_status status = read_file(path, MAX_SECRET, &content, &size, err);
    if (status != MOOD_OK) {
        mood_error_prefix(err, "${file:%s}", path);
        return status;
    }
    size_t end = size;
    while (end > 0 && (content[end - 1] == '\n' || content[end - 1] == '\r'))
        end--;
    if (memchr(content, '\0', end)) {
        status = mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_FATAL,
                                "${file:%s}: has a NUL byte: this is not a text file", path);
    } else {
        content[end] = '\0';
        status = write_secret(to, content, "file", path, err);
    }
    explicit_bzero(content, size);
    free(content);
    return status;
}

/* Any other ${…} may be part of a password, so the message does not show it. */
static mood_status write_placeholder(FILE *to, const char *inside, mood_error *err) {
    if (strncmp(inside, "file:", 5) == 0)
        return write_file(to, inside + 5, err);
    if (strncmp(inside, "env:", 4) != 0)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "contains a ${…} that is neither ${env:NAME} nor ${file:PATH}; $${ stands for ${ itself");
    const char *value = getenv(inside + 4);
    if (!value)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "${%s}: the environment has no such variable",
                              inside);
    return write_secret(to, value, "env", inside + 4, err);
}

/* Append the next part of the value: a placeholder, $${, or a character. *value moves past it. */
static mood_status write_part(FILE *to, const char **value, bool *hidden, mood_error *err) {
    const char *at = *value, *end = strncmp(at, "${", 2) == 0 ? strchr(at, '}') : NULL;
    if (strncmp(at, "$${", 3) == 0) {
        fputs("${", to);
        *value += 3;
        return MOOD_OK;
    }
    if (!end) {
        fputc(*at, to);
        ++*value;
        return MOOD_OK;
    }
    char *inside = strndup(at + 2, (size_t)(end - at - 2));
    if (!inside)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    mood_status status = write_placeholder(to, inside, err);
    free(inside);
    *hidden = true;
    *value = end + 1;
    return status;
}

mood_status placeholders_fill(const char *value, char **filled, bool *hidden, mood_error *err) {
    char *text = NULL;
    size_t size = 0;
    mood_status status = MOOD_OK;
    FILE *to = open_memstream(&text, &size);
    *hidden = false;
    if (!to)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    while (*value && status == MOOD_OK)
        status = write_part(to, &value, hidden, err);
    if (fclose(to) != 0 && status == MOOD_OK)
        status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    if (status == MOOD_OK)
        *filled = text;
    else
        free(text);
    return status;
}
