/* tokenizer.json and mood.json: they must have the format that mood writes, and fit the model. */
#include <math.h>

#include "keras/recipe.h"
#include "keras_files.h"
#include "layers.h"

#define ARTICLE "keras-3.15.1-article.keras"

/* Make scores depend on words: those of the untrained golden model hardly do. Changes weights from `first` on. */
static void sharpen(mood_model *model, size_t first, float factor, struct archive *archive) {
    float values[256];
    for (size_t i = first; i < mood_model_count_weights(model); i++) {
        mood_weight_info info;
        ok(mood_model_weight_info(model, i, &info, &err));
        ck_assert_uint_le(info.count, 256);
        ok(mood_model_get_weight(model, i, values, info.count, &err));
        for (size_t k = 0; k < info.count; k++)
            values[k] *= factor;
        ok(mood_model_set_weight(model, i, values, info.count, &err));
    }
    struct blob weights;
    ok(weights_write(model, &weights, &err));
    set_member(archive, MEMBER_WEIGHTS, weights);
}

static struct archive with_recipe_of(const char *name, size_t first, float factor) {
    struct archive a = golden_archive(name);
    mood_tokenizer *tokenizer;
    mood_model *model;
    const char *words = "good bad film the a was very";
    char *texts[] = {(char *)"the film was good", (char *)"very bad"}, *labels[] = {(char *)"no", (char *)"yes"};
    mood_recipe recipe = MOOD_RECIPE;
    ok(mood_tokenizer_create(NULL, &tokenizer, &err));
    ok(mood_tokenizer_fit(tokenizer, &(mood_text){words, strlen(words)}, 1, &err));
    ok(model_load_archive(device, &a, NULL, &model, NULL, &err));
    sharpen(model, first, factor, &a);
    recipe.tokenizer = tokenizer;
    recipe.labels = labels;
    recipe.check_texts = texts;
    recipe.label_count = recipe.check_count = 2;
    ok(recipe_write(model, &recipe, &a, &err));
    mood_model_destroy(model);
    mood_tokenizer_destroy(tokenizer);
    return a;
}

static struct archive with_recipe(void) {
    return with_recipe_of(ARTICLE, 0, 3);
}

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
    const char *key, *value;
    mood_status status;
    const char *says;
} recipes[] = {
    {"data_digest", "null", MOOD_OK, ""},
    {"invented", "[1, 2]", MOOD_OK, ""},
    {"labels", "[]", MOOD_OK, ""},
    {"checks", "[]", MOOD_OK, ""},
    {"format", "4", MOOD_ERR_UNSUPPORTED, "mood.json has format 4"},
    {"temperature", "1.5", MOOD_OK, ""},
    {"temperature", "1", MOOD_OK, ""},
    {"temperature", "0", MOOD_ERR_FORMAT, "\"temperature\" is not a number from 0.05 to 20"},
    {"temperature", "-1", MOOD_ERR_FORMAT, "\"temperature\""},
    {"temperature", "1e300", MOOD_ERR_FORMAT, "\"temperature\""},
    {"temperature", "\"1\"", MOOD_ERR_FORMAT, "\"temperature\""},
    {"temperature", "null", MOOD_ERR_FORMAT, "\"temperature\""},
    {"threshold", "0.25", MOOD_OK, ""},
    {"threshold", "0", MOOD_OK, ""},
    {"threshold", "1e300", MOOD_ERR_FORMAT, "\"threshold\" is not a number"},
    {"threshold", "\"0.5\"", MOOD_ERR_FORMAT, "\"threshold\""},
    {"threshold", "[]", MOOD_ERR_FORMAT, "\"threshold\""},
    {"clean", "[\"html\", \"urls\"]", MOOD_OK, ""},
    {"clean", "[]", MOOD_OK, ""},
    {"clean", "[\"html\", \"invented\"]", MOOD_ERR_UNSUPPORTED, "mood.json needs a newer version of mood than"},
    {"clean", "[\"invented\"]", MOOD_ERR_UNSUPPORTED, "unknown cleaning step 'invented'; the steps are html, unicode"},
    {"clean", "[\"html,urls\"]", MOOD_ERR_UNSUPPORTED, "unknown cleaning step 'html,urls'"},
    {"clean", "[\"html\", \"html\"]", MOOD_ERR_FORMAT, "the cleaning step 'html' is there twice"},
    {"clean", "[7]", MOOD_ERR_FORMAT, "\"clean\" is not a list"},
    {"clean", "\"html\"", MOOD_ERR_FORMAT, "\"clean\" is not a list"},
    {"clean", "null", MOOD_ERR_FORMAT, "\"clean\" is not a list"},
    {"segment", "\"icu\"", MOOD_OK, ""},
    {"segment", "\"letters\"", MOOD_ERR_UNSUPPORTED, "unknown segmentation 'letters'"},
    {"segment", "7", MOOD_ERR_FORMAT, "\"segment\""},
    {"format", "0", MOOD_ERR_FORMAT, "\"format\""},
    {"format", "\"1\"", MOOD_ERR_FORMAT, "\"format\""},
    {"format", NULL, MOOD_ERR_FORMAT, "\"format\""},
    {"maxlen", "8", MOOD_ERR_FORMAT, "rows of 8 steps; the model takes 7"},
    {"maxlen", "-7", MOOD_ERR_FORMAT, "\"maxlen\""},
    {"maxlen", "1e9", MOOD_ERR_FORMAT, "\"maxlen\""},
    {"padding", "\"left\"", MOOD_ERR_FORMAT, "\"padding\""},
    {"truncating", "7", MOOD_ERR_FORMAT, "\"truncating\""},
    {"padding", "\"post\"", MOOD_ERR_FORMAT, "have changed"}, /* detected by the check texts */
    {"labels", "[\"a\"]", MOOD_ERR_FORMAT, "1 labels for a model of 2 classes"},
    {"labels", "[\"a\", \"b\\u001b[2J\"]", MOOD_ERR_FORMAT,
     "label 2: the label holds a line break, a tab or another control"},
    {"labels", "[\"a\", \"b\\u0085\"]", MOOD_ERR_FORMAT,
     "label 2: the label holds a line break, a tab or another control"},
    {"labels", "[\"a\", \"a\"]", MOOD_ERR_FORMAT, "labels 1 and 2 are both \"a\""},
    {"labels", "[\"\", \"b\"]", MOOD_ERR_FORMAT, "label 1: the label is empty"},
    {"labels", "[\"a\", \"" HUNDRED HUNDRED HUNDRED "\"]", MOOD_ERR_FORMAT, "label 2: the label has 300 bytes"},
    {"labels", "[1, 2]", MOOD_ERR_FORMAT, "\"labels\""},
    {"labels", "{}", MOOD_ERR_FORMAT, "\"labels\""},
    {"data_digest", "7", MOOD_ERR_FORMAT, "\"data_digest\""},
    {"checks", "7", MOOD_ERR_FORMAT, "\"checks\""},
    {"checks", "[7]", MOOD_ERR_FORMAT, "\"checks\""},
    {"checks", "[{\"text\": \"good\"}]", MOOD_ERR_FORMAT, "0 scores for 1 check texts"},
    {"activation", "\"relu\"", MOOD_ERR_FORMAT, "\"activation\" is missing or not sigmoid, softmax or linear"},
    {"activation", "1", MOOD_ERR_FORMAT, "\"activation\""},
    {"activation", "null", MOOD_OK, ""},
    {"checks", "[{\"text\": \"good\", \"scores\": [0.5, 0.5]}]", MOOD_ERR_FORMAT, "2 scores for 1"},
    {"checks", "[{\"text\": \"good\", \"scores\": [\"x\"]}]", MOOD_ERR_FORMAT, "\"checks\""},
    {"checks", "[{\"text\": \"good\", \"scores\": [0.9]}]", MOOD_ERR_FORMAT, "check text 1 has the score"},
};

START_TEST(recipe_is_what_mood_writes) {
    struct archive a = with_recipe();
    json_t *document = member_json(&a, MEMBER_RECIPE);
    if (recipes[_i].value)
        json_object_set_new(document, recipes[_i].key, json_loads(recipes[_i].value, JSON_DECODE_ANY, NULL));
    else
        json_object_del(document, recipes[_i].key);
    set_member_json(&a, MEMBER_RECIPE, document);
    assert_says(load(&a), recipes[_i].status, recipes[_i].says, recipes[_i].key);
}
END_TEST

/* A key of ngrams.json and its new value; NULL: without the key. */
static const struct {
    const char *key, *value;
    mood_status status;
    const char *says;
} columns[] = {
    {"ngrams", NULL, MOOD_ERR_FORMAT, "\"ngrams\" is missing or not a list"},
    {"ngrams", "[[1]]", MOOD_ERR_FORMAT, "\"rows_with\" is missing or not a list with a number for each n-gram"},
    {"format", "2", MOOD_ERR_FORMAT, "another format than 1"},
    {"mode", "\"freq\"", MOOD_ERR_FORMAT, "\"mode\""},
    {"mode", "7", MOOD_ERR_FORMAT, "\"mode\""},
    {"rows", "0", MOOD_ERR_FORMAT, "\"rows\""},
    {"rows", "1e30", MOOD_ERR_FORMAT, "\"rows\""},
    {"rows", "3", MOOD_ERR_FORMAT, "number 1 of \"rows_with\" is not from 1 to"},
    {"rows_with", "[1]", MOOD_ERR_FORMAT, "\"rows_with\""},
};

START_TEST(ngrams_are_what_mood_writes) {
    struct archive a = golden_archive("zoo/ngrams.keras");
    json_t *document = member_json(&a, MEMBER_NGRAMS);
    if (columns[_i].value)
        json_object_set_new(document, columns[_i].key, json_loads(columns[_i].value, JSON_DECODE_ANY, NULL));
    else
        json_object_del(document, columns[_i].key);
    set_member_json(&a, MEMBER_NGRAMS, document);
    mood_status status = load(&a);
    assert_says(status, status == MOOD_ERR_UNSUPPORTED ? status : columns[_i].status, columns[_i].says,
                columns[_i].key);
}
END_TEST

/* One n-gram of the file is replaced. */
START_TEST(each_ngram_is_checked) {
    static const struct {
        const char *ngram, *says;
    } cases[] = {
        {"[]", "n-gram 3 is not a list of 1 to 3 ids"},
        {"[1, 2, 3, 4]", "n-gram 3 is not a list of 1 to 3 ids"},
        {"[0]", "n-gram 3 is not a list of 1 to 3 ids"},
        {"[-1, 2]", "n-gram 3 is not a list of 1 to 3 ids"},
        {"[2097152]", "n-gram 3 is not a list of 1 to 3 ids"},
        {"\"a b\"", "n-gram 3 is not a list of 1 to 3 ids"},
        {"[1e400]", "n-gram 3 is not a list of 1 to 3 ids"},
        {"null", "n-gram 3 is not a list of 1 to 3 ids"},
        {"same", "n-grams 1 and 3 are equal"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct archive a = golden_archive("zoo/ngrams.keras");
        json_t *document = member_json(&a, MEMBER_NGRAMS), *list = json_object_get(document, "ngrams");
        json_t *ngram = strcmp(cases[i].ngram, "same") == 0 ? json_deep_copy(json_array_get(list, 0))
                                                            : json_loads(cases[i].ngram, JSON_DECODE_ANY, NULL);
        json_array_set_new(list, 2, ngram ? ngram : json_real(1e300));
        set_member_json(&a, MEMBER_NGRAMS, document);
        assert_says(load(&a), MOOD_ERR_FORMAT, cases[i].says, cases[i].ngram);
    }
}
END_TEST

/* Keras drops the member when it saves. */
START_TEST(without_ngrams_the_second_input_is_refused) {
    struct archive a = golden_archive("zoo/ngrams.keras");
    set_member(&a, MEMBER_NGRAMS, (struct blob){NULL, 0});
    assert_says(load(&a), MOOD_ERR_UNSUPPORTED, "the file has no ngrams.json", "no member");
    a = golden_archive("zoo/ngrams.keras");
    json_t *document = member_json(&a, MEMBER_NGRAMS);
    json_array_remove(json_object_get(document, "ngrams"), 0);
    json_array_remove(json_object_get(document, "rows_with"), 0);
    set_member_json(&a, MEMBER_NGRAMS, document);
    assert_says(load(&a), MOOD_ERR_FORMAT, "has 60 numbers, but ngrams.json has 59 n-grams", "another size");
    struct archive with = golden_archive("zoo/ngrams.keras"), other = golden_archive("zoo/mask-lstm.keras");
    set_member(&other, MEMBER_NGRAMS, with.members[MEMBER_NGRAMS]);
    with.members[MEMBER_NGRAMS] = (struct blob){NULL, 0};
    archive_clear(&with);
    assert_says(load(&other), MOOD_ERR_FORMAT, "n-grams, but the model has no input for them", "no input");
}
END_TEST

/* Large outputs that are not probabilities have larger rounding errors. Weight 4 is the Dense's kernel. */
START_TEST(large_scores_may_differ_by_a_share) {
    static const struct {
        double factor;
        mood_status status;
    } cases[] = {{1 + 5e-5, MOOD_OK}, {1 - 5e-5, MOOD_OK}, {1 + 2e-4, MOOD_ERR_FORMAT}, {1 - 2e-4, MOOD_ERR_FORMAT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct archive a = with_recipe_of("heads-mse.keras", 4, 1e5f);
        json_t *document = member_json(&a, MEMBER_RECIPE);
        json_t *scores = json_object_get(json_array_get(json_object_get(document, "checks"), 0), "scores");
        double score = json_number_value(json_array_get(scores, 0));
        ck_assert_double_gt(fabs(score), 100);
        json_array_set_new(scores, 0, json_real(score * cases[i].factor));
        set_member_json(&a, MEMBER_RECIPE, document);
        assert_says(load(&a), cases[i].status, cases[i].status ? "check text 1 has the score" : "", "large scores");
    }
}
END_TEST

START_TEST(another_tokenizer_is_noticed) {
    struct archive a = with_recipe();
    mood_tokenizer *other;
    const char *words = "bad very the was a film good";
    char *text;
    ok(mood_tokenizer_create(NULL, &other, &err));
    ok(mood_tokenizer_fit(other, &(mood_text){words, strlen(words)}, 1, &err));
    ok(mood_tokenizer_to_json(other, &text, &err));
    set_member(&a, MEMBER_TOKENIZER, copy_bytes(text, strlen(text)));
    assert_says(load(&a), MOOD_ERR_FORMAT, "the tokenizer or the weights have changed", "tokenizer");
    mood_free(text);
    mood_tokenizer_destroy(other);
}
END_TEST

START_TEST(tokenizer_has_to_be_one) {
    struct archive a = with_recipe();
    set_member(&a, MEMBER_TOKENIZER, copy_bytes("{}", 2));
    assert_says(load(&a), MOOD_ERR_FORMAT, "tokenizer.json", "no tokenizer");
    a = with_recipe();
    set_member(&a, MEMBER_RECIPE, copy_bytes("{", 1));
    assert_says(load(&a), MOOD_ERR_FORMAT, "mood.json is not valid JSON", "no JSON");
    a = with_recipe();
    set_member(&a, MEMBER_RECIPE, (struct blob){NULL, 0}); /* a tokenizer added by hand is accepted */
    ck_assert_msg(load(&a) == MOOD_OK, "%s", err.message);
}
END_TEST

/* A tokenizer may have any ids, and each must have a row in the Embedding. */
START_TEST(ids_have_to_be_rows_of_the_embedding) {
    struct archive a = with_recipe();
    json_t *tokenizer = member_json(&a, MEMBER_TOKENIZER);
    json_t *config = json_object_get(tokenizer, "config");
    json_object_set_new(config, "word_index", json_string("{\"good\": 2000000000}"));
    json_object_set_new(config, "index_word", json_string("{\"2000000000\": \"good\"}"));
    set_member_json(&a, MEMBER_TOKENIZER, tokenizer);
    set_member(&a, MEMBER_RECIPE, (struct blob){NULL, 0}); /* no check text would detect it */
    assert_says(load(&a), MOOD_ERR_FORMAT, "ids go up to 2000000000", "tokenizer");
}
END_TEST

/* A recipe that was read always has a name for each class. */
START_TEST(labels_are_always_named) {
    for (int member = MEMBER_TOKENIZER; member <= MEMBER_RECIPE; member++) {
        struct archive a = with_recipe();
        mood_model *model;
        mood_recipe *recipe;
        if (member == MEMBER_TOKENIZER) {
            json_t *document = member_json(&a, MEMBER_RECIPE);
            json_object_set_new(document, "labels", json_array());
            set_member_json(&a, MEMBER_RECIPE, document);
        } else {
            set_member(&a, MEMBER_RECIPE, (struct blob){NULL, 0});
        }
        ok(model_load_archive(device, &a, NULL, &model, &recipe, &err));
        ck_assert_uint_eq(recipe->label_count, 2);
        ck_assert_str_eq(recipe->labels[0], "negative");
        ck_assert_str_eq(recipe->labels[1], "positive");
        mood_recipe_destroy(recipe);
        mood_model_destroy(model);
        archive_clear(&a);
    }
}
END_TEST

/* ---- preparation of texts ----------------------------------------------------------------------- */

static mood_status load_with(struct archive *a, const mood_recipe_options *options, mood_recipe **recipe);

/* With a tokenizer that drops tags; the first check text has one. */
static struct archive with_preparation(void) {
    struct archive a = with_recipe();
    mood_model *model;
    mood_recipe *recipe;
    const char *words = "good<b>bad<i>film";
    ok(model_load_archive(device, &a, NULL, &model, &recipe, &err));
    mood_tokenizer_destroy(recipe->tokenizer);
    ok(mood_tokenizer_create(NULL, &recipe->tokenizer, &err));
    ok(mood_tokenizer_set_preparation(recipe->tokenizer, "html,emoji", "characters", &err));
    ok(mood_tokenizer_fit(recipe->tokenizer, &(mood_text){words, strlen(words)}, 1, &err));
    ck_assert_uint_eq(mood_tokenizer_count_words(recipe->tokenizer), 3);
    free(recipe->check_texts[0]);
    recipe->check_texts[0] = strdup("&#103;ood <br>film");
    set_member(&a, MEMBER_TOKENIZER, (struct blob){NULL, 0});
    set_member(&a, MEMBER_RECIPE, (struct blob){NULL, 0});
    ok(recipe_write(model, recipe, &a, &err));
    mood_recipe_destroy(recipe);
    mood_model_destroy(model);
    return a;
}

static void assert_prepared(const mood_recipe *recipe) {
    ck_assert_str_eq(mood_tokenizer_get_clean(recipe->tokenizer), "html,emoji");
    ck_assert_str_eq(mood_tokenizer_get_segment(recipe->tokenizer), "characters");
}

static json_int_t format_of(const struct archive *a) {
    json_t *document = member_json(a, MEMBER_RECIPE);
    json_int_t format = json_integer_value(json_object_get(document, "format"));
    json_decref(document);
    return format;
}

/* An older version refuses the file by its format; without a preparation the format is the old one. */
START_TEST(a_preparation_is_stored) {
    struct archive a = with_preparation(), plain = with_recipe();
    mood_recipe *recipe;
    ck_assert_int_eq(format_of(&a), 2);
    ck_assert_int_eq(format_of(&plain), 1);
    json_t *tokenizer = member_json(&a, MEMBER_TOKENIZER);
    ck_assert_uint_eq(json_object_size(json_object_get(tokenizer, "config")), 12); /* as Keras writes it */
    json_decref(tokenizer);
    ok(load_with(&a, NULL, &recipe));
    assert_prepared(recipe);
    mood_recipe_destroy(recipe);
    archive_clear(&plain);
}
END_TEST

/* Without it the check texts have other scores. */
START_TEST(a_lost_preparation_is_noticed) {
    struct archive a = with_preparation();
    json_t *document = member_json(&a, MEMBER_RECIPE);
    json_object_del(document, "clean");
    set_member_json(&a, MEMBER_RECIPE, document);
    assert_says(load(&a), MOOD_ERR_FORMAT, "check text 1 has the score", "lost");
}
END_TEST

/* The file says how texts are prepared, also for a tokenizer that comes from the options. */
START_TEST(another_tokenizer_takes_the_preparation) {
    static const char path[] = "tests-recipe-prepared.json";
    static const char *const vocabulary =
        "{\"class_name\": \"TextVectorization\", \"config\": {\"vocabulary\": [\"a\"]}}";
    mood_recipe_options options = MOOD_RECIPE_OPTIONS;
    mood_recipe *recipe;
    options.tokenizer = path;
    for (int own = 0; own < 2; own++) {
        struct archive a = with_preparation();
        ok(file_replace(path, a.members[MEMBER_TOKENIZER].data, a.members[MEMBER_TOKENIZER].size, &err));
        if (!own)
            set_member(&a, MEMBER_TOKENIZER, (struct blob){NULL, 0});
        ok(load_with(&a, &options, &recipe));
        assert_prepared(recipe);
        mood_recipe_destroy(recipe);
        a = with_preparation();
        ok(file_replace(path, vocabulary, strlen(vocabulary), &err));
        if (!own)
            set_member(&a, MEMBER_TOKENIZER, (struct blob){NULL, 0});
        recipe = NULL;
        mood_status status = load_with(&a, &options, &recipe);
        assert_says(status, own ? MOOD_ERR_ARGUMENT : MOOD_ERR_FORMAT, "can't be combined with a TextVectorization",
                    "words");
    }
    remove(path);
}
END_TEST

/* ---- options ------------------------------------------------------------------------------------ */

static const char *const two_labels[] = {"down", "up"};

static mood_status load_with(struct archive *a, const mood_recipe_options *options, mood_recipe **recipe) {
    mood_model *model = NULL;
    mood_status status = model_load_archive(device, a, options, &model, recipe, &err);
    mood_model_destroy(model);
    archive_clear(a);
    return status;
}

START_TEST(options_complete_a_file_without_a_recipe) {
    struct archive a = golden_archive(ARTICLE);
    mood_recipe_options options = MOOD_RECIPE_OPTIONS;
    mood_recipe *recipe;
    ok(load_with(&a, &options, &recipe));
    ck_assert_ptr_null(recipe->tokenizer);
    ck_assert_uint_eq(recipe->assumed, MOOD_RECIPE_PADDING | MOOD_RECIPE_TRUNCATING | MOOD_RECIPE_LABELS);
    ck_assert_uint_eq(recipe->maxlen, 7);
    mood_recipe_destroy(recipe);
    options.padding = MOOD_PAD_POST;
    options.labels = two_labels;
    options.label_count = 2;
    a = golden_archive(ARTICLE);
    ok(load_with(&a, &options, &recipe));
    ck_assert_uint_eq(recipe->assumed, MOOD_RECIPE_TRUNCATING);
    ck_assert_uint_eq(recipe->overridden, 0);
    ck_assert_int_eq(recipe->padding, MOOD_PAD_POST);
    ck_assert_str_eq(recipe->labels[1], "up");
    mood_recipe_destroy(recipe);
}
END_TEST

START_TEST(options_replace_what_the_file_says) {
    struct archive a = with_recipe();
    mood_recipe_options options = MOOD_RECIPE_OPTIONS;
    mood_recipe *recipe;
    options.padding = MOOD_PAD_POST;
    options.truncating = MOOD_PAD_PRE; /* same as in the file */
    options.labels = two_labels;
    options.label_count = 2;
    options.maxlen = 7;
    ok(load_with(&a, &options, &recipe));
    ck_assert_uint_eq(recipe->assumed, 0);
    ck_assert_uint_eq(recipe->overridden, MOOD_RECIPE_PADDING | MOOD_RECIPE_LABELS);
    ck_assert_int_eq(recipe->padding, MOOD_PAD_POST);
    ck_assert_str_eq(recipe->labels[0], "down");
    mood_recipe_destroy(recipe);
    a = with_recipe();
    options.maxlen = 8;
    assert_says(load_with(&a, &options, &recipe), MOOD_ERR_ARGUMENT, "fixed length of 7", "maxlen");
    a = with_recipe();
    options.maxlen = 0;
    options.label_count = 1;
    assert_says(load_with(&a, &options, &recipe), MOOD_ERR_ARGUMENT, "1 labels for a model of 2 classes", "labels");
}
END_TEST

/* The file's check texts also check a tokenizer from the options, if the file has none. */
START_TEST(a_tokenizer_from_elsewhere_is_checked) {
    static const char path[] = "tests-recipe-tokenizer.json";
    struct archive a = with_recipe();
    mood_recipe_options options = MOOD_RECIPE_OPTIONS;
    mood_recipe *recipe;
    options.tokenizer = path;
    ok(file_replace(path, a.members[MEMBER_TOKENIZER].data, a.members[MEMBER_TOKENIZER].size, &err));
    set_member(&a, MEMBER_TOKENIZER, (struct blob){NULL, 0});
    ok(load_with(&a, &options, &recipe));
    ck_assert_uint_eq(recipe->overridden, 0);
    ck_assert_uint_eq(mood_tokenizer_count_words(recipe->tokenizer), 7);
    mood_recipe_destroy(recipe);
    a = with_recipe();
    for (char *good; (good = memmem(a.members[MEMBER_TOKENIZER].data, a.members[MEMBER_TOKENIZER].size, "good", 4));)
        memcpy(good, "gaad", 4);
    ok(file_replace(path, a.members[MEMBER_TOKENIZER].data, a.members[MEMBER_TOKENIZER].size, &err));
    set_member(&a, MEMBER_TOKENIZER, (struct blob){NULL, 0});
    assert_says(load_with(&a, &options, &recipe), MOOD_ERR_FORMAT, "check text 1 has the score", "another tokenizer");
    remove(path);
}
END_TEST

START_TEST(options_are_checked) {
    static const char *const empty[] = {"a", ""};
    mood_recipe_options wrong = MOOD_RECIPE_OPTIONS;
    mood_model *model;
    char *path = golden_path(ARTICLE);
    wrong.size--;
    assert_says(mood_model_load(device, path, &wrong, &model, NULL, &err), MOOD_ERR_ARGUMENT, "size", "size");
    wrong = (mood_recipe_options)MOOD_RECIPE_OPTIONS;
    wrong.padding = (mood_padding)2;
    assert_says(mood_model_load(device, path, &wrong, &model, NULL, &err), MOOD_ERR_ARGUMENT, "padding", "padding");
    wrong = (mood_recipe_options)MOOD_RECIPE_OPTIONS;
    wrong.label_count = 1;
    assert_says(mood_model_load(device, path, &wrong, &model, NULL, &err), MOOD_ERR_ARGUMENT, "label_count", "labels");
    wrong.labels = empty;
    wrong.label_count = 2;
    assert_says(mood_model_load(device, path, &wrong, &model, NULL, &err), MOOD_ERR_ARGUMENT,
                "label 2: the label is empty", "labels");
    free(path);
}
END_TEST

/* ---- storing a recipe in a file that contains a model --------------------------------------------- */

static void assert_same_member(const struct archive *one, const struct archive *other, enum member member) {
    ck_assert_uint_eq(one->members[member].size, other->members[member].size);
    ck_assert_mem_eq(one->members[member].data, other->members[member].data, one->members[member].size);
}

static struct archive read_archive(const char *path) {
    struct archive archive;
    ok(archive_read_file(golden_stream(path, NULL), &archive, &err));
    return archive;
}

START_TEST(storing_a_recipe_copies_the_rest) {
    static const char path[] = "tests-recipe-store.keras";
    struct archive with = with_recipe(), before = golden_archive(ARTICLE), after;
    mood_recipe_options options = MOOD_RECIPE_OPTIONS;
    mood_model *model, *other;
    mood_recipe *recipe, *back;
    char *golden = golden_path(ARTICLE);
    ok(model_load_archive(device, &with, NULL, &other, &recipe, &err)); /* of a model with other weights */
    ok(mood_model_load(device, golden, &options, &model, NULL, &err));
    ok(mood_recipe_store(golden, path, model, recipe, &err));
    ok(mood_recipe_store(path, path, model, recipe, &err)); /* in place */
    after = read_archive(path);
    for (int member = MEMBER_METADATA; member <= MEMBER_WEIGHTS; member++)
        assert_same_member(&before, &after, (enum member)member);
    assert_same_member(&with, &after, MEMBER_TOKENIZER);
    mood_model_destroy(model);
    ok(mood_model_load(device, path, NULL, &model, &back, &err));
    ck_assert_uint_eq(back->check_count, 2);
    ck_assert_uint_eq(back->assumed, 0);
    ck_assert_str_eq(back->labels[1], "yes");
    /* The check texts' scores must be those of the file's weights; on error the file is unchanged. */
    assert_says(mood_recipe_store(path, path, other, recipe, &err), MOOD_ERR_FORMAT, "check text", "another model");
    recipe->maxlen = 8;
    assert_says(mood_recipe_store(path, path, model, recipe, &err), MOOD_ERR_ARGUMENT, "rows of 8 ids", "maxlen");
    struct archive same = read_archive(path);
    assert_same_member(&after, &same, MEMBER_RECIPE);
    mood_recipe_destroy(recipe);
    mood_recipe_destroy(back);
    mood_model_destroy(model);
    mood_model_destroy(other);
    archive_clear(&with);
    archive_clear(&before);
    archive_clear(&after);
    archive_clear(&same);
    free(golden);
    remove(path);
}
END_TEST

/* With very long rows a file stores fewer check texts than given. */
START_TEST(long_rows_keep_fewer_check_texts) {
    mood_model *model;
    mood_recipe *read, recipe = MOOD_RECIPE;
    char text[] = "good film", *texts[] = {text, text, text, text};
    ok(mood_tokenizer_create(NULL, &recipe.tokenizer, &err));
    ok(mood_tokenizer_fit(recipe.tokenizer, &(mood_text){text, strlen(text)}, 1, &err));
    ok(mood_model_create(device, &model, &err));
    ok(append_layers(model, LAYERS("Embedding(4, 1)", "LSTM(1)", "Dense(1, activation='sigmoid')"), &err));
    ok(mood_model_build(model, MAX_CHECK_IDS / 2, 0, &err));
    recipe.check_texts = texts;
    recipe.check_count = 4;
    ok(mood_model_save(model, "tests-long.keras", &recipe, &err));
    mood_model_destroy(model);
    mood_tokenizer_destroy(recipe.tokenizer);
    ok(mood_model_load(device, "tests-long.keras", NULL, &model, &read, &err));
    ck_assert_uint_eq(read->check_count, 2);
    mood_recipe_destroy(read);
    mood_model_destroy(model);
    remove("tests-long.keras");
}
END_TEST

/* ---- temperature and threshold --------------------------------------------------------------------- */

/* A model of one sigmoid (outputs 1), or of another last layer. */
static mood_model *small_model(const char *last) {
    mood_model *model;
    ok(mood_model_create(device, &model, &err));
    ok(append_layers(model, LAYERS("Embedding(4, 2)", "LSTM(2)", last), &err));
    ok(mood_model_build(model, 3, 0, &err));
    return model;
}

static const struct {
    const char *last;
    double temperature;
    float threshold;
    int format; /* of mood.json; 0: refused with `says` */
    const char *says;
} stored[] = {
    {"Dense(1, activation='sigmoid')", 1, MOOD_NO_THRESHOLD, 1, ""},
    {"Dense(1, activation='sigmoid')", 1.2345678901234567, MOOD_NO_THRESHOLD, 3, ""},
    {"Dense(1, activation='sigmoid')", 1, 0.3f, 3, ""},
    {"Dense(1, activation='sigmoid')", 0.7, 0, 3, ""},
    {"Dense(2, activation='softmax')", 0.7, 0.2f, 3, ""},
    {"Dense(3, activation='sigmoid')", 0.7, 0.2f, 3, ""},
    {"Dense(3, activation='softmax')", 0.7, MOOD_NO_THRESHOLD, 3, ""},
    {"Dense(3, activation='softmax')", 1, 0.5f, 0, "one of 3 labels"},
    {"Dense(1, activation='sigmoid')", 1, 1, 0, "the threshold is 1, but must be a number from 0 to less than 1"},
    {"Dense(1, activation='sigmoid')", 1, -0.1f, 0, "the threshold is -0.1"},
    {"Dense(1, activation='sigmoid')", 0, MOOD_NO_THRESHOLD, 0, "the temperature is 0, but must be"},
    {"Dense(1, activation='sigmoid')", NAN, MOOD_NO_THRESHOLD, 0, "the temperature is nan"},
    {"Dense(1, activation='sigmoid')", INFINITY, MOOD_NO_THRESHOLD, 0, "the temperature is inf"},
};

START_TEST(temperature_and_threshold_are_stored) {
    static const char path[] = "tests-scores.keras";
    mood_model *model = small_model(stored[_i].last), *back;
    mood_recipe recipe = MOOD_RECIPE, *read;
    recipe.temperature = stored[_i].temperature;
    recipe.threshold = stored[_i].threshold;
    mood_status status = mood_model_save(model, path, &recipe, &err);
    if (!stored[_i].format) {
        assert_says(status, MOOD_ERR_ARGUMENT, stored[_i].says, stored[_i].says);
        mood_model_destroy(model);
        return;
    }
    ok(status);
    struct archive a = read_archive(path);
    char format[20], without[65], with[65];
    snprintf(format, sizeof format, "\"format\": %d", stored[_i].format);
    ck_assert_ptr_nonnull(memmem(a.members[MEMBER_RECIPE].data, a.members[MEMBER_RECIPE].size, format, strlen(format)));
    ok(mood_model_load(device, path, NULL, &back, &read, &err));
    ck_assert(fabs(read->temperature - recipe.temperature) <= 0);
    ck_assert(isnan(recipe.threshold) ? isnan(read->threshold) : fabsf(read->threshold - recipe.threshold) <= 0);
    mood_head head;
    ok(mood_recipe_get_head(read, back, &head, &err));
    ck_assert(fabs(head.temperature - recipe.temperature) <= 0);
    ck_assert(fabsf(head.threshold - (isnan(recipe.threshold) ? 0.5f : recipe.threshold)) <= 0);
    /* The digest is another one only if there is one of them. */
    ok(model_weights_digest(model, without, &err));
    ok(model_digest(back, read, with, &err));
    ck_assert_int_eq(strcmp(without, with) == 0, stored[_i].format == 1);
    mood_recipe_destroy(read);
    mood_model_destroy(back);
    mood_model_destroy(model);
    archive_clear(&a);
    remove(path);
}
END_TEST

START_TEST(options_replace_temperature_and_threshold) {
    static const char path[] = "tests-scores.keras";
    mood_model *model = small_model("Dense(1, activation='sigmoid')"), *back;
    mood_recipe recipe = MOOD_RECIPE, *read;
    mood_recipe_options given = MOOD_RECIPE_OPTIONS;
    recipe.temperature = 2;
    recipe.threshold = 0.25f;
    ok(mood_model_save(model, path, &recipe, &err));
    mood_model_destroy(model);
    given.temperature = 1;
    ok(mood_model_load(device, path, &given, &back, &read, &err));
    ck_assert(fabs(read->temperature - 1) <= 0 && fabsf(read->threshold - 0.25f) <= 0);
    ck_assert_uint_eq(read->overridden, MOOD_RECIPE_TEMPERATURE);
    mood_recipe_destroy(read);
    mood_model_destroy(back);
    given.temperature = 0;
    given.threshold = 0.75f;
    ok(mood_model_load(device, path, &given, &back, &read, &err));
    ck_assert(fabs(read->temperature - 2) <= 0 && fabsf(read->threshold - 0.75f) <= 0);
    ck_assert_uint_eq(read->overridden, MOOD_RECIPE_THRESHOLD);
    mood_recipe_destroy(read);
    mood_model_destroy(back);
    given.temperature = -1;
    assert_says(mood_model_load(device, path, &given, &back, NULL, &err), MOOD_ERR_ARGUMENT, "temperature", "negative");
    remove(path);
}
END_TEST

/* ---- failing allocations --------------------------------------------------------------------- */

static long allocations_left;

static void *sparing_malloc(size_t size) {
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

START_TEST(json_without_memory_is_an_error) {
    struct archive a = with_recipe();
    struct blob text;
    mood_model *model;
    ok(model_load_archive(device, &a, NULL, &model, NULL, &err));
    mood_status status = MOOD_ERR_MEMORY;
    for (long n = 0; status != MOOD_OK; n += 1 + n / 50) {
        json_set_alloc_funcs(sparing_malloc, free);
        allocations_left = n;
        status = config_write(model, &text, &err);
        json_set_alloc_funcs(malloc, free);
        ck_assert(status == MOOD_OK || status == MOOD_ERR_MEMORY);
    }
    free(text.data);
    mood_model_destroy(model);
    status = MOOD_ERR_MEMORY;
    for (long n = 0; status != MOOD_OK; n += 1 + n / 20) {
        json_set_alloc_funcs(sparing_malloc, free);
        allocations_left = n;
        model = NULL;
        status = model_load_archive(device, &a, NULL, &model, NULL, &err);
        json_set_alloc_funcs(malloc, free);
        /* jansson's parser may report it as a syntax error. */
        ck_assert_msg(status == MOOD_OK || status == MOOD_ERR_MEMORY || status == MOOD_ERR_FORMAT, "%s", err.message);
        mood_model_destroy(model);
    }
    archive_clear(&a);
}
END_TEST

START_TEST(a_preparation_without_memory_is_an_error) {
    struct archive a = with_preparation(), written = {0};
    mood_model *model;
    mood_recipe *recipe;
    ok(model_load_archive(device, &a, NULL, &model, &recipe, &err));
    mood_status status = MOOD_ERR_ARGUMENT;
    for (long n = 0; status != MOOD_OK; n++) {
        json_set_alloc_funcs(sparing_malloc, free);
        allocations_left = n;
        status = recipe_write(model, recipe, &written, &err);
        json_set_alloc_funcs(malloc, free);
        ck_assert_msg(status == MOOD_OK || strstr(err.message, "memory ran out"), "%s", err.message);
        if (status != MOOD_OK)
            archive_clear(&written);
    }
    assert_same_member(&a, &written, MEMBER_RECIPE);
    archive_clear(&a);
    archive_clear(&written);
    mood_recipe_destroy(recipe);
    mood_model_destroy(model);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("keras recipe");
    TCase *files = tcase_create("files");
    tcase_set_timeout(files, 120);
    tcase_add_unchecked_fixture(files, open_device, close_device);
    tcase_add_loop_test(files, recipe_is_what_mood_writes, 0, sizeof recipes / sizeof *recipes);
    tcase_add_loop_test(files, ngrams_are_what_mood_writes, 0, sizeof columns / sizeof *columns);
    tcase_add_test(files, each_ngram_is_checked);
    tcase_add_test(files, without_ngrams_the_second_input_is_refused);
    tcase_add_test(files, large_scores_may_differ_by_a_share);
    tcase_add_test(files, another_tokenizer_is_noticed);
    tcase_add_test(files, tokenizer_has_to_be_one);
    tcase_add_test(files, ids_have_to_be_rows_of_the_embedding);
    tcase_add_test(files, labels_are_always_named);
    tcase_add_test(files, a_preparation_is_stored);
    tcase_add_test(files, a_preparation_without_memory_is_an_error);
    tcase_add_test(files, a_lost_preparation_is_noticed);
    tcase_add_test(files, another_tokenizer_takes_the_preparation);
    tcase_add_test(files, options_complete_a_file_without_a_recipe);
    tcase_add_test(files, options_replace_what_the_file_says);
    tcase_add_test(files, a_tokenizer_from_elsewhere_is_checked);
    tcase_add_test(files, options_are_checked);
    tcase_add_test(files, storing_a_recipe_copies_the_rest);
    tcase_add_test(files, long_rows_keep_fewer_check_texts);
    tcase_add_loop_test(files, temperature_and_threshold_are_stored, 0, sizeof stored / sizeof *stored);
    tcase_add_test(files, options_replace_temperature_and_threshold);
    tcase_add_test(files, json_without_memory_is_an_error);
    suite_add_tcase(suite, files);
    return run_suite(suite);
}
