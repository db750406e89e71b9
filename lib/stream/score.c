/* Scores for a batch's texts.
 *
 * What fails and may pass is tried again; a device that is lost is replaced, where there is another scorer. A batch that
 * fails all the same is halved until the text that makes it fail stands alone. Is it the text? An empty one is scored
 * beside it: where that fails, too, it is the device, and the stream stops. */
#include "stream/run.h"

enum { TRIES = 5 };
static const double first_wait = 0.1;

float *score_of(const struct run *run, size_t index) {
    return run->scores + run->items[index].row * run->judge->head.outputs;
}

/* Rows [first, first + n) of run->texts, once. */
static mood_status judge_rows(struct run *run, size_t first, size_t n, mood_error *err) {
    mood_sequence_counts counts = {0};
    float *scores = run->scores + first * run->judge->head.outputs;
    double start = clock_seconds();
    mood_status status = run->judge->score(run->judge->user, run->texts + first, n, scores, &counts, err);
    double seconds = clock_seconds() - start;
    run->statistics.scoring_seconds += seconds;
    if (status == MOOD_OK) {
        histogram_add(&run->statistics.inference, seconds);
        run->statistics.words += counts.words;
        run->statistics.unknown_words += counts.unknown;
    }
    return status;
}

/* ---- again ------------------------------------------------------------------------------------------------ */

/* Whether it may go better now. */
static bool may_pass(struct run *run, const mood_error *failure) {
    mood_error none = {0};
    if (failure->error_class == MOOD_CLASS_DEVICE_LOST)
        return run->judge->renew && run->judge->renew(run->judge, failure, &none) == MOOD_OK;
    return failure->error_class == MOOD_CLASS_RETRYABLE;
}

static mood_status insist(struct run *run, size_t first, size_t n, mood_error *err) {
    mood_status status;
    mood_error failure;
    double wait = first_wait;
    for (int tries = 1;; tries++, wait *= 2) {
        failure = (mood_error){0};
        status = judge_rows(run, first, n, &failure);
        if (status == MOOD_OK || tries == TRIES || run_stopping(run) || !may_pass(run, &failure))
            break;
        run_log(run, MOOD_LOG_NOTE, "scoring failed; trying again: %s", failure.message);
        run_nap(run, wait);
    }
    if (status != MOOD_OK)
        *err = failure;
    return status;
}

/* ---- which text is it ---------------------------------------------------------------------------------------- */

static struct item *item_of(struct run *run, size_t row) {
    for (size_t i = 0; i < run->count; i++)
        if (run->items[i].kind == ITEM_TEXT && run->items[i].row == row)
            return &run->items[i];
    return NULL;
}

/* That text alone was refused. Its row is free for the one that is scored beside it. */
static mood_status blame(struct run *run, size_t row, const mood_error *refusal, mood_error *err) {
    mood_error failure = {0};
    mood_status status = MOOD_OK;
    if (refusal->error_class != MOOD_CLASS_INPUT) {
        mood_text text = run->texts[row];
        if (refusal->error_class == MOOD_CLASS_DEVICE_LOST)
            may_pass(run, refusal);
        run->texts[row] = (mood_text){"", 0};
        status = judge_rows(run, row, 1, &failure);
        run->texts[row] = text;
    }
    if (status != MOOD_OK)
        *err = *refusal;
    else
        item_spoil(item_of(run, row), "score", "%s", refusal->message);
    return status;
}

/* Rows [first, first + n) were refused together. */
static mood_status cut_down(struct run *run, size_t first, size_t n, const mood_error *refusal, mood_error *err) {
    if (n == 1)
        return blame(run, first, refusal, err);
    size_t half = n / 2;
    for (int i = 0; i < 2; i++) {
        size_t from = i ? first + half : first, size = i ? n - half : half;
        mood_error failure = {0};
        mood_status status = size == 1 ? insist(run, from, 1, &failure) : judge_rows(run, from, size, &failure);
        if (status == MOOD_OK)
            continue;
        if (size > 1 && failure.error_class == MOOD_CLASS_DEVICE_LOST && !may_pass(run, &failure)) {
            *err = failure;
            return status;
        }
        if ((status = cut_down(run, from, size, &failure, err)) != MOOD_OK)
            return status;
    }
    return MOOD_OK;
}

static mood_status score_rows(struct run *run, size_t n, mood_error *err) {
    mood_error refusal = {0};
    mood_status status = insist(run, 0, n, &refusal);
    bool may_be_a_text = refusal.error_class != MOOD_CLASS_FATAL && !run_stopping(run);
    if (status != MOOD_OK && may_be_a_text) {
        if (refusal.error_class != MOOD_CLASS_INPUT)
            run_log(run, MOOD_LOG_NOTE, "scoring keeps failing; searching for a text that causes it: %s",
                    refusal.message);
        return cut_down(run, 0, n, &refusal, err);
    }
    if (status != MOOD_OK)
        *err = refusal;
    return status;
}

/* ---- the whole ----------------------------------------------------------------------------------------------- */

static void check_scores(struct run *run, size_t first, size_t end) {
    for (size_t i = first; i < end; i++)
        if (run->items[i].kind == ITEM_TEXT && !result_is_finite(&run->writer, score_of(run, i)))
            item_spoil(&run->items[i], "score", "the model's score is not a number");
}

mood_status score_items(struct run *run, size_t first, size_t end, mood_error *err) {
    size_t texts = 0;
    for (size_t i = first; i < end; i++)
        if (run->items[i].kind == ITEM_TEXT) {
            run->items[i].row = texts;
            run->texts[texts++] = run->items[i].text;
        }
    mood_status status = texts ? score_rows(run, texts, err) : MOOD_OK;
    if (status != MOOD_OK)
        mood_error_prefix(err, "scoring failed");
    else
        check_scores(run, first, end);
    return status;
}
