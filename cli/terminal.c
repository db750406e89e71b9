/* Prints untrusted text safely. */
#include "terminal.h"

#include <string.h>

/* Invalid UTF-8 (character -1) is printed as U+FFFD. */
static void print_escape(FILE *stream, int32_t character, bool json) {
    static const char letters[] = "tnr", meanings[] = "\t\n\r";
    const char *letter = character > 0 && character < 0x20 ? strchr(meanings, character) : NULL;
    if (character < 0)
        fputs("\xEF\xBF\xBD", stream);
    else if (letter && !json)
        fprintf(stream, "\\%c", letters[letter - meanings]);
    else if (json) /* the form that jansson writes */
        fprintf(stream, "\\u%04X", (unsigned)character);
    else
        fprintf(stream, character < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)character);
}

static void print_escaped(FILE *stream, mood_text text, bool json) {
    size_t from = 0, size = 0;
    while (from < text.size) {
        int32_t character;
        size_t at = mood_text_find_control(text, from, &size, &character);
        fwrite(text.data + from, 1, at - from, stream);
        if (at == text.size)
            return;
        print_escape(stream, character, json);
        from = at + size;
    }
}

void print_column(FILE *stream, mood_text text) {
    while (text.size > 0) {
        const char *backslash = memchr(text.data, '\\', text.size);
        size_t size = backslash ? (size_t)(backslash - text.data) : text.size;
        print_escaped(stream, (mood_text){text.data, size}, false);
        if (!backslash)
            return;
        fputs("\\\\", stream);
        text = (mood_text){backslash + 1, text.size - size - 1};
    }
}

void print_message(FILE *stream, const char *message) {
    print_escaped(stream, (mood_text){message, strlen(message)}, false);
}

/* jansson passes whole characters. */
static int dump_part(const char *text, size_t size, void *stream) {
    print_escaped(stream, (mood_text){text, size}, true);
    return ferror((FILE *)stream) ? -1 : 0;
}

void dump_json(FILE *stream, const json_t *json, size_t flags) {
    (void)json_dump_callback(json, dump_part, stream, flags);
}
