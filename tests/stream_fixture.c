/* A judge that counts letters, and a stream of it between the ends of a connector in memory. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "stream_fixture.h"

/* ---- the judge: a score is the text's size / 100 ------------------------------------------------------------ */

struct judged judged;
bool judge_is_multi_label, judge_gives_numbers;
size_t judge_outputs;
volatile sig_atomic_t stop;

static mood_status judge_score(void *user, const mood_text *texts, size_t n, float *scores,
                               mood_sequence_counts *counts, mood_error *err) {
    (void)user;
    if (judged.calls < 64)
        judged.sizes[judged.calls] = n;
    judged.calls++;
    if (judged.fail_calls > 0) {
        judged.fail_calls--;
        return mood_error_set(err, MOOD_ERR_DEVICE, judged.fail_class, "the judge is away");
    }
    for (size_t i = 0; i < n; i++) {
        if (judged.bad_text && texts[i].size == strlen(judged.bad_text) &&
            memcmp(texts[i].data, judged.bad_text, texts[i].size) == 0)
            return mood_error_set(err, MOOD_ERR_FORMAT, judged.bad_class, "the judge can't read this");
        for (size_t o = 0; o < judge_outputs; o++)
            scores[i * judge_outputs + o] = (float)texts[i].size / (float)(100 + o);
        if (texts[i].size == 3 && memcmp(texts[i].data, "nan", 3) == 0)
            scores[i * judge_outputs] = NAN;
        counts->words += 2;
        counts->unknown++;
    }
    return MOOD_OK;
}

static const char *const judge_labels[] = {"negative", "posi\"tive", "third"};

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

mood_stream_options options;
mood_stream_end stream_end;
mood_error error;

void begin(void) {
    memory_reset();
    memset(&judged, 0, sizeof judged);
    judged.bad_class = MOOD_CLASS_INPUT;
    judge_outputs = 1;
    judge_is_multi_label = judge_gives_numbers = false;
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
    struct judge judge = {.head = {.outputs = judge_outputs,
                                   .labels = judge_outputs == 1 ? 2 : judge_outputs,
                                   .multi_label = judge_is_multi_label,
                                   .probabilities = !judge_gives_numbers},
                          .labels = judge_labels,
                          .digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                          .score = judge_score,
                          .renew = judged.renew};
    return stream_run(&options, &judge, NULL, &stream_end, &error);
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
