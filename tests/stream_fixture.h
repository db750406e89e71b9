/* Functions that the tests of the stream share. A score is the text's size / 100. */
#ifndef STREAM_FIXTURE_H
#define STREAM_FIXTURE_H

#include <signal.h>

#include "memory_connector.h"
#include "stream/loop.h"

/* The state of the test scorer. */
struct test_scorer {
    size_t calls, sizes[64], fail_calls;
    mood_error_class fail_class;
    mood_status (*renew)(struct batch_scorer *scorer, const mood_error *failure,
                         mood_error *err); /* NULL: it stays the same */
    const char *bad_text;                  /* rejected, and the whole batch with it */
    mood_error_class bad_class;
};
extern struct test_scorer test_scorer;
extern size_t test_outputs;
extern bool test_multi_label, test_numbers; /* numbers: no probabilities */

/* Options of the next run, and how the last one ended. */
extern mood_stream_options options;
extern volatile sig_atomic_t stop;
extern mood_stream_end stream_end;
extern mood_error error;

void begin(void); /* a checked fixture */
void end(void);
mood_status run(void);
void run_well(void);
void use_json(bool keep);
void assert_each_once(size_t n); /* the first n records of two partitions, each in its partition's order */
void assert_value(size_t index, const char *value); /* of an output; NULL: a tombstone */

/* The record for two labels and one output, whose score is not above 0.5; other is 1 - score. */
#define NEGATIVE(score, other)                                                                                         \
    "{\"label\":\"negative\",\"score\":" score ",\"confidence\":" other ",\"scores\":{\"negative\":" other             \
    ",\"posi\\\"tive\":" score "}}"

#endif
