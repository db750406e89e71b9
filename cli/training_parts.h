/* The steps of training_prepare, one file each. */
#ifndef CLI_TRAINING_PARTS_H
#define CLI_TRAINING_PARTS_H

#include "training.h"

/* training_data.c */
MOOD_MUST_CHECK mood_status training_read_data(struct training *training, mood_error *err);

/* training_architecture.c */
MOOD_MUST_CHECK mood_status training_read_architecture(struct training *training, mood_error *err);
mood_matrix_mode training_matrix_mode(const struct training *training);
size_t training_num_words(const struct training *training);

/* training_recipe.c */
MOOD_MUST_CHECK mood_status training_make_recipe(struct training *training, mood_error *err);

/* training_layers.c */
size_t training_required_outputs(const struct training *training, size_t has);
MOOD_MUST_CHECK mood_status training_build_model(struct training *training, mood_error *err);

/* training_loss.c */
MOOD_MUST_CHECK mood_status training_set_loss(struct training *training, const char *loss, bool logits,
                                              mood_error *err);
MOOD_MUST_CHECK mood_status training_choose_loss(struct training *training, bool logits, mood_error *err);
MOOD_MUST_CHECK mood_status training_read_activation(struct training *training, mood_error *err);
MOOD_MUST_CHECK mood_status training_check_head(struct training *training, mood_error *err);
void training_set_metrics(const struct training *training, mood_compile_options *options);

/* training_resume.c */
MOOD_MUST_CHECK mood_status training_load_model(struct training *training, mood_error *err);

#endif
