/* How well scores agree with the shares of right answers. */
#include <math.h>

#include "calibration.h"

struct bins {
    double confidence[CALIBRATION_BINS], right[CALIBRATION_BINS]; /* sums */
    size_t count;
};

size_t calibration_bin(double score) {
    double place = ceil(score * CALIBRATION_BINS) - 1;
    return place < 0 ? 0 : place >= CALIBRATION_BINS ? CALIBRATION_BINS - 1 : (size_t)place;
}

static void add(struct bins *bins, double confidence, bool right) {
    size_t bin = calibration_bin(confidence);
    bins->confidence[bin] += confidence;
    bins->right[bin] += right;
    bins->count++;
}

static double error_of(const struct bins *bins) {
    double sum = 0;
    for (size_t i = 0; i < CALIBRATION_BINS; i++)
        sum += fabs(bins->confidence[i] - bins->right[i]);
    return sum / (double)bins->count;
}

static double square(double x) {
    return x * x;
}

/* One label per row: its squared differences. */
static double add_row(const mood_head *head, const float *row, size_t truth, struct bins *bins) {
    size_t decided = mood_head_decide(head, row);
    double sum = 0;
    add(bins, (double)mood_head_label_score(head, row, decided), decided == truth);
    if (head->labels == 2)
        return square((double)mood_head_label_score(head, row, 1) - (truth == 1 ? 1 : 0));
    for (size_t k = 0; k < head->labels; k++)
        sum += square((double)row[k] - (k == truth ? 1 : 0));
    return sum;
}

static double add_several(const mood_head *head, const float *row, const float *targets, struct bins *bins) {
    double sum = 0;
    for (size_t k = 0; k < head->labels; k++) {
        bool applies = mood_head_applies(head, row, k), truth = targets[k] != 0.0f;
        add(bins, applies ? (double)row[k] : 1 - (double)row[k], applies == truth);
        sum += square((double)row[k] - (truth ? 1 : 0));
    }
    return sum / (double)head->labels;
}

struct calibration calibration_measure(const mood_head *head, const float *scores, const float *y, size_t n) {
    struct calibration calibration = {NAN, NAN};
    struct bins bins = {0};
    double sum = 0;
    if (!head->probabilities || n == 0)
        return calibration;
    for (size_t i = 0; i < n; i++) {
        const float *row = scores + i * head->outputs;
        sum += head->multi_label ? add_several(head, row, y + i * head->labels, &bins)
                                 : add_row(head, row, (size_t)y[i], &bins);
    }
    return (struct calibration){.brier = sum / (double)n, .ece = error_of(&bins)};
}
