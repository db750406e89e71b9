/* mood explain: the output of explanations. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include <stdbool.h>
#include <stdio.h>

#include "mood/scorer.h"

/* An explained text: valid UTF-8. */
struct explained {
    mood_text text;
    const char *label;
    const mood_explanation *explanation;
    double largest; /* contribution, without its sign: explained_largest */
};

double explained_largest(const mood_explanation *explanation);

/* How strong a word's contribution is, from 0 to 1: relative to the largest one of its text. */
double explained_strength(const struct explained *explained, const mood_word *word);

/* What keeps the model from using the word: "unknown", "cut off"; NULL: nothing. */
const char *explained_mark(const mood_word *word);

/* The bytes of the text between the previous word and this one; without places a space. */
mood_text explained_gap(const struct explained *explained, size_t index);

/* The word as it is in the text; without places as the model sees it. */
mood_text explained_word(const struct explained *explained, size_t index);

/* The bytes after the last word. */
mood_text explained_rest(const struct explained *explained);

/* ---- explain_text.c ------------------------------------------------------------------------------ */

/* Print one text: label, score and text, then at most `most` words with the largest contributions. False: out of
 * memory. */
bool explain_print_text(FILE *stream, const struct explained *explained, bool colours, size_t most);

/* Print one line of JSON. False: out of memory. */
bool explain_print_json(FILE *stream, const struct explained *explained);

/* True if the stream is a terminal that shows colours, and NO_COLOR is not set. */
bool explain_has_colours(FILE *stream);

/* ---- explain_html.c ------------------------------------------------------------------------------ */

/* A page that needs no other file: its begin, a text, its end. */
void explain_begin_html(FILE *stream, const char *model);
void explain_print_html(FILE *stream, const struct explained *explained);
void explain_end_html(FILE *stream);

#endif
