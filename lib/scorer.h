/* The internals of mood_scorer. */
#ifndef SCORER_H
#define SCORER_H

#include <pthread.h>

#include "model/attribution.h"
#include "mood/scorer.h"
#include "result.h"

struct worker;

struct mood_scorer {
    mood_device *device;
    bool owns_device;
    mood_model *model;
    mood_recipe *recipe;
    mood_head head;
    struct result_writer writer;
    size_t batch_size;
    char digest[65];
    pthread_mutex_t lock; /* guards idle */
    struct worker *idle;
    pthread_mutex_t attributor_lock; /* guards attributor, and its use */
    struct attributor *attributor;   /* created by the first mood_scorer_explain; NULL: not yet */
};

#endif
