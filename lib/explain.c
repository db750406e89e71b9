/* Explains scores: words of texts, and their contributions. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "scorer.h"
#include "text/words.h"

/* One block for what an explanation refers to. */
struct explanation {
    mood_explanation of; /* first: what the caller has */
    mood_word *words;
    float *scores;
    struct bytes bytes;
};

static mood_status no_memory(mood_error *err) {
    return out_of_memory(err, "explaining a score");
}

void mood_explanation_destroy(mood_explanation *explanation) {
    struct explanation *whole = (struct explanation *)explanation;
    if (!whole)
        return;
    free(whole->words);
    free(whole->scores);
    bytes_free(&whole->bytes);
    free(whole);
}

/* ---- rows ------------------------------------------------------------------------------------------ */

/* The ids of a text as a row, and the words that they are of. */
struct row {
    int32_t *ids;  /* [count] */
    size_t *words; /* [count]: index of the word; SIZE_MAX: padding */
    size_t count;
    double *contributions; /* [count] */
};

static void row_free(struct row *row) {
    free(row->ids);
    free(row->words);
    free(row->contributions);
}

/* T = 0: of any length. */
static bool row_allocate(struct row *row, size_t T, size_t kept) {
    row->count = T ? T : kept;
    row->ids = calloc(row->count + 1, sizeof *row->ids);
    row->words = calloc(row->count + 1, sizeof *row->words);
    row->contributions = calloc(row->count + 1, sizeof *row->contributions);
    return row->ids && row->words && row->contributions;
}

/* As mood_tokenizer_padded. Words that do not fit are marked. */
static mood_status row_fill(const mood_scorer *scorer, const struct word_list *list, mood_word *words, struct row *row,
                            mood_error *err) {
    const mood_recipe *recipe = scorer->recipe;
    size_t T = mood_model_get_timesteps(scorer->model), kept = 0, k = 0;
    for (size_t i = 0; i < list->count; i++)
        kept += list->words[i].kind != ID_DROPPED;
    if (!row_allocate(row, T, kept))
        return no_memory(err);
    size_t cut = kept > row->count ? kept - row->count : 0;
    size_t skip = recipe->truncating == MOOD_PAD_PRE ? cut : 0;
    size_t at = cut == 0 && T && recipe->padding == MOOD_PAD_PRE ? row->count - kept : 0;
    for (size_t t = 0; t < row->count; t++)
        row->words[t] = SIZE_MAX;
    for (size_t i = 0; i < list->count; i++) {
        if (list->words[i].kind == ID_DROPPED)
            continue;
        words[i].cut = k < skip || k >= skip + row->count;
        if (!words[i].cut) {
            row->ids[at + k - skip] = list->words[i].id;
            row->words[at + k - skip] = i;
        }
        k++;
    }
    return MOOD_OK;
}

/* ---- contributions --------------------------------------------------------------------------------- */

static mood_status run_attributor(mood_scorer *scorer, struct row *row, size_t label, struct attribution *attribution,
                                  mood_error *err) {
    mood_status status = MOOD_OK;
    pthread_mutex_lock(&scorer->attributor_lock);
    if (!scorer->attributor)
        status = attributor_create(scorer->model, &scorer->attributor, err);
    if (status == MOOD_OK)
        status = attributor_run(scorer->attributor, row->ids, row->count, &scorer->head, label, row->contributions,
                                attribution, err);
    pthread_mutex_unlock(&scorer->attributor_lock);
    return status;
}

static void finish(struct explanation *whole, const struct row *row, const struct attribution *attribution) {
    mood_explanation *of = &whole->of;
    for (size_t t = 0; t < row->count; t++)
        if (row->words[t] != SIZE_MAX) {
            whole->words[row->words[t]].contribution = row->contributions[t];
            of->sum += row->contributions[t];
        }
    double difference = of->score - of->empty;
    of->steps = attribution->steps;
    of->complete = fabs(of->sum - difference) <= fmax(0.01 * fabs(difference), 1e-4);
}

static mood_status attribute(mood_scorer *scorer, const struct word_list *list, struct explanation *whole,
                             mood_error *err) {
    struct row row = {0};
    struct attribution attribution = {.empty = whole->of.empty};
    mood_status status = row_fill(scorer, list, whole->words, &row, err);
    if (status == MOOD_OK)
        status = run_attributor(scorer, &row, whole->of.label, &attribution, err);
    if (status == MOOD_OK)
        finish(whole, &row, &attribution);
    row_free(&row);
    return status;
}

/* ---- the explanation ------------------------------------------------------------------------------- */

/* The scores of the text and of an empty one. */
static mood_status score(mood_scorer *scorer, mood_text text, size_t label, struct explanation *whole,
                         mood_error *err) {
    size_t O = mood_scorer_get_outputs(scorer);
    const mood_text texts[] = {text, {"", 0}};
    whole->scores = calloc(2 * O, sizeof *whole->scores);
    if (!whole->scores)
        return no_memory(err);
    mood_status status = mood_scorer_score(scorer, texts, 2, whole->scores, err);
    if (status != MOOD_OK)
        return status;
    if (label == MOOD_DECIDED_LABEL)
        label = mood_scorer_decide(scorer, whole->scores);
    whole->of.label = label;
    whole->of.scores = whole->scores;
    whole->of.score = (double)mood_head_label_score(&scorer->head, whole->scores, label);
    whole->of.empty = (double)mood_head_label_score(&scorer->head, whole->scores + O, label);
    return MOOD_OK;
}

static mood_status take_words(struct word_list *list, struct explanation *whole, mood_error *err) {
    whole->words = calloc(list->count + 1, sizeof *whole->words);
    if (!whole->words)
        return no_memory(err);
    whole->bytes = list->bytes;
    list->bytes = (struct bytes){0};
    for (size_t i = 0; i < list->count; i++) {
        const struct listed_word *word = &list->words[i];
        whole->words[i] = (mood_word){.text = {whole->bytes.data + word->at, word->size},
                                      .begin = list->located ? word->begin : 0,
                                      .size = list->located ? word->length : 0,
                                      .known = word->kind == ID_KNOWN};
    }
    whole->of.words = whole->words;
    whole->of.count = list->count;
    whole->of.located = list->located;
    return MOOD_OK;
}

static mood_status explain(mood_scorer *scorer, mood_text text, size_t label, struct explanation *whole,
                           mood_error *err) {
    struct word_list list = {0};
    mood_status status = score(scorer, text, label, whole, err);
    if (status == MOOD_OK)
        status = word_list_fill(scorer->recipe->tokenizer, text, &list, err);
    if (status == MOOD_OK)
        status = take_words(&list, whole, err);
    if (status == MOOD_OK)
        status = attribute(scorer, &list, whole, err);
    word_list_free(&list);
    return status;
}

mood_status mood_scorer_explain(mood_scorer *scorer, mood_text text, size_t label, mood_explanation **explanation,
                                mood_error *err) {
    if (!scorer || !explanation)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "explaining needs a scorer and a place for the explanation");
    *explanation = NULL;
    mood_status status = check_texts(&text, 1, err);
    if (status == MOOD_OK && label != MOOD_DECIDED_LABEL && label >= scorer->head.labels)
        status = mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL, "there is no label %zu; the model has %zu",
                                label, scorer->head.labels);
    if (status != MOOD_OK)
        return status;
    struct explanation *whole = calloc(1, sizeof *whole);
    if (!whole)
        return no_memory(err);
    status = explain(scorer, text, label, whole, err);
    if (status != MOOD_OK) {
        mood_explanation_destroy(&whole->of);
        return status;
    }
    *explanation = &whole->of;
    return MOOD_OK;
}
