/* The option --save-best. */
#include <math.h>

#include "save_best.h"

bool save_best_epoch(const mood_epoch *epoch, void *user) {
    struct save_best *best = user;
    double value = mood_metrics_get(epoch->metrics, best->monitor);
    if (!best->path || !isfinite(value) || (best->saved && !(best->direction * (value - best->value) > 0)))
        return true;
    best->status = best->prepare ? best->prepare(best->training, &best->err) : MOOD_OK;
    if (best->status == MOOD_OK)
        best->status = mood_model_save(best->model, best->path, best->recipe, &best->err);
    if (best->status != MOOD_OK)
        return false;
    best->saved = true;
    best->epoch = epoch->epoch;
    best->value = value;
    return true;
}
