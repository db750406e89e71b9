/* Explanations as text and as JSON. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explain.h"
#include "terminal.h"

/* ---- words ----------------------------------------------------------------------------------------- */

double explained_largest(const mood_explanation *explanation) {
    double largest = 0;
    for (size_t i = 0; i < explanation->count; i++)
        largest = fmax(largest, fabs(explanation->words[i].contribution));
    return largest;
}

double explained_strength(const struct explained *explained, const mood_word *word) {
    return explained->largest > 0 ? fabs(word->contribution) / explained->largest : 0;
}

const char *explained_mark(const mood_word *word) {
    return !word->known ? "unknown" : word->cut ? "cut off" : NULL;
}

mood_text explained_gap(const struct explained *explained, size_t index) {
    const mood_word *words = explained->explanation->words;
    if (!explained->explanation->located)
        return (mood_text){" ", index > 0};
    size_t from = index ? words[index - 1].begin + words[index - 1].size : 0;
    return (mood_text){explained->text.data + from, words[index].begin - from};
}

mood_text explained_word(const struct explained *explained, size_t index) {
    const mood_word *word = &explained->explanation->words[index];
    return explained->explanation->located ? (mood_text){explained->text.data + word->begin, word->size} : word->text;
}

mood_text explained_rest(const struct explained *explained) {
    const mood_explanation *explanation = explained->explanation;
    size_t count = explanation->count;
    if (!explanation->located)
        return (mood_text){"", 0};
    size_t from = count ? explanation->words[count - 1].begin + explanation->words[count - 1].size : 0;
    return (mood_text){explained->text.data + from, explained->text.size - from};
}

/* ---- text ------------------------------------------------------------------------------------------ */

bool explain_has_colours(FILE *stream) {
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    return !(no_color && *no_color) && term && strcmp(term, "dumb") != 0 && isatty(fileno(stream));
}

/* Bold from half of the largest contribution on; none below a twentieth. */
static const char *colour_of(const struct explained *explained, const mood_word *word) {
    double strength = explained_strength(explained, word);
    if (explained_mark(word) && strength == 0)
        return "\033[2m";
    if (strength < 0.05)
        return "";
    if (word->contribution > 0)
        return strength < 0.5 ? "\033[32m" : "\033[1;32m";
    return strength < 0.5 ? "\033[31m" : "\033[1;31m";
}

static void print_words(FILE *stream, const struct explained *explained, bool colours) {
    const mood_explanation *explanation = explained->explanation;
    for (size_t i = 0; i < explanation->count; i++) {
        const char *colour = colours ? colour_of(explained, &explanation->words[i]) : "";
        print_column(stream, explained_gap(explained, i));
        fputs(colour, stream);
        print_column(stream, explained_word(explained, i));
        fputs(*colour ? "\033[0m" : "", stream);
    }
    print_column(stream, explained_rest(explained));
}

/* Largest contribution first; equal ones in the order of the text. */
static int by_contribution(const void *a, const void *b) {
    const mood_word *left = *(const mood_word *const *)a, *right = *(const mood_word *const *)b;
    double l = fabs(left->contribution), r = fabs(right->contribution);
    return l != r ? (l < r) - (l > r) : (left > right) - (left < right);
}

static void print_list(FILE *stream, const struct explained *explained, const mood_word *const *words, size_t most,
                       bool colours) {
    for (size_t i = 0; i < explained->explanation->count && i < most; i++) {
        const char *mark = explained_mark(words[i]), *colour = colours ? colour_of(explained, words[i]) : "";
        fprintf(stream, "\t%+.6f\t%s", words[i]->contribution, colour);
        print_column(stream, words[i]->text);
        fprintf(stream, "%s%s%s\n", *colour ? "\033[0m" : "", mark ? "\t" : "", mark ? mark : "");
    }
}

bool explain_print_text(FILE *stream, const struct explained *explained, bool colours, size_t most) {
    const mood_explanation *explanation = explained->explanation;
    const mood_word **sorted = calloc(explanation->count + 1, sizeof *sorted);
    if (!sorted)
        return false;
    for (size_t i = 0; i < explanation->count; i++)
        sorted[i] = &explanation->words[i];
    qsort(sorted, explanation->count, sizeof *sorted, by_contribution);
    print_column(stream, (mood_text){explained->label, strlen(explained->label)});
    fprintf(stream, "\t%.9g\t", explanation->score);
    print_words(stream, explained, colours);
    fprintf(stream, "\n\t%.6f\t(empty text)\n", explanation->empty);
    print_list(stream, explained, sorted, most, colours);
    free(sorted);
    return true;
}

/* ---- JSON ------------------------------------------------------------------------------------------ */

static json_t *describe_word(const mood_explanation *explanation, const mood_word *word) {
    json_t *object = json_pack("{s: o, s: f, s: b, s: b}", "word", json_stringn(word->text.data, word->text.size),
                               "contribution", word->contribution, "known", word->known, "cut", word->cut);
    if (object && explanation->located) {
        json_object_set_new(object, "begin", json_integer((json_int_t)word->begin));
        json_object_set_new(object, "size", json_integer((json_int_t)word->size));
    }
    return object;
}

bool explain_print_json(FILE *stream, const struct explained *explained) {
    const mood_explanation *explanation = explained->explanation;
    json_t *words = json_array();
    for (size_t i = 0; words && i < explanation->count; i++)
        if (json_array_append_new(words, describe_word(explanation, &explanation->words[i])) != 0) {
            json_decref(words);
            words = NULL;
        }
    json_t *object = json_pack("{s: s, s: f, s: f, s: f, s: I, s: b, s: o, s: o}", "label", explained->label, "score",
                               explanation->score, "empty", explanation->empty, "sum", explanation->sum, "steps",
                               (json_int_t)explanation->steps, "complete", explanation->complete, "text",
                               json_stringn(explained->text.data, explained->text.size), "words", words);
    if (!object)
        return false;
    dump_json(stream, object, JSON_COMPACT | JSON_REAL_PRECISION(9));
    fputc('\n', stream);
    json_decref(object);
    return true;
}
