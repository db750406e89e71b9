/* The model that a stream uses, and its replacement while the stream runs. A separate thread opens the model again
 * when the file was replaced or the process received SIGHUP. The stream switches between two batches. A model that
 * can't be opened, or whose results have another format, is rejected, and the previous model stays in use. */
#ifndef CLI_MODELS_H
#define CLI_MODELS_H

#include "command.h"
#include "mood/scorer.h"

struct models;
struct model; /* one loaded model, with a reference count */

struct models_options {
    /* All members are borrowed until models_close; if that returns false, until the process ends. */
    const struct common *common;
    const char *path;
    const mood_recipe_options *recipe; /* for each model that is opened */
};

/* Open the first model. *models is new. */
MOOD_MUST_CHECK mood_status models_open(const struct models_options *options, struct models **models, mood_error *err);
/* Start watching the file. */
MOOD_MUST_CHECK mood_status models_watch(struct models *models, mood_error *err);
/* NULL is allowed. The caller must not hold a model. False: the thread was still loading a model after timeout_ms.
 * Then it keeps running and keeps its memory, and exit ends the process without running the libraries' destructors. */
bool models_close(struct models *models, int timeout_ms);

mood_scorer *models_first(const struct models *models); /* for use before models_watch, or without it */

/* For mood_stream_options.next_scorer, called by the thread that scores: the newest model. After a failure: the
 * same model on another device, or on the same device opened again; NULL: none is available. */
mood_scorer *models_next(struct models *models, const mood_error *failure);

/* From any thread: the current model, valid until models_release. */
mood_scorer *models_hold(struct models *models, struct model **held);
void models_release(struct models *models, struct model *held);

/* Description of the current model, as a copy, because the model and its device may be replaced at any time. */
struct model_facts {
    char weights[13], device[256];
    unsigned long loaded, refused; /* number of models loaded and rejected */
};
void models_describe(struct models *models, struct model_facts *facts);

/* From a signal handler: open the file again, even if it has not changed. */
void models_request_reload(void);

#endif
