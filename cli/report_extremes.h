/* The texts with the largest values, as few at a time. */
#ifndef CLI_REPORT_EXTREMES_H
#define CLI_REPORT_EXTREMES_H

#include <stddef.h>

#include "mood/text.h"

#define EXTREMES_SHOWN ((size_t)10)
#define EXTREME_SIZE 600 /* bytes of a text that are kept */

struct extreme {
    double value;
    size_t line; /* of its row */
    size_t label;
    double score;            /* that is shown */
    size_t size, kept;       /* bytes of the text, and those of them in text */
    char text[EXTREME_SIZE]; /* its beginning */
};

struct extremes {
    size_t count;
    struct extreme *texts; /* [EXTREMES_SHOWN], the largest value first */
};

/* False: out of memory. */
bool extremes_create(struct extremes *extremes);
void extremes_free(struct extremes *extremes);

/* Keep a text if its value is among the largest; of equal values, and of equal texts, the first one. */
void extremes_add(struct extremes *extremes, mood_text text, size_t line, double value, size_t label, double score);

#endif
