/* The search of mood tune: trials, their results, and the choice among them. */
#ifndef CLI_TUNE_SEARCH_H
#define CLI_TUNE_SEARCH_H

#include "tune_space.h"
#include "tune_train.h"

struct tune_search {
    const struct tune_plan *plan;
    const struct tune_space *space;
    struct tune_log log;
    struct tune_progress progress;
    size_t count, capacity;         /* trials */
    struct tune_settings *settings; /* [capacity], new */
    struct asha_trial *trials;      /* [capacity], new */
    struct tune_result *results;    /* [capacity] of the last finished rung, new */
    bool exhausted;                 /* there are no further settings */
};

/* Search until nothing is left to do, the time is over, or a signal asks to stop. Results that the log has are not
 * computed again. Each finished rung prints a line. Release in any case. Errors: those of the log and of trainings. */
MOOD_MUST_CHECK mood_status tune_search_run(struct tune_search *search, mood_error *err);
void tune_search_release(struct tune_search *search);

/* The choice among the trials that have finished the last rung. False: not even the defaults have. */
bool tune_search_choose(const struct tune_search *search, struct asha_choice *choice);

/* The description of the search, for the log's first line; NULL: out of memory. */
json_t *tune_search_head(const struct tune_plan *plan, const struct tune_space *space, const struct tune_facts *facts);

#endif
