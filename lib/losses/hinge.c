/* Hinge, SquaredHinge and CategoricalHinge. A label 0 stands for -1. Source: keras/src/losses/losses.py */
#include "losses/loss.h"

const struct loss_type hinge_type = {
    .class_name = "Hinge",
    .name = "hinge",
    .signs = true,
    .kernel = "loss_hinge",
};

const struct loss_type squared_hinge_type = {
    .class_name = "SquaredHinge",
    .name = "squared_hinge",
    .signs = true,
    .kernel = "loss_squared_hinge",
};

const struct loss_type categorical_hinge_type = {
    .class_name = "CategoricalHinge",
    .name = "categorical_hinge",
    .one_class = true,
    .kernel = "loss_categorical_hinge",
};
