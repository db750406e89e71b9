/* A vocabulary as a text file with one word per line. Keras reads it with str.splitlines(). */
#include <string.h>

#include "base/errors.h"
#include "text/json_write.h"
#include "text/vectorization_json.h"

#define FIRST_LINES "\n" VECTORIZATION_UNKNOWN_WORD

bool vocabulary_lines_begin(const char *data, size_t size) {
    size_t first = size > 0 && data[0] == '\r' ? 1 : 0, length = first + sizeof FIRST_LINES - 1;
    if (size < length || memcmp(data + first, FIRST_LINES, sizeof FIRST_LINES - 1) != 0)
        return false;
    return size == length || data[length] == '\n' || data[length] == '\r';
}

/* The size of the line break at `at`; 0: none. Line breaks are those of Python, three of which are not ASCII:
 * U+0085, U+2028 and U+2029. */
static size_t line_break(const char *at, const char *end) {
    size_t left = (size_t)(end - at);
    if (left >= 2 && memcmp(at, "\r\n", 2) == 0)
        return 2;
    if ((*at >= '\n' && *at <= '\r') || (*at >= '\x1c' && *at <= '\x1e'))
        return 1;
    if (left >= 2 && memcmp(at, "\xC2\x85", 2) == 0)
        return 2;
    return left >= 3 && (memcmp(at, "\xE2\x80\xA8", 3) == 0 || memcmp(at, "\xE2\x80\xA9", 3) == 0) ? 3 : 0;
}

/* Empty lines at the end are dropped: an empty line is only written when a word follows. */
static bool append_line(struct bytes *out, mood_text line, size_t *empty, bool *first) {
    if (line.size == 0) {
        ++*empty;
        return true;
    }
    for (; *empty > 0; --*empty) {
        if (!json_write_raw(out, *first ? "\"\"" : ", \"\""))
            return false;
        *first = false;
    }
    bool done = (*first || json_write_raw(out, ", ")) && json_write_string(out, line);
    *first = false;
    return done;
}

mood_status vocabulary_lines_to_json(const char *data, size_t size, struct bytes *out, mood_error *err) {
    const char *end = data + size;
    size_t bad = 0, empty = 0;
    bool first = true, done = json_write_raw(out, "[");
    if (!mood_text_validate((mood_text){data, size}, &bad))
        return broken(err, "is not UTF-8 (byte %zu); convert the vocabulary to UTF-8", bad + 1);
    for (const char *at = data; at < end && done;) {
        const char *stop = at;
        size_t width = 0;
        while (stop < end && (width = line_break(stop, end)) == 0)
            stop++;
        done = append_line(out, (mood_text){at, (size_t)(stop - at)}, &empty, &first);
        at = stop + width;
    }
    return done && json_write_raw(out, "]") ? MOOD_OK : error_no_memory(err);
}
