/* A training: the data and the model of mood fit. */
#ifndef CLI_TRAINING_H
#define CLI_TRAINING_H

#include "data_report.h"
#include "fit.h"
#include "labelled.h"
#include "mood/model.h"
#include "base_model.h"
#include "vectors.h"

/* A training, from the arguments to the model's file. */
struct training {
    struct fit_arguments *arguments; /* with the choices of the preset where they were not given */
    mood_device *device;
    mood_model *model;
    mood_recipe *resumed;         /* of the resumed model; NULL: a new model */
    mood_head head;               /* of the resumed model */
    bool soft;                    /* the data has soft labels */
    char separator;               /* between the labels of a row, for a multi-label model; else '\0' */
    mood_tokenizer *words;        /* of a new model */
    mood_recipe recipe;           /* borrows from the two members above and from the data */
    mood_error calibration_error; /* why --calibrate found no temperature; the message is empty if it did */
    mood_dataset *data, *validation_data;
    struct labelled train, validation;
    mood_loss_info loss;           /* of a new model, or of --loss */
    char *loss_text;               /* the loss in Keras's notation, new; NULL: as in the resumed model */
    float *made, *made_validation; /* one-hot labels, if the loss needs them */
    const float *y, *y_validation; /* labels in the form that the loss needs */
    float *class_weights;          /* [recipe.label_count], of --class-weight; NULL: none */
    size_t T;                      /* of a new model */
    struct vectors vectors;        /* of --vectors, for a new model */

    /* Of --preset auto. */
    bool is_auto, chosen_clean;
    bool fits_language;     /* the shipped vectors have most of the words in the texts */
    size_t cut_texts;       /* training texts with more than T words */
    bool sorted;            /* the file's rows were in the order of their labels */
    char script[40];        /* the script with the most letters */
    char *shipped_vectors;  /* path of the shipped vectors for that script, new; NULL: none */
    uint64_t occurrences;   /* words in the training texts */
    double known_share;     /* part of the training texts' words that have a vector; in another language of the
                               most frequent ones */
    struct lengths lengths; /* of the training texts */
    double base_share;      /* part of the training texts' words that the base model knows */
    size_t known_words;     /* that the training texts do not contain */
    struct base_model base; /* of --from */
};

/* Read the data, build and compile the model. The caller destroys the training's members, also after an
 * error. */
MOOD_MUST_CHECK mood_status training_prepare(struct training *training, mood_error *err);
void training_destroy(struct training *training);

/* The number of training rows. The remaining rows, at the end, are for validation. */
size_t training_rows(const struct training *training);
bool training_validates(const struct training *training);

#endif
