/* A scorer that counts letters, and a stream with a connector in memory. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "stream_fixture.h"

/* ---- the scorer: the score is the text's size / 100 ---------------------------------------------------------- */

struct test_scorer test_scorer;
bool test_multi_label, test_numbers;
size_t test_outputs;
volatile sig_atomic_t stop;

static mood_status test_score(void *user, const mood_text *texts, size_t n, float *scores, mood_sequence_counts *counts,
                              mood_error *err) {
    (void)user;
    if (test_scorer.calls < 64)
        test_scorer.sizes[test_scorer.calls] = n;
    test_scorer.calls++;
    if (test_scorer.fail_calls > 0) {
        test_scorer.fail_calls--;
        return mood_error_set(err, MOOD_ERR_DEVICE, test_scorer.fail_class, "the scorer is unavailable");
    }
    for (size_t i = 0; i < n; i++) {
        if (test_scorer.bad_text && texts[i].size == strlen(test_scorer.bad_text) &&
            memcmp(texts[i].data, test_scorer.bad_text, texts[i].size) == 0)
            return mood_error_set(err, MOOD_ERR_FORMAT, test_scorer.bad_class, "the scorer cannot read this");
        for (size_t o = 0; o < test_outputs; o++)
            scores[i * test_outputs + o] = (float)texts[i].size / (float)(100 + o);
        if (texts[i].size == 3 && memcmp(texts[i].data, "nan", 3) == 0)
            scores[i * test_outputs] = NAN;
        counts->words += 2;
        counts->unknown++;
    }
    return MOOD_OK;
}

static const char *const test_labels[] = {"negative", "posi\"tive", "third"};

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

mood_stream_options options;
mood_stream_end stream_end;
mood_error error;

void begin(void) {
    memory_reset();
    memset(&test_scorer, 0, sizeof test_scorer);
    test_scorer.bad_class = MOOD_CLASS_INPUT;
    test_outputs = 1;
    test_multi_label = test_numbers = false;
    stop = 0;
    options = (mood_stream_options)MOOD_STREAM_OPTIONS;
    options.connector = &memory_type;
    options.wait_ms = 0;
    options.deadline_ms = 300;
    options.stop = &stop;
    error = (mood_error){0};
}

void end(void) {
    memory_reset();
}

mood_status run(void) {
    struct batch_scorer scorer = {.head = {.threshold = 0.5f,
                                           .outputs = test_outputs,
                                           .labels = test_outputs == 1 ? 2 : test_outputs,
                                           .multi_label = test_multi_label,
                                           .probabilities = !test_numbers},
                                  .labels = test_labels,
                                  .digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                                  .score = test_score,
                                  .renew = test_scorer.renew};
    return stream_run(&options, &scorer, NULL, &stream_end, &error);
}

void run_well(void) {
    mood_status status = run();
    ck_assert_msg(status == MOOD_OK, "%s", error.message);
    ck_assert(memory.closed);
}

void assert_value(size_t index, const char *value) {
    ck_assert_uint_lt(index, memory.output_count);
    if (!value)
        ck_assert_ptr_null(memory.outputs[index].value);
    else
        ck_assert_str_eq(memory.outputs[index].value, value);
}

void assert_each_once(size_t n) {
    int64_t next[2] = {0, 0};
    ck_assert_uint_eq(memory.output_count, n);
    for (size_t i = 0; i < n; i++)
        ck_assert_int_eq(memory.outputs[i].source.offset, next[memory.outputs[i].source.partition]++);
}

void use_json(bool keep) {
    options.format = MOOD_FORMAT_JSON;
    options.keep = keep;
}
