/* The option --save-best. */
#include <math.h>

#include "save_best.h"

bool save_best_epoch(const mood_epoch *epoch, void *user) {
    struct save_best *best = user;
    if (!best->path || !isfinite(epoch->val_loss) || (best->saved && !(epoch->val_loss < best->loss)))
        return true;
    best->status = mood_model_save(best->model, best->path, best->recipe, &best->err);
    if (best->status != MOOD_OK)
        return false;
    best->saved = true;
    best->epoch = epoch->epoch;
    best->loss = epoch->val_loss;
    return true;
}
