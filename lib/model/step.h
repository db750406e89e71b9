/* The loss of a batch, on the device. */
#ifndef MODEL_STEP_H
#define MODEL_STEP_H

#include "model/context.h"

/* Sums over an epoch: for each batch or slice, the sum of its rows' losses and the number of correct rows, in
 * device memory until totals_read. */
struct loss_totals {
    struct buffer rows_loss, rows_correct; /* [B] */
    struct buffer totals;                  /* [places,2] */
    struct buffer d_logits;                /* [B,O]: gradient of logits or outputs; training only */
    struct buffer partials;                /* of the regularizers' penalty (penalty.h); absent without regularizers */
};

mood_status totals_create(const struct mood_model *model, size_t B, size_t places, bool training,
                          struct loss_totals *loss, mood_error *err);
void totals_destroy(struct loss_totals *loss);

/* Compute the loss of the context's last forward pass for B loaded rows with labels and weights, and store the sums
 * at `place`. Gradients are those of the mean over the `batch` rows of the whole batch. */
mood_status totals_add(struct context *context, struct loss_totals *loss, const struct batch *rows, size_t B,
                       size_t batch, size_t place, mood_error *err);

/* Add the regularizers' penalty for a batch of this number of rows to the loss at `place`, after totals_add; in
 * training also its gradients. Call once per batch, even with several slices. */
mood_status totals_add_penalty(struct context *context, struct loss_totals *loss, size_t rows, size_t place,
                               mood_error *err);

/* Sums over rows, from totals_read. */
struct loss_sums {
    double loss, correct; /* correct: see loss_type.logits_kernel; else 0 */
};

/* Add the sums at indices first … first+count-1, in order. Waits for the device. */
mood_status totals_read(struct context *context, const struct loss_totals *loss, size_t first, size_t count,
                        struct loss_sums *sums, mood_error *err);

#endif
