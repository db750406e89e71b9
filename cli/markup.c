/* Writes untrusted text into HTML and SVG. */
#include <stdio.h>
#include <string.h>

#include "markup.h"

static void append_escape(struct buffer *out, int32_t character) {
    static const char letters[] = "tnr", meanings[] = "\t\n\r";
    const char *letter = character > 0 && character < 0x20 ? strchr(meanings, character) : NULL;
    if (character < 0)
        buffer_append_string(out, "\xEF\xBF\xBD");
    else if (letter)
        buffer_print(out, "\\%c", letters[letter - meanings]);
    else
        buffer_print(out, character < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)character);
}

static void append_printable(struct buffer *out, mood_text text) {
    for (size_t i = 0; i < text.size; i++)
        switch (text.data[i]) {
        case '&': buffer_append_string(out, "&amp;"); break;
        case '<': buffer_append_string(out, "&lt;"); break;
        case '>': buffer_append_string(out, "&gt;"); break;
        case '"': buffer_append_string(out, "&quot;"); break;
        case '\'': buffer_append_string(out, "&#39;"); break;
        default: buffer_append_byte(out, text.data[i]);
        }
}

void markup_append(struct buffer *out, mood_text text) {
    size_t from = 0, size = 0;
    while (from < text.size) {
        int32_t character;
        size_t at = mood_text_find_control(text, from, &size, &character);
        append_printable(out, (mood_text){text.data + from, at - from});
        if (at == text.size)
            return;
        append_escape(out, character);
        from = at + size;
    }
}

void markup_append_string(struct buffer *out, const char *string) {
    markup_append(out, (mood_text){string, strlen(string)});
}

/* ---- columns ---------------------------------------------------------------------------------------- */

/* The size of the character that begins with that byte, and its columns: from U+1100 on characters of three and four bytes
 * are mostly wide. */
static size_t character_size(unsigned char first, size_t *columns) {
    *columns = first >= 0xE3 ? 2 : 1;
    return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* The bytes of the characters that fit into `most` columns. */
static size_t fitting(mood_text text, size_t most, size_t *columns) {
    size_t at = 0, wide;
    for (*columns = 0; at < text.size; *columns += wide) {
        size_t size = character_size((unsigned char)text.data[at], &wide);
        if (*columns + wide > most)
            break;
        at += size < text.size - at ? size : text.size - at;
    }
    return at;
}

size_t markup_columns(mood_text text) {
    size_t columns;
    fitting(text, SIZE_MAX - 2, &columns);
    return columns;
}

void markup_append_short(struct buffer *out, mood_text text, size_t columns) {
    size_t taken;
    bool longer = fitting(text, columns, &taken) < text.size;
    if (longer)
        text.size = fitting(text, columns - 1, &taken);
    markup_append(out, text);
    if (longer)
        buffer_append_string(out, "…");
}

void markup_append_count(struct buffer *out, unsigned long long count) {
    char digits[32];
    int size = snprintf(digits, sizeof digits, "%llu", count);
    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            buffer_append_byte(out, ',');
        buffer_append_byte(out, digits[i]);
    }
}
