/* Determines which layers get only the unmasked time steps. See masks.c. */
#ifndef MODEL_MASKS_H
#define MODEL_MASKS_H

#include "model/schedule.h"

/* If an Embedding makes a mask that a layer uses: set schedule->masked, and add the expands. */
mood_status masks_plan(struct schedule *schedule, bool training, mood_error *err);

#endif
