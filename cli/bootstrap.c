/* Intervals of metrics, by resampling the rows. */
#include <stdlib.h>
#include <string.h>

#include "bootstrap.h"
#include "random.h"

/* Of the labels of a sample. */
struct tally {
    size_t hits, support, answered;
};

struct bootstrap {
    const struct outcomes *outcomes;
    uint64_t state;
    struct tally *tallies; /* [labels] */
    double accuracy[BOOTSTRAP_SAMPLES], macro_f1[BOOTSTRAP_SAMPLES];
};

/* Returns the number of right answers: 0 or 1, or of labels. */
static size_t add_row(struct bootstrap *b, size_t row) {
    const struct outcomes *o = b->outcomes;
    size_t right = 0;
    if (o->one_label) {
        size_t truth = o->truth[row], answer = o->answers[row];
        b->tallies[truth].support++;
        b->tallies[answer].answered++;
        b->tallies[truth].hits += truth == answer;
        return truth == answer;
    }
    for (size_t k = 0; k < o->labels; k++) {
        bool truth = o->targets[row * o->labels + k] != 0.0f, answer = o->predictions[row * o->labels + k] != 0.0f;
        b->tallies[k].support += truth;
        b->tallies[k].answered += answer;
        b->tallies[k].hits += truth && answer;
        right += truth == answer;
    }
    return right;
}

static void draw(struct bootstrap *b, size_t sample) {
    const struct outcomes *o = b->outcomes;
    size_t right = 0;
    double sum = 0;
    memset(b->tallies, 0, o->labels * sizeof *b->tallies);
    for (size_t i = 0; i < o->n; i++)
        right += add_row(b, (size_t)(random_next(&b->state) % o->n));
    for (size_t k = 0; k < o->labels; k++) {
        const struct tally *tally = &b->tallies[k];
        size_t whole = tally->support + tally->answered;
        sum += whole ? 2 * (double)tally->hits / (double)whole : 0;
    }
    b->accuracy[sample] = (double)right / (double)o->n / (double)(o->one_label ? 1 : o->labels);
    b->macro_f1[sample] = sum / (double)o->labels;
}

static int by_value(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The values between which 95 % of the samples are. */
static struct interval middle_of(double *values) {
    enum { CUT = BOOTSTRAP_SAMPLES / 40 };
    qsort(values, BOOTSTRAP_SAMPLES, sizeof *values, by_value);
    return (struct interval){values[CUT], values[BOOTSTRAP_SAMPLES - 1 - CUT]};
}

mood_status bootstrap_run(const struct outcomes *outcomes, uint64_t seed, struct intervals *intervals,
                          mood_error *err) {
    struct bootstrap *b = calloc(1, sizeof *b);
    if (b)
        b->tallies = calloc(outcomes->labels, sizeof *b->tallies);
    if (!b || !b->tallies) {
        free(b);
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    }
    b->outcomes = outcomes;
    b->state = seed;
    for (size_t i = 0; i < BOOTSTRAP_SAMPLES; i++)
        draw(b, i);
    *intervals = (struct intervals){middle_of(b->accuracy), middle_of(b->macro_f1)};
    free(b->tallies);
    free(b);
    return MOOD_OK;
}
