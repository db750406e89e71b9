/* Builds and compiles a new model. */
#include "preset.h"
#include "training_parts.h"

/* The number of outputs that the last layer needs: one for two labels, or one per label. has: its current number;
 * 0: unknown. Losses other than cross-entropies accept both. */
size_t training_required_outputs(const struct training *training, size_t has) {
    size_t classes = training->recipe.label_count;
    bool one = classes == 2 && !training->separator && !training->loss.one_class;
    if (training->loss.activation == MOOD_LINEAR && has == classes)
        one = false;
    if (training->loss.activation == MOOD_SIGMOID && !training->separator)
        one = true; /* also reports an error for more than two labels */
    return one ? 1 : classes;
}

static const char *output_activation(const struct training *training, size_t outputs) {
    return outputs == 1 || training->separator ? "sigmoid" : "softmax";
}

/* The default layers, with as many outputs as the labels and the loss need. A TextVectorization pads at the end, so an
 * LSTM learns little from short texts unless padding is masked. */
static void choose_layers(const struct training *training, struct architecture *layers) {
    size_t outputs = training_required_outputs(training, 0);
    const char *activation = output_activation(training, outputs);
    if (training->recipe.matrix != MOOD_MATRIX_NONE)
        architecture_bags(layers, outputs, activation);
    else
        architecture_article(layers, training->vectors.dim, mood_tokenizer_is_text_vectorization(training->words),
                             outputs, activation);
}

/* input_dim of the Embedding. */
static size_t embedding_rows(const struct training *training) {
    size_t limit = mood_tokenizer_get_num_words(training->words);
    if (training->model) /* of --architecture */
        return mood_model_get_vocabulary(training->model);
    return limit ? limit : (size_t)mood_tokenizer_get_largest_id(training->words) + 1;
}

/* Add the layers of --layers, or the default ones. */
static mood_status add_layers(struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    struct architecture layers = arguments->layers;
    if (!arguments->layers_given)
        choose_layers(training, &layers);
    size_t words = embedding_rows(training), outputs = training_required_outputs(training, 0);
    if (training->is_auto)
        return preset_add_layers(training, words, outputs, output_activation(training, outputs), err);
    mood_status status = mood_model_create(training->device, &training->model, err);
    return status == MOOD_OK ? architecture_add(&layers, words, training->model, err) : status;
}

/* Set the input of a model of bags of words: its width is the size of the vocabulary. */
static mood_status set_matrix(const struct training *training, mood_error *err) {
    size_t width = mood_tokenizer_get_matrix_width(training->words);
    size_t wanted = mood_model_get_vocabulary(training->model);
    if (training->recipe.matrix == MOOD_MATRIX_NONE)
        return MOOD_OK;
    if (wanted && width != wanted && training->arguments->vectorizer)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "%s: it takes bags of %zu words, but --vectorizer makes them of %zu; use max_tokens=%zu, "
                              "pad_to_max_tokens=True, or num_words=%zu of a Tokenizer",
                              training->arguments->recipe.options.architecture, wanted, width, wanted, wanted);
    if (wanted && width != wanted)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "%s: it takes bags of %zu words, but --num-words makes them of %zu; use --num-words %zu",
                              training->arguments->recipe.options.architecture, wanted, width, wanted);
    return mood_model_set_matrix(training->model, training->recipe.matrix, training->words, err);
}

/* Check that labels, vocabulary and loss fit the layers. */
static mood_status check_layers(const struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    size_t classes = training->recipe.label_count, outputs = mood_model_get_outputs(training->model);
    size_t wanted = training_required_outputs(training, outputs), rows = mood_model_get_vocabulary(training->model);
    size_t largest = (size_t)mood_tokenizer_get_largest_id(training->words);
    if (training->separator && training->loss.one_class)
        return mood_error_set(
            err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
            "--loss: several labels per row (--label-separator) are trained with binary_crossentropy");
    if (wanted == 1 && classes != 2)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "%s is for two labels, but %s has %zu",
                              training->loss_text, arguments->data, classes);
    if (outputs != wanted)
        return mood_error_set(
            err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
            "%s: the last layer has %zu unit%s, but %zu labels need dense:%zu:%s",
            arguments->recipe.options.architecture ? arguments->recipe.options.architecture : "--layers", outputs,
            outputs == 1 ? "" : "s", classes, wanted, wanted == 1 || training->separator ? "sigmoid" : "softmax");
    if (largest >= rows)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "%s: the Embedding has %zu rows, but word ids go up to %zu; use %s%zu",
                              arguments->recipe.options.architecture, rows, largest,
                              !arguments->vectorizer                                  ? "--num-words "
                              : mood_tokenizer_is_text_vectorization(training->words) ? "max_tokens="
                                                                                      : "num_words=",
                              rows);
    return MOOD_OK;
}

mood_status training_build_model(struct training *training, mood_error *err) {
    const struct fit_arguments *arguments = training->arguments;
    mood_compile_options compile = MOOD_COMPILE_OPTIONS;
    mood_status status = arguments->vectors ? vectors_read(&training->vectors, arguments->vectors, training->words,
                                                           embedding_rows(training), err)
                                            : MOOD_OK;
    if (status == MOOD_OK)
        status = preset_check_vectors(training, err);
    if (status == MOOD_OK && training->base.model)
        status = base_model_fill_vectors(&training->base, training->words, embedding_rows(training), &training->vectors,
                                         err);
    if (status == MOOD_OK)
        status = training_choose_loss(training, false, err);
    if (status == MOOD_OK && training->is_auto) /* n-grams are chosen from the rows */
        status = labelled_create(training->data, &training->recipe, training->T, &training->train, err);
    if (status == MOOD_OK && !arguments->recipe.options.architecture)
        status = add_layers(training, err);
    if (status == MOOD_OK)
        status = set_matrix(training, err);
    if (status)
        return status;
    status = training_choose_loss(training, false, err);
    if (status == MOOD_OK)
        status = check_layers(training, err);
    if (status == MOOD_OK && arguments->recipe.options.activation)
        status = training_read_activation(training, err);
    if (status == MOOD_OK)
        status = mood_model_build(training->model, training->T, arguments->seed, err);
    if (status == MOOD_OK && arguments->freeze_vectors_given)
        status = vectors_freeze(&training->vectors, training->model, arguments->freeze_vectors > 0, err);
    if (status == MOOD_OK)
        status = vectors_store(&training->vectors, training->model, err);
    if (status == MOOD_OK && training->base.model)
        status = base_model_copy_states(&training->base, training->model, err);
    compile.optimizer = arguments->new_optimizer;
    compile.loss = training->loss_text;
    training_set_metrics(training, &compile);
    if (status == MOOD_OK)
        status = mood_model_compile(training->model, &compile, err);
    return status == MOOD_OK ? training_check_head(training, err) : status;
}
