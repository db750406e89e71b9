/* KLDivergence and Poisson. Source: keras/src/losses/losses.py */
#include "losses/loss.h"

const struct loss_type kl_divergence_type = {
    .class_name = "KLDivergence",
    .name = "kl_divergence",
    .alias = "kld",
    .one_class = true,
    .kernel = "loss_kl_divergence",
};

const struct loss_type poisson_type = {
    .class_name = "Poisson",
    .name = "poisson",
    .kernel = "loss_poisson",
};
