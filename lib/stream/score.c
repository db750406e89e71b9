/* Scores for the texts of a batch.
 *
 * A failure that may be temporary is retried; a lost device is replaced if there is another scorer. A batch that still
 * fails is halved until the text that causes the failure is isolated. As a control, an empty text is then scored: if it
 * fails, too, the device is at fault, not the text, and the stream stops. */
#include "base/clock.h"
#include "stream/histogram.h"
#include "stream/score.h"

enum { ATTEMPTS = 5 };
static const double first_wait = 0.1; /* [s]; doubled after each attempt */

/* Score rows [first, first + n) of the batch's texts, once. */
static mood_status score_once(struct run *run, size_t first, size_t n, mood_error *err) {
    mood_sequence_counts words = {0};
    struct batch *batch = &run->batch;
    struct counts *counts = &run->channel.counts;
    float *scores = batch->scores + first * batch->outputs;
    double start = clock_seconds();
    mood_status status = run->scorer->score(run->scorer->user, batch->texts + first, n, scores, &words, err);
    double seconds = clock_seconds() - start;
    counts->now.scoring_seconds += seconds;
    if (status == MOOD_OK) {
        histogram_add(&counts->now.inference, seconds);
        counts->now.words += words.words;
        counts->now.unknown_words += words.unknown;
    }
    return status;
}

/* ---- retries ------------------------------------------------------------------------------------------------ */

/* True if a retry can succeed. Replaces a lost device. */
static bool can_retry(struct run *run, const mood_error *failure) {
    mood_error ignored = {0};
    if (failure->error_class == MOOD_CLASS_DEVICE_LOST)
        return run->scorer->renew && run->scorer->renew(run->scorer, failure, &ignored) == MOOD_OK;
    return failure->error_class == MOOD_CLASS_RETRYABLE;
}

static mood_status score_with_retries(struct run *run, size_t first, size_t n, mood_error *err) {
    mood_status status;
    mood_error failure;
    double wait = first_wait;
    for (int attempt = 1;; attempt++, wait *= 2) {
        failure = (mood_error){0};
        status = score_once(run, first, n, &failure);
        if (status == MOOD_OK || attempt == ATTEMPTS || deadline_stopping(&run->channel.deadline) ||
            !can_retry(run, &failure))
            break;
        channel_log(&run->channel, MOOD_LOG_NOTE, "scoring failed; trying again: %s", failure.message);
        deadline_sleep(&run->channel.deadline, wait);
    }
    if (status != MOOD_OK)
        *err = failure;
    return status;
}

/* ---- isolating the text ---------------------------------------------------------------------------------------- */

/* The text of this row failed alone. Its row is used for the control, an empty text. */
static mood_status reject_text(struct run *run, size_t row, const mood_error *refusal, mood_error *err) {
    mood_error failure = {0};
    mood_status status = MOOD_OK;
    if (refusal->error_class != MOOD_CLASS_INPUT) {
        mood_text text = run->batch.texts[row];
        if (refusal->error_class == MOOD_CLASS_DEVICE_LOST)
            can_retry(run, refusal);
        run->batch.texts[row] = (mood_text){"", 0};
        status = score_once(run, row, 1, &failure);
        run->batch.texts[row] = text;
    }
    if (status != MOOD_OK)
        *err = *refusal;
    else
        item_reject(&run->batch.items[run->batch.text_items[row]], "score", "%s", refusal->message);
    return status;
}

/* Rows [first, first + n) failed together. */
static mood_status isolate(struct run *run, size_t first, size_t n, const mood_error *refusal, mood_error *err) {
    if (n == 1)
        return reject_text(run, first, refusal, err);
    size_t half = n / 2;
    for (int i = 0; i < 2; i++) {
        size_t from = i ? first + half : first, size = i ? n - half : half;
        mood_error failure = {0};
        mood_status status = size == 1 ? score_with_retries(run, from, 1, &failure)
                                       : score_once(run, from, size, &failure);
        if (status == MOOD_OK)
            continue;
        if (size > 1 && failure.error_class == MOOD_CLASS_DEVICE_LOST && !can_retry(run, &failure)) {
            *err = failure;
            return status;
        }
        if ((status = isolate(run, from, size, &failure, err)) != MOOD_OK)
            return status;
    }
    return MOOD_OK;
}

static mood_status score_rows(struct run *run, size_t n, mood_error *err) {
    mood_error refusal = {0};
    mood_status status = score_with_retries(run, 0, n, &refusal);
    bool text_may_fail = refusal.error_class != MOOD_CLASS_FATAL && !deadline_stopping(&run->channel.deadline);
    if (status != MOOD_OK && text_may_fail) {
        if (refusal.error_class != MOOD_CLASS_INPUT)
            channel_log(&run->channel, MOOD_LOG_NOTE, "scoring keeps failing; searching for a text that causes it: %s",
                        refusal.message);
        return isolate(run, 0, n, &refusal, err);
    }
    if (status != MOOD_OK)
        *err = refusal;
    return status;
}

/* ---- a batch ----------------------------------------------------------------------------------------------- */

static void read_scores(struct run *run, size_t first, size_t end) {
    struct batch *batch = &run->batch;
    for (size_t i = first; i < end; i++) {
        struct item *item = &batch->items[i];
        if (item->kind != ITEM_TEXT)
            continue;
        if (result_is_finite(&run->outlet.writer, batch_scores(batch, i)))
            item->label = mood_head_decide(&run->scorer->head, batch_scores(batch, i));
        else
            item_reject(item, "score", "the model's score is not a number");
    }
}

mood_status score_items(struct run *run, size_t first, size_t end, mood_error *err) {
    struct batch *batch = &run->batch;
    size_t rows = 0;
    for (size_t i = first; i < end; i++)
        if (batch->items[i].kind == ITEM_TEXT) {
            batch->items[i].row = rows;
            batch->texts[rows] = batch->items[i].text;
            batch->text_items[rows++] = i;
        }
    mood_status status = rows ? score_rows(run, rows, err) : MOOD_OK;
    if (status != MOOD_OK)
        mood_error_prefix(err, "scoring failed");
    else
        read_scores(run, first, end);
    return status;
}
