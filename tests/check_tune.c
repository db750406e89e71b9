/* mood tune: which trial is trained next, which settings are taken, the settings of --preset auto, and the log. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command_line.h"
#include "tune_log.h"

#include <check.h> /* its macro fail would change cli/command.h */

static mood_error err;
static const struct asha asha = {.rungs = 3, .reduction = 3};

/* ---- promotions ------------------------------------------------------------------------------------------ */

enum { MOST = 40 };
static struct asha_trial trials[MOST];

/* Run a search whose scores are those of a function. jobs: "trial:rung" of each job. */
static void run(size_t most, double (*score)(size_t trial, size_t rung), char *jobs, size_t size) {
    struct asha_job job;
    size_t count = 0;
    *jobs = '\0';
    while (asha_next(&asha, trials, count, count < most, &job)) {
        if (job.trial == count)
            trials[count++] = (struct asha_trial){0};
        trials[job.trial].finished = job.rung + 1;
        trials[job.trial].scores[job.rung] = score(job.trial, job.rung);
        size_t end = strlen(jobs);
        snprintf(jobs + end, size - end, "%s%zu:%zu", end ? " " : "", job.trial, job.rung);
    }
}

static double rising(size_t trial, size_t rung) {
    return (double)(trial + rung);
}
static double falling(size_t trial, size_t rung) {
    return -(double)trial + (double)rung;
}
static double equal(size_t trial, size_t rung) {
    (void)trial;
    (void)rung;
    return 0;
}
static double diverged(size_t trial, size_t rung) {
    return trial % 2 ? NAN : (double)(trial + rung);
}
static double all_diverged(size_t trial, size_t rung) {
    (void)trial;
    (void)rung;
    return NAN;
}

START_TEST(promotions) {
    static const struct {
        size_t trials;
        double (*score)(size_t, size_t);
        const char *jobs;
    } cases[] = {
        {1, rising, "0:2"},
        {2, rising, "0:2 1:0 1:1 1:2"},
        {4, rising, "0:2 1:0 2:0 3:0 3:1 3:2"},
        /* the best of three, then of six two: the new ones are better each time */
        {7, rising, "0:2 1:0 2:0 3:0 3:1 4:0 4:1 5:0 5:1 5:2 6:0 6:1 6:2"},
        {7, falling, "0:2 1:0 2:0 3:0 1:1 4:0 5:0 6:0 1:2 2:1"},
        {5, equal, "0:2 1:0 2:0 3:0 1:1 4:0 1:2"},
        {6, diverged, "0:2 1:0 2:0 3:0 2:1 4:0 4:1 5:0 4:2"},
        {4, all_diverged, "0:2 1:0 2:0 3:0"},
    };
    char jobs[1000];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        run(cases[i].trials, cases[i].score, jobs, sizeof jobs);
        ck_assert_msg(strcmp(jobs, cases[i].jobs) == 0, "case %zu: %s", i, jobs);
    }
}
END_TEST

/* Of many trials a third is promoted, and a third of those. */
START_TEST(promotions_of_many) {
    char jobs[2000];
    size_t finished[4] = {0};
    run(28, falling, jobs, sizeof jobs);
    for (size_t i = 1; i < 28; i++)
        finished[trials[i].finished]++;
    ck_assert_uint_eq(finished[1], 18);
    ck_assert_uint_eq(finished[2], 6);
    ck_assert_uint_eq(finished[3], 3);
}
END_TEST

START_TEST(rungs) {
    static const struct {
        size_t most, count, rungs[ASHA_MOST_RUNGS];
    } cases[] = {{1, 1, {1}},       {2, 2, {1, 2}},      {5, 3, {1, 2, 5}},
                 {9, 3, {1, 3, 9}}, {10, 3, {2, 4, 10}}, {30, 3, {4, 10, 30}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t found[ASHA_MOST_RUNGS];
        ck_assert_uint_eq(asha_rungs(cases[i].most, found), cases[i].count);
        for (size_t k = 0; k < cases[i].count; k++)
            ck_assert_uint_eq(found[k], cases[i].rungs[k]);
    }
}
END_TEST

/* ---- the choice ------------------------------------------------------------------------------------------ */

START_TEST(choices) {
    static const struct {
        double scores[3][ASHA_MOST_PARTS];
        size_t count, parts, trial, best;
        double difference, error;
    } cases[] = {
        {{{1, 2, 3}}, 1, 3, 0, 0, 0, NAN},
        {{{1, 2, 3}, {2, 3, 4}}, 2, 3, 1, 1, 1, 0},                   /* better in each part */
        {{{1, 2, 3}, {1, 2, 3}}, 2, 3, 0, 1, 0, 0},                   /* equal */
        {{{1, 1}, {1, 1.5}}, 2, 2, 0, 1, 0.25, 0.25},                 /* as large as its error */
        {{{1, 1}, {1.2, 1.5}}, 2, 2, 1, 1, 0.35, 0.15},               /* larger */
        {{{1, 1}, {1.5, 1.5}, {0, 2}}, 3, 2, 0, 1, 0.5, 0.707106781}, /* the error is that of all trials */
        /* larger than its error, but the better one of two */
        {{{1, 1}, {1, 1.2}, {0.95, 1.05}}, 3, 2, 0, 1, 0.1, 0.0790569415},
        {{{1, 1}, {1.01, 1.21}, {0.95, 1.05}}, 3, 2, 1, 1, 0.11, 0.0790569415},
        {{{1, 1}, {NAN, 9}, {2, 2}}, 3, 2, 2, 2, 1, 0},
        {{{NAN, 1}, {0, 0}}, 2, 2, 1, 1, 0, NAN}, /* the defaults have diverged */
        {{{NAN, 1}, {NAN, 0}}, 2, 2, 0, 0, 0, NAN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct asha_choice choice = asha_choose(cases[i].scores, cases[i].count, cases[i].parts);
        ck_assert_msg(choice.trial == cases[i].trial && choice.best == cases[i].best, "case %zu: trial %zu, best %zu",
                      i, choice.trial, choice.best);
        ck_assert_msg(fabs(choice.difference - cases[i].difference) < 1e-6, "case %zu: %g", i, choice.difference);
        ck_assert_msg(isnan(cases[i].error) ? isnan(choice.error) : fabs(choice.error - cases[i].error) < 1e-6,
                      "case %zu: error %g", i, choice.error);
    }
}
END_TEST

/* ---- settings of --preset auto ------------------------------------------------------------------------------ */

START_TEST(settings_are_read) {
    struct preset_settings settings;
    ck_assert_int_eq(preset_settings_parse("units=128,dropout=0.25,train_vectors=True", &settings, &err), MOOD_OK);
    ck_assert(preset_setting_get(&settings, PRESET_UNITS, true, false) == 128);
    ck_assert(preset_setting_get(&settings, PRESET_DROPOUT, true, false) == 0.25);
    ck_assert(preset_setting_get(&settings, PRESET_TRAIN_VECTORS, true, false) == 1);
    ck_assert(preset_setting_get(&settings, PRESET_NGRAMS, true, false) == 2);
    ck_assert(preset_setting_get(&settings, PRESET_NGRAMS, true, true) == 3);
    ck_assert(preset_setting_get(&settings, PRESET_NGRAM_SCALE, true, false) == 1);
    ck_assert(preset_setting_get(&settings, PRESET_NGRAM_SCALE, false, false) == 8);
    ck_assert_int_eq(preset_settings_check(&settings, true, &err), MOOD_OK);
    ck_assert_int_eq(preset_settings_check(&settings, false, &err), MOOD_ERR_ARGUMENT);
}
END_TEST

START_TEST(settings_are_refused) {
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "auto has no setting ''"},
        {"unit=3", "auto has no setting 'unit'; did you mean 'units'; its settings are units, spatial_dropout"},
        {"units", "units must be a whole number from 1 to 1024, not ''"},
        {"units=1.5", "whole number"},
        {"units=0x10", "whole number"},
        {"units= 3", "whole number"},
        {"units=3,units=4", "units is given twice"},
        {"units=3,", "no setting ''"},
        {"dropout=nan", "dropout must be a number from 0 to 0.95, not 'nan'"},
        {"dropout=1e99999", "a number"},
        {"dropout=0.96", "a number"},
        {"dropout=00000000000000000000000000000000000000000000000000", "a number"},
        {"train_vectors=1", "True or False, not '1'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct preset_settings settings;
        ck_assert_int_eq(preset_settings_parse(cases[i].text, &settings, &err), MOOD_ERR_ARGUMENT);
        ck_assert_msg(strstr(err.message, cases[i].says), "%s: %s", cases[i].text, err.message);
    }
}
END_TEST

/* The values that are tried are valid. */
START_TEST(tuned_values_are_valid) {
    for (size_t i = 0; i < PRESET_SETTING_COUNT; i++)
        for (const char *text = preset_settings_table[i].tuned; *text; text += strspn(text, " ")) {
            size_t size = strcspn(text, " ");
            double value;
            ck_assert_msg(preset_setting_read((enum preset_setting)i, text, size, &value, &err) == MOOD_OK, "%s",
                          err.message);
            text += size;
        }
}
END_TEST

/* ---- the printed command ---------------------------------------------------------------------------------------- */

START_TEST(words_are_quoted) {
    struct command_line line = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    static const char *const words[] = {"mood", "a b", "it's", "", "--x=1,2:y", "$HOME;", "\033[1m"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        ck_assert(command_line_add(&line, "%s", words[i]));
    command_line_print(stream, &line, 1);
    fclose(stream);
    ck_assert_str_eq(text, "'a b' 'it'\\''s' '' --x=1,2:y '$HOME;' '\\x1b[1m'");
    free(text);
    command_line_clear(&line);
}
END_TEST

/* ---- the log ---------------------------------------------------------------------------------------------------- */

static char path[] = "/tmp/check_tune-XXXXXX";
static json_t *head;

static void setup(void) {
    strcpy(path, "/tmp/check_tune-XXXXXX");
    close(mkstemp(path));
    head = json_pack("{ss ss si}", "data", "abc", "metric", "accuracy", "folds", 2);
    ck_assert_ptr_nonnull(head);
}

static void teardown(void) {
    unlink(path);
    json_decref(head);
}

static void put(const char *text) {
    FILE *file = fopen(path, "w");
    ck_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static struct tune_line example(size_t trial, double score) {
    return (struct tune_line){
        .trial = trial,
        .folds = 2,
        .epochs = 3,
        .options = json_pack("[s]", "--batch-size=16"),
        .result = {.parts = 2, .scores = {score, 0.1}, .figures = {0.5, 0.25, score}, .stopped = true, .seconds = 1.5}};
}

/* Open the log, and read all results. Returns their number. */
static size_t read_all(struct tune_line *last, mood_status *status) {
    struct tune_log log;
    size_t count = 0;
    bool found = true;
    *status = tune_log_open(&log, path, head, &err);
    while (*status == MOOD_OK) {
        struct tune_line line;
        *status = tune_log_read(&log, &line, &found, &err);
        json_decref(line.options);
        line.options = NULL;
        if (*status != MOOD_OK || !found)
            break;
        count++;
        *last = line;
    }
    tune_log_close(&log);
    return count;
}

static void write_lines(size_t count) {
    struct tune_log log;
    ck_assert_msg(tune_log_open(&log, path, head, &err) == MOOD_OK, "%s", err.message);
    for (size_t i = 0; i < count; i++) {
        struct tune_line line = example(i + 1, i == 1 ? NAN : 1.0 / 3);
        ck_assert_int_eq(tune_log_write(&log, &line, &err), MOOD_OK);
        json_decref(line.options);
    }
    tune_log_close(&log);
}

/* The log after a kill at any byte has the results whose lines are complete, and takes further ones. */
START_TEST(cut_logs_are_continued) {
    struct tune_line last = {0};
    mood_status status;
    write_lines(3);
    FILE *file = fopen(path, "r");
    char text[4000];
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    for (size_t cut = 0; cut <= size; cut++) {
        size_t lines = 0;
        for (size_t i = 0; i < cut; i++)
            lines += text[i] == '\n';
        file = fopen(path, "w");
        ck_assert(file && fwrite(text, 1, cut, file) == cut && fclose(file) == 0);
        size_t count = read_all(&last, &status);
        ck_assert_msg(status == MOOD_OK, "%zu bytes: %s", cut, err.message);
        ck_assert_uint_eq(count, lines ? lines - 1 : 0);
        write_lines(1);
        ck_assert_uint_eq(read_all(&last, &status), count + 1);
        ck_assert_int_eq(status, MOOD_OK);
        ck_assert_uint_eq(last.trial, 1);
    }
}
END_TEST

START_TEST(results_are_exact) {
    struct tune_line last = {0};
    mood_status status;
    write_lines(1);
    ck_assert_uint_eq(read_all(&last, &status), 1);
    ck_assert(last.result.scores[0] == 1.0 / 3 && last.result.scores[1] == 0.1 && last.result.seconds == 1.5);
    ck_assert(last.result.parts == 2 && last.folds == 2 && last.result.figures[TUNE_MACRO_F1] == 0.25 &&
              last.result.stopped && last.epochs == 3);
    write_lines(2); /* appended */
    ck_assert_uint_eq(read_all(&last, &status), 3);
    ck_assert(isnan(last.result.scores[0]) && isnan(last.result.figures[TUNE_LOG_LOSS]));
}
END_TEST

#define HEAD "{\"mood_tune\":{\"data\":\"abc\",\"metric\":\"accuracy\",\"folds\":2}}\n"
#define RESULT(trial, scores)                                                                                          \
    "{\"trial\":" trial ",\"folds\":2,\"epochs\":3,\"options\":[],\"scores\":" scores                                  \
    ",\"stopped\":false,\"seconds\":1,\"accuracy\":1,\"macro_f1\":1,\"log_loss\":1}\n"

START_TEST(logs_are_refused) {
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"text,label\n", ":1: this is not the log of mood tune; give another file with --log"},
        {"notes", ":1: this is not the log of mood tune"},
        {"{}\n", ":1: this is not the log"},
        {"{\"mood_tune\":7}\n", ":1: this is not the log"},
        {"{\"mood_tune\":{}\n", ":1: this is not the log"},
        {"{\"mood_tune\":{\"data\":\"other\",\"metric\":\"accuracy\",\"folds\":2}}\n", "the log is of other data"},
        {"{\"mood_tune\":{\"data\":\"abc\",\"metric\":\"log_loss\",\"folds\":2}}\n", "the log is of another --metric"},
        {"{\"mood_tune\":{\"data\":\"abc\",\"metric\":\"accuracy\"}}\n", "of another number of --folds"},
        {HEAD "\n", ":2: the line is damaged"},
        {HEAD RESULT("1", "[1,1]") "{\"trial\":\n", ":3: the line is damaged"},
        {HEAD RESULT("0", "[1,1]"), ":2: the line is damaged"},
        {HEAD RESULT("-1", "[1,1]"), ":2: the line is damaged"},
        {HEAD RESULT("1.5", "[1,1]"), ":2: the line is damaged"},
        {HEAD RESULT("1", "[]"), ":2: the line is damaged"},
        {HEAD RESULT("1", "[1,\"1\"]"), ":2: the line is damaged"},
        {HEAD RESULT("1", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21]"), ":2: the line is damaged"},
        {HEAD RESULT("1", "{}"), ":2: the line is damaged"},
        {HEAD RESULT("1,\"trial\":1", "[1,1]"), ":2: the line is damaged"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tune_line last;
        mood_status status;
        put(cases[i].text);
        read_all(&last, &status);
        ck_assert_msg(status != MOOD_OK && strstr(err.message, cases[i].says), "case %zu: %s", i, err.message);
    }
}
END_TEST

START_TEST(a_log_is_locked) {
    struct tune_log first, second;
    ck_assert_int_eq(tune_log_open(&first, path, head, &err), MOOD_OK);
    ck_assert_int_eq(tune_log_open(&second, path, head, &err), MOOD_ERR_STATE);
    ck_assert(strstr(err.message, "another mood tune writes this log"));
    tune_log_close(&second);
    tune_log_close(&first);
    ck_assert_int_eq(tune_log_open(&first, "/dev/null", head, &err), MOOD_ERR_ARGUMENT);
    tune_log_close(&first);
    ck_assert_int_eq(tune_log_open(&first, "/nonexistent/log", head, &err), MOOD_ERR_IO);
    tune_log_close(&first);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("tune");
    TCase *pure = tcase_create("pure"), *log = tcase_create("log");
    tcase_add_test(pure, promotions);
    tcase_add_test(pure, promotions_of_many);
    tcase_add_test(pure, rungs);
    tcase_add_test(pure, choices);
    tcase_add_test(pure, settings_are_read);
    tcase_add_test(pure, settings_are_refused);
    tcase_add_test(pure, tuned_values_are_valid);
    tcase_add_test(pure, words_are_quoted);
    tcase_add_checked_fixture(log, setup, teardown);
    tcase_set_timeout(log, 120); /* fsync */
    tcase_add_test(log, cut_logs_are_continued);
    tcase_add_test(log, results_are_exact);
    tcase_add_test(log, logs_are_refused);
    tcase_add_test(log, a_log_is_locked);
    suite_add_tcase(suite, pure);
    suite_add_tcase(suite, log);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
