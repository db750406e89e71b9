/* Text from outside, made fit to print. */
#include "column.h"

void print_column(FILE *stream, mood_text text) {
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        switch (c) {
        case '\t': fputs("\\t", stream); break;
        case '\n': fputs("\\n", stream); break;
        case '\r': fputs("\\r", stream); break;
        case '\\': fputs("\\\\", stream); break;
        default:
            if (c < 0x20 || c == 0x7F)
                fprintf(stream, "\\x%02x", c);
            else
                putc(c, stream);
        }
    }
}
