/* The meaning of a model's outputs: logits or probabilities, one label or several. Keras's predict returns the last
 * layer's outputs; scores are computed from them as the loss would. */
#include <math.h>

#include "layers/activation.h"
#include "model/schedule.h"
#include "model/temperature.h"

#define WAY_OUT "set their meaning with --activation: sigmoid or softmax for logits, linear to use them unchanged"

/* Facts about the outputs. */
struct facts {
    const char *layer;    /* the last layer's name */
    enum activation last; /* its activation */
    bool finished;        /* sigmoid or softmax: the outputs are probabilities */
    size_t outputs;
    const struct head_loss *loss;
    bool logits; /* according to the loss the outputs are logits */
};

static mood_status collect(const mood_model *model, struct facts *facts, mood_error *err) {
    const struct layer *layer = schedule_last(model);
    if (!layer)
        return mood_error_set(err, MOOD_ERR_STATE, MOOD_CLASS_FATAL, "the model has no layers");
    *facts = (struct facts){.layer = layer->name, .outputs = mood_model_get_outputs(model), .loss = &model->head};
    facts->last = layer_activation(layer);
    facts->finished = facts->last == ACTIVATION_SIGMOID || facts->last == ACTIVATION_SOFTMAX;
    facts->logits = facts->loss->activation != MOOD_LINEAR && facts->loss->from_logits;
    return MOOD_OK;
}

/* ---- the activation that converts outputs to scores ----------------------------------------------------------- */

/* The public names of activations have the same numbers as in layers/activation_list.h. */
_Static_assert((int)MOOD_LINEAR == (int)ACTIVATION_LINEAR && (int)MOOD_RELU == (int)ACTIVATION_RELU &&
                   (int)MOOD_SIGMOID == (int)ACTIVATION_SIGMOID && (int)MOOD_TANH == (int)ACTIVATION_TANH &&
                   (int)MOOD_SOFTMAX == (int)ACTIVATION_SOFTMAX,
               "the numbers of both enums are the same");

static const char *head_activation_name(mood_activation activation) {
    return activation_name((enum activation)activation);
}

bool head_activation_find(const char *name, mood_activation *activation) {
    enum activation found;
    if (!activation_find(name, &found) ||
        (found != ACTIVATION_LINEAR && found != ACTIVATION_SIGMOID && found != ACTIVATION_SOFTMAX))
        return false;
    *activation = (mood_activation)found;
    return true;
}

static mood_status read_name(const char *name, mood_activation *activation, mood_error *err) {
    if (head_activation_find(name, activation))
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                          "the outputs' activation (--activation) is sigmoid, softmax or linear, not '%s'", name);
}

static mood_status check_given(const struct facts *facts, mood_activation given, mood_error *err) {
    if (facts->finished && given != MOOD_LINEAR)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "layer %s: its activation is %s already, and --activation %s would be applied to its "
                              "outputs; leave --activation out",
                              facts->layer, activation_name(facts->last), head_activation_name(given));
    if (!facts->finished && facts->logits && given != facts->loss->activation)
        return mood_error_set(err, MOOD_ERR_ARGUMENT, MOOD_CLASS_FATAL,
                              "layer %s: the model was compiled with %s(from_logits=True), so its outputs need %s, not "
                              "--activation %s; leave --activation out",
                              facts->layer, facts->loss->name, head_activation_name(facts->loss->activation),
                              head_activation_name(given));
    return MOOD_OK;
}

/* The file does not contain the meaning of the outputs. */
static mood_status refuse(const struct facts *facts, mood_error *err) {
    const char *loss = facts->loss->name, *layer = facts->layer, *last = activation_name(facts->last);
    if (facts->finished)
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                              "layer %s: the model was compiled with %s(from_logits=True), but the layer's activation "
                              "is %s, so its outputs are not logits, and Keras's back ends handle this differently; "
                              "--activation linear uses the outputs unchanged",
                              layer, loss, last);
    if (!*loss)
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                              "layer %s: its activation is %s and the file has no loss, so the meaning of its outputs "
                              "is unknown; " WAY_OUT,
                              layer, last);
    if (facts->loss->activation != MOOD_LINEAR)
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                              "layer %s: its activation is %s, but %s without from_logits takes its outputs as "
                              "probabilities, which they may not be; " WAY_OUT,
                              layer, last, loss);
    return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                          "layer %s: its activation is %s and the model was compiled with the loss %s, so its outputs "
                          "are not probabilities; " WAY_OUT,
                          layer, last, loss);
}

static mood_status choose(const struct facts *facts, const char *given, mood_activation *activation, mood_error *err) {
    mood_status status = MOOD_OK;
    *activation = MOOD_LINEAR;
    if (given) {
        status = read_name(given, activation, err);
        return status == MOOD_OK ? check_given(facts, *activation, err) : status;
    }
    if (facts->finished)
        return facts->logits ? refuse(facts, err) : MOOD_OK;
    if (!facts->logits)
        return refuse(facts, err);
    *activation = facts->loss->activation;
    return MOOD_OK;
}

/* ---- the head ------------------------------------------------------------------------------------------------- */

/* Sigmoids are independent labels unless the loss treats them as one distribution. */
static bool is_multi_label(const struct facts *facts, mood_activation activation) {
    if (facts->outputs == 1 || activation == MOOD_SOFTMAX || facts->last == ACTIVATION_SOFTMAX)
        return false;
    if (activation == MOOD_SIGMOID)
        return true;
    return facts->last == ACTIVATION_SIGMOID ? !facts->loss->one_class : facts->loss->activation == MOOD_SIGMOID;
}

mood_status mood_model_get_head(const mood_model *model, const char *activation, mood_head *head, mood_error *err) {
    struct facts facts;
    mood_activation chosen;
    mood_status status = collect(model, &facts, err);
    if (status == MOOD_OK)
        status = choose(&facts, activation, &chosen, err);
    if (status != MOOD_OK)
        return status;
    if (facts.outputs == 1 && (facts.last == ACTIVATION_SOFTMAX || chosen == MOOD_SOFTMAX))
        return mood_error_set(err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT,
                              "layer %s: a softmax of one unit is 1 for every text; a model of two labels needs one "
                              "unit with sigmoid, or two with softmax",
                              facts.layer);
    bool multi_label = is_multi_label(&facts, chosen);
    bool one_of_sigmoids = facts.last == ACTIVATION_SIGMOID && facts.outputs > 1 && !multi_label;
    *head = (mood_head){
        .outputs = facts.outputs,
        .labels = facts.outputs == 1 ? 2 : facts.outputs,
        .activation = chosen,
        .threshold = facts.loss->signs && !facts.finished && chosen == MOOD_LINEAR ? 0.0f : 0.5f,
        .multi_label = multi_label,
        .probabilities = (facts.finished && !one_of_sigmoids) || chosen != MOOD_LINEAR,
        .temperature = 1.0,
    };
    return MOOD_OK;
}

/* ---- outputs, scores, labels ------------------------------------------------------------------------------------ */

static float sigmoid(float z) {
    return (float)(1.0 / (1.0 + exp(-(double)z)));
}

static void softmax(float *row, size_t n) {
    double largest = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++)
        if ((double)row[i] > largest)
            largest = (double)row[i];
    for (size_t i = 0; i < n; i++)
        sum += exp((double)row[i] - largest);
    for (size_t i = 0; i < n; i++)
        row[i] = (float)(exp((double)row[i] - largest) / sum);
}

void mood_head_apply(const mood_head *head, float *rows, size_t n) {
    size_t O = head->outputs;
    if (temperature_applies(head)) {
        for (size_t i = 0; i < n; i++)
            temperature_apply(head, rows + i * O);
        return;
    }
    if (head->activation == MOOD_SIGMOID)
        for (size_t i = 0; i < n * O; i++)
            rows[i] = sigmoid(rows[i]);
    if (head->activation == MOOD_SOFTMAX)
        for (size_t i = 0; i < n; i++)
            softmax(rows + i * O, O);
}

/* Two outputs have a threshold only if a recipe gives one: at 0.5 rounding may differ from the largest score. */
static bool has_two_and_threshold(const mood_head *head) {
    return head->outputs == 2 && head->probabilities && !head->multi_label && fabsf(head->threshold - 0.5f) > 0;
}

size_t mood_head_decide(const mood_head *head, const float *scores) {
    size_t best = 0;
    if (head->outputs == 1)
        return scores[0] > head->threshold;
    if (has_two_and_threshold(head))
        return scores[1] > head->threshold;
    for (size_t i = 1; i < head->outputs; i++)
        if (scores[i] > scores[best])
            best = i;
    return best;
}

bool mood_head_applies(const mood_head *head, const float *scores, size_t label) {
    return head->multi_label ? scores[label] > head->threshold : mood_head_decide(head, scores) == label;
}

float mood_head_label_score(const mood_head *head, const float *scores, size_t label) {
    if (head->outputs > 1)
        return scores[label];
    return label == 1 ? scores[0] : 1.0f - scores[0];
}

/* ---- gradients ---------------------------------------------------------------------------------- */

static double differentiate_softmax(const mood_head *head, const float *outputs, size_t label, float *gradient) {
    for (size_t i = 0; i < head->outputs; i++)
        gradient[i] = outputs[i];
    softmax(gradient, head->outputs);
    double score = (double)gradient[label];
    for (size_t i = 0; i < head->outputs; i++)
        gradient[i] = (float)(score * ((i == label ? 1 : 0) - (double)gradient[i]));
    return score;
}

double head_differentiate(const mood_head *head, const float *outputs, size_t label, float *gradient) {
    size_t output = head->outputs == 1 ? 0 : label;
    bool negated = head->outputs == 1 && label == 0; /* the score is that of the second label */
    if (temperature_applies(head))
        return temperature_differentiate(head, outputs, label, gradient);
    if (head->activation == MOOD_SOFTMAX)
        return differentiate_softmax(head, outputs, label, gradient);
    bool logits = head->activation == MOOD_SIGMOID;
    double score = logits ? (double)sigmoid(outputs[output]) : (double)outputs[output];
    for (size_t i = 0; i < head->outputs; i++)
        gradient[i] = 0;
    gradient[output] = (float)((logits ? score * (1 - score) : 1) * (negated ? -1 : 1));
    return negated ? 1 - score : score;
}
