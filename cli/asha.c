/* Asynchronous successive halving. */
#include <math.h>

#include "asha.h"

enum { REFERENCE = 0 };

/* ---- promotions ------------------------------------------------------------------------------------------ */

static bool is_better(const struct asha_trial *trials, size_t rung, size_t a, size_t b) {
    double left = trials[a].scores[rung], right = trials[b].scores[rung];
    return left > right || (left == right && a < b);
}

/* The number of better trials of the rung. */
static size_t find_rank(const struct asha_trial *trials, size_t count, size_t rung, size_t trial) {
    size_t rank = 0;
    for (size_t i = REFERENCE + 1; i < count; i++)
        rank += i != trial && trials[i].finished > rung && is_better(trials, rung, i, trial);
    return rank;
}

/* The best trial of the rung that can be promoted and has not been; `count` if there is none. */
static size_t find_promotable(const struct asha *asha, const struct asha_trial *trials, size_t count, size_t rung,
                              bool more) {
    size_t n = 0, found = count;
    for (size_t i = REFERENCE + 1; i < count; i++)
        n += trials[i].finished > rung;
    size_t allowed = n / asha->reduction;
    if (allowed == 0 && !more)
        allowed = 1;
    for (size_t i = REFERENCE + 1; i < count; i++)
        if (trials[i].finished == rung + 1 && !isnan(trials[i].scores[rung]) &&
            find_rank(trials, count, rung, i) < allowed && (found == count || is_better(trials, rung, i, found)))
            found = i;
    return found;
}

bool asha_next(const struct asha *asha, const struct asha_trial *trials, size_t count, bool more,
               struct asha_job *job) {
    *job = (struct asha_job){.trial = count, .rung = count == 0 ? asha->rungs - 1 : 0};
    if (count == 0)
        return true;
    for (size_t rung = asha->rungs - 1; rung-- > 0;) {
        size_t found = find_promotable(asha, trials, count, rung, more);
        if (found < count) {
            *job = (struct asha_job){.trial = found, .rung = rung + 1};
            return true;
        }
    }
    return more;
}

size_t asha_rungs(size_t most, size_t rungs[ASHA_MOST_RUNGS]) {
    static const size_t parts[ASHA_MOST_RUNGS] = {9, 3, 1};
    size_t count = 0;
    for (size_t i = 0; i < ASHA_MOST_RUNGS; i++) {
        size_t rung = most / parts[i] + (most % parts[i] > 0);
        if (count == 0 || rung > rungs[count - 1])
            rungs[count++] = rung;
    }
    return count;
}

/* ---- the choice ------------------------------------------------------------------------------------------ */

double asha_mean(const double *scores, size_t parts) {
    double sum = 0;
    for (size_t p = 0; p < parts; p++)
        sum += scores[p];
    return sum / (double)parts;
}

/* Variance of the mean of the parts' differences. */
static double variance(const double *scores, const double *reference, size_t parts) {
    double mean = asha_mean(scores, parts) - asha_mean(reference, parts), sum = 0;
    for (size_t p = 0; p < parts; p++) {
        double difference = scores[p] - reference[p] - mean;
        sum += difference * difference;
    }
    return sum / (double)(parts - 1) / (double)parts;
}

struct asha_choice asha_choose(const double (*scores)[ASHA_MOST_PARTS], size_t count, size_t parts) {
    double best = -INFINITY, reference = asha_mean(scores[REFERENCE], parts), sum = 0;
    size_t found = REFERENCE, finite = 0;
    bool diverged = isnan(reference);
    for (size_t i = REFERENCE + 1; i < count; i++) {
        double mean = asha_mean(scores[i], parts);
        if (isnan(mean))
            continue;
        finite++;
        sum += diverged || parts < 2 ? 0 : variance(scores[i], scores[REFERENCE], parts);
        if (mean > best) {
            best = mean;
            found = i;
        }
    }
    struct asha_choice choice = {.trial = found, .best = found, .error = NAN, .needed = NAN};
    if (diverged || found == REFERENCE)
        return choice;
    if (parts > 1) {
        choice.error = sqrt(sum / (double)finite);
        choice.needed = choice.error * sqrt(1 + log((double)finite));
    }
    choice.difference = best - reference;
    if (!(choice.difference > (parts > 1 ? choice.needed : 0)))
        choice.trial = REFERENCE;
    return choice;
}
