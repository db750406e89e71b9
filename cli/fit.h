/* What mood fit was told, and the training itself. */
#ifndef CLI_FIT_H
#define CLI_FIT_H

#include "architecture.h"
#include "command.h"
#include "labelled.h"
#include "mood/model.h"
#include "recipe_options.h"
#include "vectors.h"

struct fit_arguments {
    struct common common;
    struct recipe_arguments recipe;
    const char *data, *output, *text, *label, *positive, *validation, *history, *resume, *optimizer, *class_weight,
        *vectors, *loss, *monitor;
    const char **metrics; /* [metric_count], new; NULL: not given */
    size_t metric_count;
    char separator; /* between a row's labels; '\0': not given */
    size_t num_words, epochs, batch_size;
    double validation_split, learning_rate;
    uint64_t seed;
    size_t early_stopping, reduce_lr; /* epochs of patience */
    double reduce_lr_factor;
    bool early_stopping_given, reduce_lr_given, save_best;
    bool monitor_given, learning_rate_given, layers_given, num_words_given;
    char *new_optimizer; /* in Keras's notation, of --optimizer and --learning-rate */
    struct architecture layers;
};

/* Everything between the arguments and the model's file. */
struct training {
    const struct fit_arguments *arguments;
    mood_device *device;
    mood_model *model;
    mood_recipe *resumed;  /* of the model that is trained on; NULL for a new one */
    mood_head head;        /* of the resumed model */
    char separator;        /* between a row's labels, of a multi-label model; else '\0' */
    mood_tokenizer *words; /* of a new model */
    mood_recipe recipe;    /* borrows from the two above and from the data */
    mood_dataset *data, *validation_data;
    struct labelled train, validation;
    mood_loss_info loss;           /* of a new model, and of --loss */
    char *loss_text;               /* the loss in Keras's notation, new; NULL: that of the resumed model */
    float *made, *made_validation; /* one-hot labels, where the loss takes them */
    const float *y, *y_validation; /* as the loss takes them */
    float *class_weights;          /* [recipe.label_count], of --class-weight; or NULL */
    size_t T;                      /* of a new model */
    struct vectors vectors;        /* of --vectors, for a new model */
};

/* training.c: read, build, compile. The training's parts are the caller's to destroy, on failure too. */
MOOD_MUST_CHECK mood_status training_prepare(struct training *training, mood_error *err);
void training_destroy(struct training *training);

/* How many rows are trained on; the rest, the last ones, is held back for validation. */
size_t training_rows(const struct training *training);
bool training_validates(const struct training *training);

#endif
