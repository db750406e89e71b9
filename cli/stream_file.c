/* Reads properties files, in the format of Kafka's tools. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "read_file.h"
#include "stream.h"

#define MAX_SIZE ((size_t)1 << 20)

static char *trim(char *text) {
    text += strspn(text, " \t\f");
    size_t size = strlen(text);
    while (size > 0 && strchr(" \t\f\r\n", text[size - 1]))
        text[--size] = '\0';
    return text;
}

/* The four hex digits after \u; -1: invalid. */
static long read_unit(const char *text) {
    long unit = 0;
    for (int i = 0; i < 4; i++) {
        static const char digits[] = "0123456789abcdef";
        const char *digit = text[i] ? strchr(digits, tolower((unsigned char)text[i])) : NULL;
        if (!digit)
            return -1;
        unit = unit * 16 + (digit - digits);
    }
    return unit;
}

/* Write as UTF-8, which is never longer than the escape. */
static char *write_character(char *to, long character) {
    if (character < 0x80)
        *to++ = (char)character;
    else if (character < 0x800)
        *to++ = (char)(0xC0 | character >> 6);
    else if (character < 0x10000)
        *to++ = (char)(0xE0 | character >> 12);
    else
        *to++ = (char)(0xF0 | character >> 18);
    if (character >= 0x10000)
        *to++ = (char)(0x80 | (character >> 12 & 0x3F));
    if (character >= 0x800)
        *to++ = (char)(0x80 | (character >> 6 & 0x3F));
    if (character >= 0x80)
        *to++ = (char)(0x80 | (character & 0x3F));
    return to;
}

/* Decode after \u; NULL: invalid. Characters above U+FFFF are two escapes. */
static char *unescape_character(char *to, const char **from) {
    long character = read_unit(*from), low;
    if (character < 0)
        return NULL;
    *from += 4;
    bool high = character >= 0xD800 && character < 0xDC00 && strncmp(*from, "\\u", 2) == 0;
    if (high && (low = read_unit(*from + 2)) >= 0xDC00 && low < 0xE000) {
        character = 0x10000 + ((character - 0xD800) << 10) + (low - 0xDC00);
        *from += 6;
    }
    bool half = character >= 0xD800 && character < 0xE000;
    return character == 0 || half ? NULL : write_character(to, character);
}

/* Decode Java's escapes in place. A backslash before any other character stands for that character. */
static mood_status unescape(char *text, mood_error *err) {
    static const char letters[] = "tnrf", meanings[] = "\t\n\r\f";
    char *to = text;
    for (const char *from = text; *from;) {
        if (*from != '\\' || !from[1]) {
            *to++ = *from++;
            continue;
        }
        char escaped = from[1];
        const char *letter = strchr(letters, escaped);
        from += 2;
        if (escaped != 'u')
            *to++ = letter ? meanings[letter - letters] : escaped;
        else if (!(to = unescape_character(to, &from)))
            return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                                  "\\u must be followed by the four hex digits of a character (the value is not "
                                  "shown: it may be a secret)");
    }
    *to = '\0';
    return MOOD_OK;
}

/* The first separator that is not escaped by a backslash. */
static char *find_separator(char *line) {
    while (*line && *line != '=' && *line != ':')
        line += *line == '\\' && line[1] ? 2 : 1;
    return line;
}

static mood_status set_line(struct stream_arguments *arguments, char *line, mood_error *err) {
    char *equals = find_separator(line);
    if (!*equals)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "this line is not KEY=VALUE (it is not shown: it may contain a secret)");
    *equals = '\0';
    char *key = trim(line), *value = trim(equals + 1);
    mood_status status = unescape(key, err);
    if (status != MOOD_OK)
        return status;
    if ((status = unescape(value, err)) != MOOD_OK) {
        mood_error_prefix(err, "%s", key);
        return status;
    }
    bool passed = strncmp(key, "consumer.", 9) == 0 || strncmp(key, "producer.", 9) == 0;
    return passed ? stream_set_property(arguments, key, value, false, err)
                  : stream_set(arguments, key, value, ORIGIN_FILE, err);
}

/* Append the text of a continuation line; false: out of memory. */
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

/* Split text into lines in place: *text becomes the next line, or NULL after the last. */
static char *next_line(char **text) {
    char *line = *text, *newline = strchr(line, '\n');
    if (newline)
        *newline = '\0';
    *text = newline && newline[1] ? newline + 1 : NULL;
    return trim(line);
}

static mood_status set_lines(struct stream_arguments *arguments, char *text, const char *path, mood_error *err) {
    mood_status status = MOOD_OK;
    char *whole = NULL;
    unsigned long number = 0;
    while (status == MOOD_OK && text) {
        char *line = next_line(&text);
        number++;
        if (!whole && (!*line || *line == '#' || *line == '!'))
            continue;
        bool more = goes_on(line);
        if (!join(&whole, line))
            status = mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
        else if (!more || !text) {
            status = set_line(arguments, whole, err);
            free(whole);
            whole = NULL;
        }
        if (status != MOOD_OK)
            mood_error_prefix(err, "%s:%lu", path, number);
    }
    free(whole);
    return status;
}

/* Reject NUL bytes: a NUL would end the C string, so options after it would be ignored silently. */
static mood_status check_text(const char *text, size_t size, mood_error *err) {
    const char *nul = memchr(text, '\0', size);
    if (!nul)
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_FATAL, "byte %zu is NUL: this is not a text file",
                          (size_t)(nul - text) + 1);
}

static bool remember(struct stream_arguments *arguments, const char *path) {
    const char **files = reallocarray(arguments->files, arguments->file_count + 1, sizeof *files);
    if (!files)
        return false;
    arguments->files = files;
    files[arguments->file_count++] = path;
    return true;
}

mood_status stream_read_file(struct stream_arguments *arguments, const char *path, mood_error *err) {
    char *text;
    size_t size;
    if (!remember(arguments, path))
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    mood_status status = read_file(path, MAX_SIZE, &text, &size, err);
    if (status == MOOD_OK && (status = check_text(text, size, err)) != MOOD_OK)
        free(text);
    if (status != MOOD_OK) {
        mood_error_prefix(err, "%s", path);
        return status;
    }
    if (size > 0)
        status = set_lines(arguments, text, path, err);
    explicit_bzero(text, size); /* it may hold a secret */
    free(text);
    return status;
}
