/* Which layers get the unmasked steps only. See masks.c. */
#ifndef MODEL_MASKS_H
#define MODEL_MASKS_H

#include "model/schedule.h"

/* Where an Embedding makes a mask that a layer uses: sets schedule->masked, and adds the expands. */
mood_status masks_plan(struct schedule *schedule, bool training, mood_error *err);

#endif
