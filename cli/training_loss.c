/* Chooses the loss and the metrics of a training, and checks that the model's outputs fit them. */
#include <stdlib.h>
#include <strings.h>

#include "expression.h"
#include "training_parts.h"

/* Set a loss in the notation of --loss. logits: the outputs are logits. */
mood_status training_set_loss(struct training *training, const char *loss, bool logits, mood_error *err) {
    mood_loss_info info = MOOD_LOSS_INFO;
    free(training->loss_text);
    training->loss_text = keras_expression(loss, NULL);
    mood_status status = training->loss_text ? mood_loss_describe(training->loss_text, &info, err) : MOOD_ERR_MEMORY;
    if (status == MOOD_OK && logits && info.activation != MOOD_LINEAR && !info.from_logits) {
        free(training->loss_text);
        training->loss_text = keras_expression(loss, "from_logits=True");
        status = training->loss_text ? mood_loss_describe(training->loss_text, &info, err) : MOOD_ERR_MEMORY;
    }
    if (status == MOOD_ERR_MEMORY)
        return mood_error_set(err, status, MOOD_CLASS_FATAL, "out of memory");
    training->loss = info;
    return status;
}

/* Set the loss of a new model: --loss, else the one that fits its last layer. */
mood_status training_choose_loss(struct training *training, bool logits, mood_error *err) {
    const char *given = training->arguments->loss;
    size_t outputs = training->model ? mood_model_get_outputs(training->model) : 0;
    bool binary = outputs ? outputs == 1 : training->recipe.label_count == 2;
    return training_set_loss(training,
                             given                           ? given
                             : binary || training->separator ? "binary_crossentropy"
                             : training->soft                ? "categorical_crossentropy"
                                                             : "sparse_categorical_crossentropy",
                             logits, err);
}

/* Handle --activation for a new model whose last layer has none: its outputs are logits. */
mood_status training_read_activation(struct training *training, mood_error *err) {
    const char *activation = training->arguments->recipe.options.activation;
    mood_head head;
    mood_status status = mood_model_get_head(training->model, activation, &head, err);
    if (status != MOOD_OK || head.activation == MOOD_LINEAR)
        return status;
    status = training_choose_loss(training, true, err);
    if (status == MOOD_OK && training->loss.activation != head.activation)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT,
                              "--activation: the loss of this model needs %s, not %s",
                              training->loss.activation == MOOD_SIGMOID   ? "sigmoid"
                              : training->loss.activation == MOOD_SOFTMAX ? "softmax"
                                                                          : "linear",
                              activation);
    return status;
}

/* The scores need a known meaning: that of the outputs, or of --activation, which is stored in the file. */
mood_status training_check_head(struct training *training, mood_error *err) {
    const char *activation = training->arguments->recipe.options.activation;
    mood_head head;
    mood_status status = mood_model_get_head(training->model, NULL, &head, err);
    if (status != MOOD_OK && activation) {
        training->recipe.activation = (char *)activation;
        status = mood_model_get_head(training->model, activation, &head, err);
    }
    if (status != MOOD_OK || head.multi_label == (training->separator != '\0'))
        return status;
    return mood_error_set(
        err, MOOD_ERR_ARGUMENT, MOOD_CLASS_INPUT, "%s: the last layer's activation has to be %s: each row has %s",
        training->arguments->recipe.options.architecture ? training->arguments->recipe.options.architecture
                                                         : "--layers",
        head.multi_label ? "softmax" : "sigmoid",
        head.multi_label ? "one label" : "any number of labels (--label-separator)");
}

/* Keras compares outputs with thresholds of probabilities, also if they are logits. A metric that is given by its name
 * alone gets the threshold of logits. */
static const char *for_logits(const char *metric) {
    static const struct {
        const char *name, *expression;
    } metrics[] = {
        {"accuracy", "BinaryAccuracy(threshold=0, name='accuracy')"},
        {"acc", "BinaryAccuracy(threshold=0, name='acc')"},
        {"binary_accuracy", "BinaryAccuracy(threshold=0)"},
        {"BinaryAccuracy", "BinaryAccuracy(threshold=0)"},
        {"precision", "Precision(thresholds=0, name='precision')"},
        {"recall", "Recall(thresholds=0, name='recall')"},
        {"auc", "AUC(from_logits=True, name='auc')"},
    };
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
        if (strcasecmp(metric, metrics[i].name) == 0)
            return metrics[i].expression;
    return metric;
}

void training_set_metrics(const struct training *training, mood_compile_options *options) {
    bool logits = training->loss.from_logits && training->loss.activation == MOOD_SIGMOID;
    for (size_t i = 0; logits && i < training->arguments->metric_count; i++)
        training->arguments->metrics[i] = for_logits(training->arguments->metrics[i]);
    options->metrics = training->arguments->metrics;
    options->metric_count = training->arguments->metric_count;
    /* Keras's binary accuracy counts probabilities other than 0 and 1 as wrong. */
    static const char *const of_probabilities[] = {"mae"};
    if (!options->metrics && training->soft && mood_model_get_outputs(training->model) == 1 && !logits) {
        options->metrics = of_probabilities;
        options->metric_count = 1;
    }
}
