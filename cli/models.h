/* The model that a stream scores with, and the one that takes its place while the stream runs.
 *
 * A thread of its own sees that the file was replaced, or that somebody asked (SIGHUP), and opens it there. The stream
 * takes it over between two batches. One that can't be opened, or whose records have another form, is rejected: the old
 * one stays. */
#ifndef CLI_MODELS_H
#define CLI_MODELS_H

#include "command.h"
#include "mood/scorer.h"

struct models;
struct model; /* one of them, as long as somebody holds it */

struct models_options {
    const struct common *common; /* all borrowed until models_close; where that returns false, until the process ends */
    const char *path;
    const mood_recipe_options *recipe; /* of every model that is opened */
};

/* Open the first model. *models is new. */
MOOD_MUST_CHECK mood_status models_open(const struct models_options *options, struct models **models, mood_error *err);
/* From now on look for others. */
MOOD_MUST_CHECK mood_status models_watch(struct models *models, mood_error *err);
/* NULL is fine; no model is held any more. False: the thread is still loading a model after that time. Then it is left
 * running with the memory that it uses, and exit ends the process without running the libraries' destructors. */
bool models_close(struct models *models, int timeout_ms);

mood_scorer *models_first(const struct models *models); /* before models_watch, or where it is never called */

/* For mood_stream_options.next_scorer, of the one thread that scores the stream: the newest; failure: the same model on
 * another device, or on its own opened anew, NULL where there is none. */
mood_scorer *models_next(struct models *models, const mood_error *failure);

/* From any thread: the one in use, until it is let go. */
mood_scorer *models_hold(struct models *models, struct model **held);
void models_let_go(struct models *models, struct model *held);

/* What is told of the one in use, as a copy: it may be gone a moment later, its device with it. */
struct model_facts {
    char weights[13], device[256];
    unsigned long loaded, refused; /* models that were taken, and that were not */
};
void models_tell(struct models *models, struct model_facts *facts);

/* From a signal handler: open the file again, whether or not it changed. */
void models_ask(void);

#endif
