/* The Sequential model: layers, training, prediction, and its file. Names and meanings are Keras's
 * (keras.io/api); differences are documented here.
 *
 * Letters for sizes, in all headers: n rows, B batch, T time steps, E embedding, H hidden units,
 * O outputs, V vocabulary. Arrays are row-major. A model belongs to one thread at a time. */
#ifndef MOOD_MODEL_H
#define MOOD_MODEL_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mood/device.h>
#include <mood/status.h>
#include <mood/text.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mood_model mood_model;

/* ---- layers ---------------------------------------------------------------------------------- */

/** The activation that converts outputs to scores (mood_head): MOOD_LINEAR, MOOD_SIGMOID or MOOD_SOFTMAX. Layers name
 * theirs as Keras does. */
typedef enum mood_activation {
    MOOD_LINEAR = 0,
    MOOD_RELU = 1,
    MOOD_SIGMOID = 2,
    MOOD_TANH = 3,
    MOOD_SOFTMAX = 4
} mood_activation;

/** Create an empty model on a device. *model is new; the device is borrowed and must outlive it. */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_create(mood_device *device, mood_model **model, mood_error *err);

/** NULL is allowed. */
MOOD_API void mood_model_destroy(mood_model *model);

/** Append a layer, written as in Keras, with Keras's defaults:
 *      mood_model_add(model, "Embedding(5000, 32)", &err)
 *      mood_model_add(model, "LSTM(64, return_sequences=True)", &err)
 *      mood_model_add(model, "Dense(1, activation='sigmoid', kernel_initializer=HeNormal())", &err)
 *  Names of layers may be in lower case, and quotes around names of activations and initializers may be left out. At
 * most three arguments can be given by position. The argument `name` names the layer; else it is named as in Keras
 * (lstm, lstm_1 …). Initializers draw from mood's own seeded generator.
 *
 *  Embedding(input_dim, output_dim): ids [B,T] of 0 … input_dim-1 to vectors [B,T,output_dim]. Only as the first layer.
 * An id outside this range is an error of the call that gets the data, on every device. mask_zero=True masks the steps
 *      with id 0: recurrent layers, Bidirectional and GlobalAveragePooling1D skip them. Masking() after it masks the
 *      words whose vector is zero instead.
 *  LSTM(units): x [B,T,·] to h [B,units], or with return_sequences [B,T,units]. Gates i, f, c, o; one bias. With other
 *      activations than tanh and sigmoid it is slower. Source: Hochreiter & Schmidhuber 1997, Gers et al. 2000, in
 * Keras's form. go_backwards runs through time backwards; its outputs are in the order of processing. GRU(units),
 * SimpleRNN(units): as LSTM. Recurrent layers have any activation but softmax and log_softmax. With recurrent_dropout
 * they run step by step in training, which is slower. Bidirectional(LSTM(units), merge_mode='concat'): two layers, one
 * of which runs backwards; or 'sum', 'ave', 'mul'. Conv1D(filters, kernel_size): x [B,T,·] to y [B,T',filters]. padding
 * is 'valid', 'same' or 'causal'. MaxPooling1D(pool_size), AveragePooling1D(pool_size): x [B,T,D] to y [B,T',D].
 *  GlobalMaxPooling1D(), GlobalAveragePooling1D(): x [B,T,D] to y [B,D].
 *  Flatten(): x [B,T,D] to y [B,T*D]. Reshape(target_shape): to a vector or a sequence. Permute((2, 1)): to y [B,D,T].
 *  RepeatVector(n): x [B,D] to y [B,n,D]. UpSampling1D(size), ZeroPadding1D(padding), Cropping1D(cropping): of steps.
 *  TimeDistributed(Dense(units)): the inner layer applied to each step; a Dense, Activation, ReLU, LeakyReLU, ELU,
 * Dropout, GaussianDropout, GaussianNoise or LayerNormalization. Dense(units): y = activation(x·kernel + bias), x [B,·]
 * to y [B,units]. Activation('relu'): y = activation(x): Keras's names, but for glu, sparsemax and threshold.
 * 'keras2>hard_sigmoid' is that of Keras 2. ReLU(max_value=None), LeakyReLU(negative_slope=0.3), ELU(alpha=1), PReLU(),
 * Softmax(): activations with arguments, and one with weights, alpha [T,D] or [D]; shared_axes=[1] has one alpha for
 * all steps. Softmax is over the last axis. LayerNormalization(): each vector [D] of x [B,T,D] or [B,D] is normalized
 * to mean 0 and variance 1, then scaled by gamma and shifted by beta [D]. axis is the last one. Source: Ba et al. 2016.
 *  BatchNormalization(): the same with each column's mean and variance over B and T of a training batch; in
 *      predictions, and with trainable=False, with moving averages of them. A training batch has to fit the device.
 *      Source: Ioffe & Szegedy 2015.
 *  Concatenate(axis=-1), Add(), Subtract(), Multiply(), Average(), Maximum(), Minimum(): of several layers' outputs,
 * see mood_model_connect. Attention(use_scale=False, score_mode='dot'), AdditiveAttention(): of [query, value] or
 * [query, value, key], x [B,T,·] and [B,S,·] to y [B,T,·]; MultiHeadAttention(num_heads, key_dim): the same with
 * kernels. Source: Luong et al. 2015, Bahdanau et al. 2015, Vaswani et al. 2017, in Keras's forms. Dropout(rate),
 * SpatialDropout1D(rate), GaussianDropout(rate), GaussianNoise(stddev): active in training only. Kernels, biases,
 * embeddings, gamma, beta and alpha have initializers, regularizers (L1, L2, L1L2) and constraints (MaxNorm, NonNeg,
 * UnitNorm, MinMaxNorm), as in Keras. trainable=False keeps a layer's weights as they are.
 *
 *  Errors: MOOD_ERR_ARGUMENT (names the place in the text), MOOD_ERR_UNSUPPORTED (a layer, argument or value that this
 *  version does not have), MOOD_ERR_STATE if the model is built. */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_add(mood_model *model, const char *layer, mood_error *err);

/** Append a layer whose inputs are the outputs of the layers with these names [input_count], 1 to 8. This gives a model
 *  branches, like Keras's Functional models:
 *
 *      mood_model_add(model, "Embedding(5000, 32, name='words')", &err)
 *      mood_model_connect(model, "GlobalMaxPooling1D(name='most')", (const char *[]){"words"}, 1, &err)
 *      mood_model_connect(model, "GlobalAveragePooling1D(name='mean')", (const char *[]){"words"}, 1, &err)
 *      mood_model_connect(model, "Concatenate()", (const char *[]){"most", "mean"}, 2, &err)
 *
 *  "ngrams" is the input of mood_model_set_ngrams. The last layer is the model's output; the output of every other layer must be used by a later one.
 *  Errors as mood_model_add's, and MOOD_ERR_ARGUMENT for a name that no layer has or a layer that does not take that
 * many inputs. */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_connect(mood_model *model, const char *layer, const char *const *inputs,
                                                        size_t input_count, mood_error *err);

typedef struct mood_ngrams_options {
    size_t size;
    size_t shortest, longest; /**< n-grams of that many words, 1 to 3 */
    size_t max_columns;       /**< the n-grams in the most rows get a column; at most 2^20 */
    size_t min_rows;          /**< n-grams in fewer rows get none */
    mood_matrix_mode mode;    /**< MOOD_MATRIX_MULTI_HOT, MOOD_MATRIX_COUNT or MOOD_MATRIX_TF_IDF */
} mood_ngrams_options;
#define MOOD_NGRAMS_OPTIONS                                                                                            \
    { sizeof(mood_ngrams_options), 1, 2, 100000, 1, MOOD_MATRIX_TF_IDF }

/** Give a model that begins with an Embedding a second input, "ngrams": bags of n-grams [B,V]. V is the number of
 *  columns, which are chosen from training rows x [n,T] of ids; id 0 is padding. mood makes the bags from the rows of
 *  ids, so fit, evaluate and predict get rows of ids only. In Keras the model has two inputs, and the second is what
 *  TextVectorization(ngrams=…, output_mode='tf_idf', vocabulary=…, idf_weights=…) makes of the same words.
 *
 *      mood_model_add(model, "Embedding(5000, 32, mask_zero=True)", &err)
 *      mood_model_add(model, "LSTM(64, name='words')", &err)
 *      mood_model_set_ngrams(model, NULL, x, n, T, &err)
 *      mood_model_connect(model, "UnitNormalization(name='unit')", (const char *[]){"ngrams"}, 1, &err)
 *      mood_model_connect(model, "Dense(8, name='few')", (const char *[]){"unit"}, 1, &err)
 *      mood_model_connect(model, "Concatenate()", (const char *[]){"words", "few"}, 2, &err)
 *      mood_model_add(model, "Dense(1, activation='sigmoid')", &err)
 *
 *  One layer takes this input: a Dense, or a UnitNormalization before one. options may be NULL. On failure the model is
 *  unchanged. Errors: MOOD_ERR_STATE (the model is built or has n-grams, or does not begin with an Embedding),
 *  MOOD_ERR_ARGUMENT (options; an id is not in the Embedding's range), MOOD_ERR_FORMAT (no n-gram is in min_rows rows). */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_set_ngrams(mood_model *model, const mood_ngrams_options *options,
                                                           const int32_t *x, size_t n, size_t T, mood_error *err);

/** The number of columns of the input of n-grams; 0 without one. */
MOOD_API size_t mood_model_count_ngrams(const mood_model *model);

/** Check a layer's text as mood_model_add does, without a model. The same errors. */
MOOD_API MOOD_MUST_CHECK mood_status mood_layer_check(const char *layer, mood_error *err);

/** Keras's name of layer number `index`: "LSTM"; NULL if there are no more. */
MOOD_API const char *mood_layer_class_at(size_t index);

/** True if a layer of that class (case does not matter) has that setting: ("lstm", "return_sequences"). False also if
 * there is no such class. */
MOOD_API bool mood_layer_has_setting(const char *class_name, const char *setting);

/** Make the model's input bags of words [B,V], as Keras's tokenizer.texts_to_matrix(texts, mode) makes them, instead of
 *  sequences: its first layer is a Dense then, or a Dropout before one. Rows x [n,T] of ids remain the input of fit,
 *  evaluate and predict, with any T: shorter texts are padded with 0, which is not counted, and each row becomes its
 * bag on the way to the device. V is mood_tokenizer_get_matrix_width's; for MOOD_MATRIX_TFIDF the tokenizer's document
 *  counts are copied. Call it before the model is built; mood_model_load calls it itself. With the same width it can be
 *  called again, for another mode.
 *  Errors: MOOD_ERR_STATE (the model begins with an Embedding; the tokenizer has no words, or no document counts for
 *  tfidf), MOOD_ERR_SHAPE (the model has another width). */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_set_matrix(mood_model *model, mood_matrix_mode mode,
                                                           const mood_tokenizer *tokenizer, mood_error *err);

/** MOOD_MATRIX_NONE: the model takes sequences of ids. */
MOOD_API mood_matrix_mode mood_model_get_matrix(const mood_model *model);

/** Create the weights for rows of T steps (bags of words: any T); fit calls this if necessary. The same seed on the
 * same device gives bitwise identical weights. Errors: MOOD_ERR_STATE if built for another T. */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_build(mood_model *model, size_t T, uint64_t seed, mood_error *err);

/* ---- training -------------------------------------------------------------------------------- */

typedef struct mood_compile_options {
    size_t size;
    /** Written as in Keras, with Keras's defaults and short names: "Huber(delta=2)", "mse". NULL: binary_crossentropy.
     *  y [n,O] has a number for each output, except where it says [n,1], the number of the class:
     *  BinaryCrossentropy: y 0 or 1; O > 1 is a multi-label model.
     *  CategoricalCrossentropy: one-hot. SparseCategoricalCrossentropy: [n,1].
     *  BinaryFocalCrossentropy, CategoricalFocalCrossentropy: as those without Focal.
     *  Hinge, SquaredHinge: y 0 and 1, or -1 and 1; 0 stands for -1. CategoricalHinge: one-hot.
     *  KLDivergence: a distribution. Poisson: counts.
     *  MeanSquaredError, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredLogarithmicError, Huber, LogCosh,
     *  CosineSimilarity: any numbers.
     *  The cross-entropies have from_logits (the outputs are logits: the last layer's activation is linear, relu …)
     * and, except the sparse one, label_smoothing. A cross-entropy after the activation that belongs to it (sigmoid,
     * softmax) is computed from logits; after another one it is computed from the outputs, which are clipped as in
     * Keras. */
    const char *loss;
    /** Written as in Keras, with Keras's defaults: "SGD(0.1, momentum=0.9)", "adam". NULL: Adam. Types are SGD,
     * RMSprop, Adam, AdamW, Adagrad, Adadelta, Adamax and Nadam. The learning rate is a number or a schedule, as in
     *  "Adam(CosineDecay(0.001, decay_steps=1000))": ExponentialDecay, PiecewiseConstantDecay, PolynomialDecay,
     *  InverseTimeDecay, CosineDecay, CosineDecayRestarts. All have weight_decay, clipnorm, clipvalue, global_clipnorm,
     *  use_ema, ema_momentum and ema_overwrite_frequency. */
    const char *optimizer;
    /** [metric_count], written as in Keras: "accuracy", "AUC(curve='PR', name='pr')". Classes are those of
     *  mood_metric_class_at; "accuracy" is the one that goes with the labels, as in Keras. NULL: accuracy; for
     * multi-label models BinaryAccuracy; with from_logits and a binary loss the threshold is 0. Metrics of one number
     * only. */
    const char *const *metrics;
    size_t metric_count;
    const char *const *weighted_metrics; /**< [weighted_metric_count]: rows count by their weights. NULL: none */
    size_t weighted_metric_count;
} mood_compile_options;
#define MOOD_COMPILE_OPTIONS                                                                                           \
    { sizeof(mood_compile_options), NULL, NULL, NULL, 0, NULL, 0 }

/** Set loss, optimizer and metrics. Compiling again resets the optimizer. A smaller options->size is that of an earlier
 *  version: the members that it does not have get their defaults.
 *  Errors: MOOD_ERR_SHAPE if loss or metrics do not match the last layer; MOOD_ERR_ARGUMENT and MOOD_ERR_UNSUPPORTED
 *  from the texts. */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_compile(mood_model *model, const mood_compile_options *options,
                                                        mood_error *err);

/** The compile options in use, from mood_model_compile or from the model's file. Initialise *options with
 *  MOOD_COMPILE_OPTIONS. The texts belong to the model and are valid until it is trained, compiled or destroyed; those
 * of loss and metrics have what differs from the defaults, that of the optimizer the learning rate, too. Of a file's
 * metrics only those that mood computes are listed; a file without them has the default ones. Errors: the reason why
 * the model is not compiled. MOOD_ERR_STATE: mood_model_compile was not called, and the file was saved without a loss
 * and an optimizer. MOOD_ERR_UNSUPPORTED: mood does not support how the file was trained; the message names the loss,
 * the optimizer or the setting. */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_get_compile_options(const mood_model *model,
                                                                    mood_compile_options *options, mood_error *err);

/** The metrics of the model's file that this version does not compute, as "HammingLoss, MeanIoU"; "" if there are none.
 *  They are kept when the model is saved. The text belongs to the model and is valid until it gets a layer, or is
 *  compiled or destroyed. */
MOOD_API const char *mood_model_get_skipped_metrics(const mood_model *model);

/** Replace the optimizer by a new one, written as in mood_compile_options (NULL: Adam), whose state starts at zero. The
 *  loss is kept, also that of a file whose optimizer mood does not support. Errors: those of
 *  mood_model_get_compile_options if there is no loss, MOOD_ERR_ARGUMENT and MOOD_ERR_UNSUPPORTED. */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_reset_optimizer(mood_model *model, const char *optimizer,
                                                                mood_error *err);

/** Freeze the layer of that name, or make it trainable, with all layers in it: as layer.trainable in Keras, followed by
 *  another call of compile. If this changes a built and compiled model, its optimizer is reset: the state and the number
 *  of steps are zero, so a schedule of the learning rate restarts; a learning rate that was set is kept. Do not call
 *  it during mood_model_fit. Errors: MOOD_ERR_ARGUMENT (there is no such layer), MOOD_ERR_MEMORY, MOOD_ERR_DEVICE (the
 *  model can then only be destroyed). */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_set_trainable(mood_model *model, const char *layer, bool trainable,
                                                              mood_error *err);

/** Check an optimizer's text as mood_model_compile does, without a model. The same errors. */
MOOD_API MOOD_MUST_CHECK mood_status mood_optimizer_check(const char *optimizer, mood_error *err);

/** Keras's name of optimizer number `index`: "SGD"; NULL if there are no more. */
MOOD_API const char *mood_optimizer_class_at(size_t index);

/** Numbers per row of the labels y that the model's loss takes: O, or 1 for numbers of classes. 0: the model has no
 * loss. */
MOOD_API size_t mood_model_get_label_width(const mood_model *model);

/** Check a loss's text as mood_model_compile does, without a model. The same errors. */
MOOD_API MOOD_MUST_CHECK mood_status mood_loss_check(const char *loss, mood_error *err);

/** Keras's name of loss number `index`: "BinaryCrossentropy"; NULL if there are no more. */
MOOD_API const char *mood_loss_class_at(size_t index);

/** What a loss says about a model's last layer and labels. */
typedef struct mood_loss_info {
    size_t size;
    mood_activation activation; /**< of a cross-entropy: MOOD_SIGMOID or MOOD_SOFTMAX, which makes probabilities of its
                                     logits; else MOOD_LINEAR: any */
    bool from_logits;           /**< the outputs are logits */
    bool one_class;             /**< a row has one class of several, with one output for each */
    bool takes_classes;         /**< labels [n,1] are numbers of classes */
} mood_loss_info;
#define MOOD_LOSS_INFO                                                                                                 \
    { sizeof(mood_loss_info), MOOD_LINEAR, false, false, false }

/** *info, initialised with MOOD_LOSS_INFO, is filled. Errors as mood_loss_check's. */
MOOD_API MOOD_MUST_CHECK mood_status mood_loss_describe(const char *loss, mood_loss_info *info, mood_error *err);

/** Keras's name of metric number `index`: "AUC"; NULL if there are no more. */
MOOD_API const char *mood_metric_class_at(size_t index);

/** Values by name, sorted by the names, as in Keras's logs: "accuracy", "loss", "val_accuracy", "val_loss". */
typedef struct mood_metrics mood_metrics;

MOOD_API size_t mood_metrics_count(const mood_metrics *metrics);
/** NULL if there are no more; belongs to the metrics. */
MOOD_API const char *mood_metrics_name_at(const mood_metrics *metrics, size_t index);
MOOD_API double mood_metrics_value_at(const mood_metrics *metrics, size_t index); /**< NaN if there are no more */
/** The value of that name; NaN if there is none. */
MOOD_API double mood_metrics_get(const mood_metrics *metrics, const char *name);
/** NULL is allowed. */
MOOD_API void mood_metrics_destroy(mood_metrics *metrics);

/** Whether larger values of a metric are better, as Keras decides it: 1, -1: smaller ones, 0: Keras does not decide, or
 * the model has no such metric. name may begin with "val_". */
MOOD_API int mood_model_get_metric_direction(const mood_model *model, const char *name);

/** Results of one epoch. */
typedef struct mood_epoch {
    size_t epoch; /**< from 0 */
    double seconds;
    /** loss and the model's metrics; with validation data also val_loss and val_… of the metrics. */
    const mood_metrics *metrics;
} mood_epoch;

/** New from mood_model_fit; release with mood_history_destroy. */
typedef struct mood_history {
    size_t count;
    bool stopped; /**< a callback stopped it */
    mood_epoch *epochs;
} mood_history;

/** Progress within an epoch. */
typedef struct mood_progress {
    size_t epoch, epochs;        /**< from 0 */
    size_t step, steps;          /**< finished batches, and batches per epoch */
    double batch_loss;           /**< loss of the latest batch */
    const mood_metrics *metrics; /**< loss and metrics over the batches so far */
} mood_progress;

typedef struct mood_fit_options {
    size_t size;
    size_t epochs, batch_size;
    double validation_split; /**< the last part of the rows, taken before shuffling */
    const int32_t *x_val;    /**< [n_val,T], instead of a split; NULL: none */
    const float *y_val;      /**< [n_val,L] */
    size_t n_val;
    bool shuffle;
    uint64_t seed; /**< for shuffling, and for the weights if fit builds the model */
    /** Called after every epoch, and after every batch; false stops training and keeps the weights of that moment.
     *  With on_batch the host waits for the device at each step. Both may be NULL. on_epoch may predict with the model
     *  and save it. */
    bool (*on_epoch)(const mood_epoch *epoch, void *user);
    bool (*on_batch)(const mood_progress *progress, void *user);
    void *user;
    /** Keras's callbacks, written as in Keras, with Keras's defaults; called in this order, before on_epoch:
     *  EarlyStopping(monitor='val_loss', min_delta=0, patience=0, …, restore_best_weights=False),
     *  ReduceLROnPlateau(monitor='val_loss', factor=0.1, patience=10, …). monitor is the name of any metric. To save
     * the best epochs, call mood_model_save in on_epoch. */
    const char *const *callbacks; /**< [callback_count]; NULL: none */
    size_t callback_count;
    /** Factors of the rows' losses, as in Keras: the loss of a batch is the sum of the weighted losses divided by the
     *  number of rows. Regularizers and metrics, except weighted_metrics, do not depend on them. At most one of the two
     * can be given. */
    const float *sample_weight; /**< [n]; with validation_split val_loss is weighted, too. NULL: 1 */
    const float *class_weight;  /**< [class_count], by a row's class, for the training rows only; further classes: 1 */
    size_t class_count;
    /** A layer that is frozen for the first epochs only: mood_model_set_trainable makes it trainable before epoch
     *  unfreeze_epoch (from 0). An average of weights (use_ema) ends then, as at the end of training, and a new one
     *  starts. Epochs, shuffling, the random numbers of Dropout, and the callbacks continue. */
    const char *unfreeze; /**< the name of a layer with trainable=False; NULL: none */
    size_t unfreeze_epoch;
} mood_fit_options;
#define MOOD_FIT_OPTIONS                                                                                               \
    { sizeof(mood_fit_options), 1, 32, 0.0, NULL, NULL, 0, true, 0, NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL, 0 }

/** Train. x [n,T] ids, y [n,L], L of mood_model_get_label_width, both borrowed for the call. The last batch may be
 *  smaller. history may be NULL; otherwise *history is new.
 *  Errors: MOOD_ERR_STATE (not compiled; the message gives the reason), MOOD_ERR_SHAPE, MOOD_ERR_ARGUMENT (an id out of
 *  range; the message names its row), MOOD_ERR_DEVICE (weights are then undefined). */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_fit(mood_model *model, const int32_t *x, size_t n, size_t T,
                                                    const float *y, size_t L, const mood_fit_options *options,
                                                    mood_history **history, mood_error *err);

MOOD_API void mood_history_destroy(mood_history *history);

/** Loss and metrics on x [n,T], y [n,L], L of mood_model_get_label_width, without weights. batch_size 0 means 32.
 * *metrics is new. Errors: MOOD_ERR_STATE (not compiled; the message gives the reason; or the loss is NaN or infinite),
 * MOOD_ERR_SHAPE, MOOD_ERR_ARGUMENT. */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_evaluate(mood_model *model, const int32_t *x, size_t n, size_t T,
                                                         const float *y, size_t L, size_t batch_size,
                                                         mood_metrics **metrics, mood_error *err);

/** The last layer's outputs for x [n,T] in y [n,O], as Keras's predict returns them: logits if the last layer has
 *  no activation (mood_head_apply converts them to scores). The result of a row does not depend on the other rows
 *  (bitwise identical). batch_size 0: chosen for the device.
 *  Errors: MOOD_ERR_STATE (not built; or an output is NaN or infinite because the weights are too large; the message
 *  names the row), MOOD_ERR_SHAPE, MOOD_ERR_ARGUMENT, MOOD_ERR_DEVICE. */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_predict(mood_model *model, const int32_t *x, size_t n, size_t T,
                                                        size_t batch_size, float *y, mood_error *err);

/* ---- the meaning of outputs -------------------------------------------------------------------- */

/** How a model's outputs [O] become scores, and scores labels. */
typedef struct mood_head {
    size_t outputs;             /**< O */
    size_t labels;              /**< number of labels: 2 for O = 1, else O */
    mood_activation activation; /**< converts outputs to scores: MOOD_SIGMOID or MOOD_SOFTMAX for logits; MOOD_LINEAR:
                                     outputs are scores */
    float threshold;    /**< a score above it is positive: that of the recipe; else 0.5, or 0 for outputs that a hinge
                             trains towards -1 and 1 */
    bool multi_label;   /**< a text has any number of labels, each whose score is above threshold; false: exactly one */
    bool probabilities; /**< scores are probabilities; false: activation is "linear" by request, or the outputs are
                             sigmoids that the loss normalizes to one distribution */
    double temperature; /**< divides the logits of the scores, if they are probabilities; 1 or 0: none */
} mood_head;

/** The meaning of a model's outputs. activation: that of a recipe, or NULL; "sigmoid", "softmax" or "linear" for a
 * model whose file does not determine whether its outputs are logits (the program's --activation). A last layer of
 * sigmoid or softmax gives probabilities; else a cross-entropy with from_logits in the file determines the activation.
 * A sigmoid of several units is a multi-label model, unless its loss is a categorical cross-entropy. Errors:
 * MOOD_ERR_UNSUPPORTED if the meaning of the outputs is unknown (names the layer and the loss), MOOD_ERR_ARGUMENT if
 * activation contradicts the model. */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_get_head(const mood_model *model, const char *activation,
                                                         mood_head *head, mood_error *err);

/** Convert outputs [n,O] of mood_model_predict to scores, in place. With a temperature other than 1 the scores are
 *  sigmoid(z / temperature) or softmax(z / temperature) of the logits z. Outputs that are probabilities p have the
 *  logits log(p / (1 - p)) or log(p); p = 0 counts as the smallest normal float, and a sigmoid's p = 1 as 1 - 2^-25. */
MOOD_API void mood_head_apply(const mood_head *head, float *rows, size_t n);

/** The label of a row of scores [O]. Two labels and one output: the second one if the score is above head->threshold
 * (at the threshold itself the first). Two outputs: the same, if a recipe gives another threshold than 0.5. Else the
 * label with the largest score, the first of equals; in a multi-label model this is the label with the largest score,
 * whether or not it applies. */
MOOD_API size_t mood_head_decide(const mood_head *head, const float *scores);

/** Whether a label applies to a row of scores [O]. */
MOOD_API bool mood_head_applies(const mood_head *head, const float *scores, size_t label);

/** A label's own score in a row of scores [O]; with two labels and one output it is 1 - score for the first. */
MOOD_API float mood_head_label_score(const mood_head *head, const float *scores, size_t label);

/* ---- calibration -------------------------------------------------------------------------------- */

/** Temperatures that a recipe can have, and that mood_head_fit_temperature finds. */
#define MOOD_LEAST_TEMPERATURE 0.05
#define MOOD_MOST_TEMPERATURE 20.0

/** The temperature that minimizes the cross-entropy of the scores on rows that were not trained on. outputs [n,O] are
 *  those of mood_model_predict. Labels y [n,L]: with L = 1 the number of the class, or of two labels the probability of
 *  the second; with L = O the target of each output, 0 or 1 or a probability. head->temperature is not used.
 *  Source: Guo et al., "On Calibration of Modern Neural Networks", 2017.
 *  Errors: MOOD_ERR_UNSUPPORTED (the scores are not probabilities), MOOD_ERR_STATE of class MOOD_CLASS_INPUT (no rows,
 *  or no minimum between the two limits, for instance if no row is wrong; the message gives the reason),
 *  MOOD_ERR_ARGUMENT (a label that is none of these). */
MOOD_API MOOD_MUST_CHECK mood_status mood_head_fit_temperature(const mood_head *head, const float *outputs,
                                                               const float *y, size_t n, size_t L, double *temperature,
                                                               mood_error *err);

/** The threshold with the largest F1 of the second of two labels; in a multi-label model of all labels of all rows
 *  together (micro F1). scores [n,O] are those of mood_head_apply; y is as above, and a label applies above 0.5. The
 *  threshold lies in the middle between two scores; of several with the same F1 it is the one nearest to 0.5 (not
 *  probabilities: to 0).
 *  Errors: MOOD_ERR_UNSUPPORTED (the model gives one of more than two labels), MOOD_ERR_STATE of class MOOD_CLASS_INPUT
 *  (no row has the positive label), MOOD_ERR_ARGUMENT, MOOD_ERR_MEMORY. */
MOOD_API MOOD_MUST_CHECK mood_status mood_head_fit_threshold(const mood_head *head, const float *scores, const float *y,
                                                             size_t n, size_t L, float *threshold, mood_error *err);

/* ---- properties of a model ------------------------------------------------------------------- */

/** Keras's summary table as UTF-8 in *text, new (mood_free); columns is the terminal's width, 0 for 80. */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_summary(const mood_model *model, size_t columns, char **text,
                                                        mood_error *err);

/** T; 0 before it is built, and of a model of bags of words. */
MOOD_API size_t mood_model_get_timesteps(const mood_model *model);
MOOD_API size_t mood_model_get_outputs(const mood_model *model); /**< O of the last layer; 0 if empty */
/** V: the Embedding's input_dim, or the width of bags of words; 0 without either. */
MOOD_API size_t mood_model_get_vocabulary(const mood_model *model);
MOOD_API size_t mood_model_count_params(const mood_model *model); /**< numbers in all weights; 0 before it is built */

/** A weight, in Keras's order (get_weights()). */
typedef struct mood_weight_info {
    const char *layer, *name; /**< belong to the model */
    size_t rank, shape[4];    /**< the first `rank` sizes; the others are 0 */
    size_t count;             /**< numbers in it */
    bool trainable;           /**< false: its layer is frozen (trainable=False), or it is a moving average */
} mood_weight_info;

MOOD_API size_t mood_model_count_weights(const mood_model *model);
MOOD_API MOOD_MUST_CHECK mood_status mood_model_weight_info(const mood_model *model, size_t index,
                                                            mood_weight_info *info, mood_error *err);
/** Copy a weight out of, or into, the model; count must be the weight's count. */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_get_weight(const mood_model *model, size_t index, float *values,
                                                           size_t count, mood_error *err);
MOOD_API MOOD_MUST_CHECK mood_status mood_model_set_weight(mood_model *model, size_t index, const float *values,
                                                           size_t count, mood_error *err);

/* ---- files ----------------------------------------------------------------------------------- */

/** A recipe's settings, as bits of mood_recipe.assumed and mood_recipe.overridden. */
typedef enum mood_recipe_setting {
    MOOD_RECIPE_TOKENIZER = 1,
    MOOD_RECIPE_PADDING = 2,
    MOOD_RECIPE_TRUNCATING = 4,
    MOOD_RECIPE_MAXLEN = 8,
    MOOD_RECIPE_LABELS = 16,
    MOOD_RECIPE_ACTIVATION = 32,
    MOOD_RECIPE_MATRIX = 64,
    MOOD_RECIPE_TEMPERATURE = 128,
    MOOD_RECIPE_THRESHOLD = 256
} mood_recipe_setting;

/** No threshold: that of the model's outputs (mood_head), or in mood_recipe_options that of the file. */
#define MOOD_NO_THRESHOLD NAN

/** What a model needs besides its weights: how a text becomes a row of ids, the names of the classes, and how outputs
 *  become scores and labels.
 *  The model file stores it as tokenizer.json and mood.json. */
typedef struct mood_recipe {
    size_t size;
    mood_tokenizer *tokenizer; /**< NULL: none */
    mood_padding padding, truncating;
    size_t maxlen; /**< T, ids per row; 0 in a recipe to be saved: the model's */
    /** How texts become bags of words; MOOD_MATRIX_NONE: the model takes sequences. Bags of words take all words of a
     * text: padding, truncating and maxlen (0) have no meaning then. */
    mood_matrix_mode matrix;
    char **labels; /**< [label_count], the names of the classes, valid for mood_labels_check. If a file has none, load
                      sets negative and positive for a binary model, else numbers from 0 */
    size_t label_count;
    char *activation;   /**< for mood_model_get_head; NULL: determined by the model */
    double temperature; /**< divides the logits, so that the scores differ from Keras's; 1: none */
    float threshold;    /**< a score above it is positive; MOOD_NO_THRESHOLD: none */
    char *data_digest;  /**< SHA-256 of the training data in hex, or NULL */
    char **check_texts; /**< [check_count]: texts of frequent words whose scores are checked at load; if there are
                              many, or rows are very long, the file stores only the first ones */
    size_t check_count;
    unsigned assumed;    /**< set by mood_model_load: MOOD_RECIPE_… that neither the file nor the options gave */
    unsigned overridden; /**< set by mood_model_load: MOOD_RECIPE_… of the file that the options replaced */
} mood_recipe;
#define MOOD_RECIPE                                                                                                    \
    {                                                                                                                  \
        sizeof(mood_recipe), NULL, MOOD_PAD_PRE, MOOD_PAD_PRE, 0, MOOD_MATRIX_NONE, NULL, 0, NULL, 1.0,                \
            MOOD_NO_THRESHOLD, NULL, NULL, 0, 0, 0                                                                     \
    }

/** Settings for a file that lacks them, as every file saved by Keras does, or in place of the file's own. */
typedef struct mood_recipe_options {
    size_t size;
    const char *tokenizer; /**< path of the tokenizer: JSON, as tokenizer.to_json() returns it, or Keras's Tokenizer
                                           pickled, in which nothing is executed; NULL: the file's */
    mood_padding padding, truncating; /**< MOOD_PAD_UNSET: the file's, else MOOD_PAD_PRE as in Keras */
    size_t maxlen;                    /**< ids per row; 0: the file's. A model whose input has a fixed length accepts
                                           no other one */
    const char *const *labels;        /**< [label_count], a name for each class; NULL: the file's, else the defaults */
    size_t label_count;
    const char *activation;   /**< for mood_model_get_head, if the file does not determine the meaning of the
                                           outputs; NULL: the file's */
    const char *architecture; /**< path of the layers as JSON, as model.to_json() returns them, for an .h5 file of
                                           weights without layers; NULL: the file's */
    const char *word_index; /**< path of a JSON object of words and ids, in place of a tokenizer; ids that the Embedding
                                           does not have are unknown words; NULL: none */
    size_t index_from; /**< added to the ids of word_index, as Keras's imdb.load_data() does with 3; from 3 on, id 2
                                           stands for unknown words; 0: unknown words are left out */
    mood_matrix_mode matrix; /**< how texts become bags of words; MOOD_MATRIX_NONE: the file's, else
                                           MOOD_MATRIX_BINARY as in Keras. Only for a model that takes bags of words,
                                which takes no padding, truncating and maxlen */
    double temperature;      /**< 0: the file's; 1: none, which gives Keras's scores */
    float threshold;         /**< MOOD_NO_THRESHOLD: the file's */
} mood_recipe_options;
#define MOOD_RECIPE_OPTIONS                                                                                            \
    {                                                                                                                  \
        sizeof(mood_recipe_options), NULL, MOOD_PAD_UNSET, MOOD_PAD_UNSET, 0, NULL, 0, NULL, NULL, NULL, 0,            \
            MOOD_MATRIX_NONE, 0.0, MOOD_NO_THRESHOLD                                                                   \
    }

/** Release a recipe made by mood_model_load and everything in it. NULL is allowed. */
MOOD_API void mood_recipe_destroy(mood_recipe *recipe);

/** The meaning of a model's outputs with its recipe: mood_model_get_head with the recipe's activation, temperature and
 *  threshold. recipe may be NULL: none.
 *  Errors: those of mood_model_get_head, MOOD_ERR_ARGUMENT (a temperature outside the limits, or of scores that are not
 *  probabilities; a threshold of a model that gives one of more than two labels, or of probabilities and not in
 *  [0,1)). */
MOOD_API MOOD_MUST_CHECK mood_status mood_recipe_get_head(const mood_recipe *recipe, const mood_model *model,
                                                          mood_head *head, mood_error *err);

/** Create an unbuilt model with the layers described by Keras's model.to_json(). json needs no final NUL. *model is
 *  new; *timesteps, which may be NULL, is set to the length of its input, or 0 if the JSON does not give one.
 *  Errors: MOOD_ERR_FORMAT, MOOD_ERR_UNSUPPORTED (names the layer and the setting). */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_from_json(mood_device *device, const char *json, size_t size,
                                                          mood_model **model, size_t *timesteps, mood_error *err);

/** Write a .keras file that Python's keras.models.load_model opens, optimizer state included. The
 *  recipe is borrowed; NULL writes only Keras's own members. The file is complete or, on failure, as
 *  it was before. Errors: MOOD_ERR_IO, MOOD_ERR_STATE (not built; or a weight is NaN or infinite; the message
 *  names it), MOOD_ERR_ARGUMENT (the path does not end in .keras: Keras derives the format from the ending, and would
 * not open the file). */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_save(const mood_model *model, const char *path,
                                                     const mood_recipe *recipe, mood_error *err);

/** Copy the .keras file `from` to `to` with this recipe instead of its own; every other member is copied byte for
 *  byte. If `from` is an .h5 file, the model is saved as mood_model_save does. model is the one loaded from `from`: it
 *  scores the check texts. `to` may be `from`; it is complete or, on failure, as it was before. Errors: MOOD_ERR_IO,
 * MOOD_ERR_ARGUMENT (the recipe does not fit the model), MOOD_ERR_FORMAT (`from` contains another model). */
MOOD_API MOOD_MUST_CHECK mood_status mood_recipe_store(const char *from, const char *to, mood_model *model,
                                                       const mood_recipe *recipe, mood_error *err);

/** Read a .keras file written by mood or by Keras 3, or an .h5 file of Keras 2.2 to 3: a whole model, or with
 *  options->architecture its weights alone. The content decides, not the name. The optimizer's state of an
 *  .h5 file is not read: if the file has one, the model is opened uncompiled; mood_model_reset_optimizer sets a new
 *  optimizer. *model is new. recipe may be NULL; else *recipe is new, or NULL if the file has none and options is NULL.
 * The check texts are scored with the file's own settings and compared with the stored scores; then the options replace
 * the settings that they contain. If mood does not support the file's training settings (another loss or optimizer, or
 * unsupported settings of them), the model is opened uncompiled: it can predict, and mood_model_get_compile_options
 * gives the reason. When the model is saved again, metrics, unknown initializers and the compile settings of an
 *  uncompiled model are written back unchanged; the state of an unsupported optimizer is dropped.
 *  path must be a regular file. Only the model's own members are read, within limits: see LIMITS in mood(1).
 *  Errors: MOOD_ERR_IO, MOOD_ERR_FORMAT (also: the tokenizer gives ids beyond the Embedding's; a weight or the
 *  optimizer's state contains NaN or infinity; the message names layer and weight), MOOD_ERR_UNSUPPORTED (names the
 * layer and the setting), MOOD_ERR_ARGUMENT (options that do not fit the model). */
MOOD_API MOOD_MUST_CHECK mood_status mood_model_load(mood_device *device, const char *path,
                                                     const mood_recipe_options *options, mood_model **model,
                                                     mood_recipe **recipe, mood_error *err);

#ifdef __cplusplus
}
#endif
#endif
