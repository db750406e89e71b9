/* Makes or reads the data of a measurement. */
#include <stdlib.h>

#include "random.h"
#include "sample.h"

static mood_status no_memory(mood_error *err) {
    return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
}

static mood_status make_room(struct sample *sample, const mood_model *model, mood_error *err) {
    sample->out = calloc(sample->n, mood_model_get_outputs(model) * sizeof *sample->out);
    if (sample->out)
        return MOOD_OK;
    sample_destroy(sample);
    return no_memory(err);
}

/* ---- random ------------------------------------------------------------------------------------------- */

mood_status sample_create(struct sample *sample, const mood_model *model, const mood_head *head, size_t n, size_t T,
                          uint64_t seed, mood_error *err) {
    size_t words = mood_model_get_vocabulary(model), classes = head->multi_label ? 2 : head->labels, cells;
    *sample = (struct sample){.n = n, .T = T, .O = head->multi_label ? head->labels : 1};
    if (words < 2)
        return mood_error_set(err, MOOD_ERR_SHAPE, MOOD_CLASS_INPUT, "the model has no vocabulary to make rows from");
    if (__builtin_mul_overflow(n, T, &cells))
        return no_memory(err);
    sample->x = calloc(cells, sizeof *sample->x);
    sample->y = calloc(n, sample->O * sizeof *sample->y);
    if (!sample->x || !sample->y) {
        sample_destroy(sample);
        return no_memory(err);
    }
    for (size_t i = 0; i < cells; i++)
        sample->x[i] = (int32_t)(1 + random_next(&seed) % (words - 1));
    for (size_t i = 0; i < n * sample->O; i++)
        sample->y[i] = (float)(random_next(&seed) % classes);
    return make_room(sample, model, err);
}

/* ---- from a file --------------------------------------------------------------------------------------- */

static mood_status finish(struct sample *sample, const struct labelled_source *source, const mood_model *model,
                          mood_error *err) {
    if (sample->n)
        return make_room(sample, model, err);
    sample_destroy(sample);
    return mood_error_set(err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, "%s has no rows to measure", source->path);
}

mood_status sample_read_rows(struct sample *sample, const struct common *common, const struct labelled_source *source,
                             const mood_head *head, const mood_model *model, const mood_recipe *recipe, size_t n,
                             mood_error *err) {
    struct labelled labelled;
    mood_status status = labelled_read(common, source, head, model, recipe, &labelled, err);
    if (status)
        return status;
    size_t rows = n && n < labelled.n ? n : labelled.n;
    *sample = (struct sample){.n = rows, .T = labelled.T, .O = labelled.O, .x = labelled.x, .y = labelled.y};
    return finish(sample, source, model, err);
}

mood_status sample_read_texts(struct sample *sample, const struct common *common, const struct labelled_source *source,
                              const mood_head *head, const mood_model *model, const mood_recipe *recipe, size_t n,
                              mood_error *err) {
    mood_dataset *data;
    mood_status status = labelled_open(common, source, head, recipe, &data, err);
    if (status)
        return status;
    size_t count = mood_dataset_get_count(data);
    *sample = (struct sample){.n = n && count ? n : count,
                              .T = mood_model_get_timesteps(model),
                              .O = 1,
                              .data = data,
                              .texts = mood_dataset_get_texts(data),
                              .text_count = count};
    return finish(sample, source, model, err);
}

void sample_destroy(struct sample *sample) {
    free(sample->x);
    free(sample->y);
    free(sample->out);
    mood_dataset_destroy(sample->data);
    *sample = (struct sample){0};
}
