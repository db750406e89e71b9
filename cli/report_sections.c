/* Parts of a report's sections. */
#include <string.h>

#include "markup.h"
#include "report_sections.h"

mood_text text_of(const char *string) {
    return (mood_text){string, strlen(string)};
}

double share(uint64_t part, uint64_t whole) {
    return whole ? (double)part / (double)whole : 0;
}

void section_open(struct buffer *out, const char *title) {
    buffer_append_string(out, "<section><h2>");
    markup_append_string(out, title);
    buffer_append_string(out, "</h2>\n");
}

void section_close(struct buffer *out) {
    buffer_append_string(out, "</section>\n");
}

void section_chart(struct buffer *out, const char *heading, const struct chart *chart,
                   void (*draw)(struct buffer *, const struct chart *)) {
    buffer_append_string(out, "<h3>");
    markup_append_string(out, heading);
    buffer_append_string(out, "</h3>\n<div class=\"scroll\">");
    draw(out, chart);
    buffer_append_string(out, "</div>\n");
}
