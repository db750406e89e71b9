/* The temperature of a head. */
#include <float.h>
#include <math.h>

#include "model/temperature.h"

#define LEAST_COMPLEMENT 0x1p-25 /* of a sigmoid that is rounded to 1: half of the distance to the float before it */

bool temperature_applies(const mood_head *head) {
    return head->probabilities && head->temperature > 0 && fabs(head->temperature - 1.0) > 0;
}

bool temperature_is_softmax(const mood_head *head) {
    return head->outputs > 1 && !head->multi_label;
}

double temperature_logit(const mood_head *head, float output) {
    double p = (double)output;
    if (head->activation != MOOD_LINEAR)
        return p;
    double logarithm = log(fmax(p, (double)FLT_MIN));
    return temperature_is_softmax(head) ? logarithm : logarithm - log(fmax(1.0 - p, LEAST_COMPLEMENT));
}

/* The derivative of an output's logit; 0 where it is constant. */
static double logit_slope(const mood_head *head, float output) {
    double p = (double)output;
    if (head->activation != MOOD_LINEAR)
        return 1.0;
    if (p < (double)FLT_MIN)
        return 0.0;
    if (temperature_is_softmax(head))
        return 1.0 / p;
    return 1.0 - p < LEAST_COMPLEMENT ? 0.0 : 1.0 / (p * (1.0 - p));
}

static double sigmoid(double z) {
    return 1.0 / (1.0 + exp(-z));
}

/* The largest logit of a row, and the logarithm of the sum of all exp(logit / temperature) divided by that of the
 * largest. */
static double measure_softmax(const mood_head *head, const float *row, double *largest) {
    double sum = 0;
    *largest = -INFINITY;
    for (size_t i = 0; i < head->outputs; i++)
        *largest = fmax(*largest, temperature_logit(head, row[i]));
    for (size_t i = 0; i < head->outputs; i++)
        sum += exp((temperature_logit(head, row[i]) - *largest) / head->temperature);
    return log(sum);
}

void temperature_apply(const mood_head *head, float *row) {
    double largest = 0, sum = 0;
    bool softmax = temperature_is_softmax(head);
    if (softmax)
        sum = measure_softmax(head, row, &largest);
    for (size_t i = 0; i < head->outputs; i++) {
        double z = (temperature_logit(head, row[i]) - largest) / head->temperature;
        row[i] = (float)(softmax ? exp(z - sum) : sigmoid(z));
    }
}

static double differentiate_softmax(const mood_head *head, const float *outputs, size_t label, float *gradient) {
    double largest, sum = measure_softmax(head, outputs, &largest);
    double score = exp((temperature_logit(head, outputs[label]) - largest) / head->temperature - sum);
    for (size_t i = 0; i < head->outputs; i++) {
        double other = exp((temperature_logit(head, outputs[i]) - largest) / head->temperature - sum);
        double slope = score * ((i == label ? 1 : 0) - other) / head->temperature;
        gradient[i] = (float)(slope * logit_slope(head, outputs[i]));
    }
    return score;
}

double temperature_differentiate(const mood_head *head, const float *outputs, size_t label, float *gradient) {
    if (temperature_is_softmax(head))
        return differentiate_softmax(head, outputs, label, gradient);
    size_t output = head->outputs == 1 ? 0 : label;
    bool negated = head->outputs == 1 && label == 0; /* the score is that of the second label */
    double score = sigmoid(temperature_logit(head, outputs[output]) / head->temperature);
    double slope = score * (1 - score) / head->temperature * logit_slope(head, outputs[output]);
    for (size_t i = 0; i < head->outputs; i++)
        gradient[i] = 0;
    gradient[output] = (float)(negated ? -slope : slope);
    return negated ? 1 - score : score;
}
