/* The data of a measurement: rows of ids, or texts. */
#ifndef CLI_SAMPLE_H
#define CLI_SAMPLE_H

#include "labelled.h"

struct sample {
    size_t n, T, O; /* O: numbers per label, in the form that the loss needs */
    int32_t *x;     /* [n,T]; NULL for texts */
    float *y;       /* [n,O]; NULL for texts */
    float *out;     /* [n, outputs of the model] */

    mood_dataset *data;     /* the texts' data set; NULL for rows */
    const mood_text *texts; /* [text_count], belongs to the data set */
    size_t text_count;      /* if n is larger, texts are repeated */
};

/* n rows of random ids from 1 to vocabulary-1, without padding, and random labels, from a seed. */
MOOD_MUST_CHECK mood_status sample_create(struct sample *sample, const mood_model *model, const mood_head *head,
                                          size_t n, size_t T, uint64_t seed, mood_error *err);

/* Rows of the data set, at most n; 0: all. */
MOOD_MUST_CHECK mood_status sample_read_rows(struct sample *sample, const struct common *common,
                                             const struct labelled_source *source, const mood_head *head,
                                             const mood_model *model, const mood_recipe *recipe, size_t n,
                                             mood_error *err);

/* n texts of the data set; 0: all. */
MOOD_MUST_CHECK mood_status sample_read_texts(struct sample *sample, const struct common *common,
                                              const struct labelled_source *source, const mood_head *head,
                                              const mood_model *model, const mood_recipe *recipe, size_t n,
                                              mood_error *err);
void sample_destroy(struct sample *sample);

#endif
