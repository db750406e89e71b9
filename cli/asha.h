/* Asynchronous successive halving (Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning"), with one
 * worker: which trial is trained next, and for how long. Pure functions of the scores so far. */
#ifndef CLI_ASHA_H
#define CLI_ASHA_H

#include <stdbool.h>
#include <stddef.h>

enum { ASHA_MOST_RUNGS = 3, ASHA_MOST_PARTS = 20 };

struct asha_trial {
    size_t finished;                /* number of rungs */
    double scores[ASHA_MOST_RUNGS]; /* of the finished rungs; larger is better; NAN: training diverged */
};

struct asha {
    size_t rungs, reduction; /* of `reduction` trials of a rung one is promoted to the next rung */
};

struct asha_job {
    size_t trial, rung; /* from 0; trial == count: a new one */
};

/* The next job after trials [count]. Trial 0 is the reference: it is trained first, for the last rung only, and takes
 * no part in the promotions. From the last rung but one to the first: of n trials that have finished a rung, the best
 * floor(n / reduction) are promoted, the best one first; of equal scores the earlier trial. If none can be promoted, a
 * new trial starts at rung 0. more: there can be new trials; without them the best trial of each rung is promoted in
 * any case. False: nothing is left to do. */
bool asha_next(const struct asha *asha, const struct asha_trial *trials, size_t count, bool more, struct asha_job *job);

/* The rungs of at most `most` epochs or folds: a ninth, a third (rounded up), and all, without duplicates. Returns
 * their number. */
size_t asha_rungs(size_t most, size_t rungs[ASHA_MOST_RUNGS]);

/* Which settings are taken. */
struct asha_choice {
    size_t trial;      /* 0: the reference */
    size_t best;       /* the best other one; 0: none */
    double difference; /* of the mean score of `best` to the reference's */
    double error;      /* standard error of such a difference; NAN: unknown */
    double needed;     /* what the difference has to be larger than; NAN: unknown */
};

/* Choose from the scores [count][parts] of trials that have finished the last rung, the reference's first; larger is
 * better; NAN: diverged. The best one is taken if its mean is larger than the reference's by more than
 *     needed = error * sqrt(1 + ln(count - 1))
 * where the standard error of the difference is estimated from the parts' differences of all trials together. The factor
 * is a little above the expected largest of count - 1 standard normal numbers: the best of many is better by chance. */
struct asha_choice asha_choose(const double (*scores)[ASHA_MOST_PARTS], size_t count, size_t parts);

double asha_mean(const double *scores, size_t parts);

#endif
