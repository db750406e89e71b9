/* Layers in Keras's notation, converted to objects of config.json. */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "layers/expression.h"
#include "mood/model.h"

static mood_error err;

START_TEST(expressions_are_objects) {
    static const struct {
        const char *text, *json;
    } cases[] = {
        {"LSTM(64)", "{\"class_name\": \"LSTM\", \"config\": {\"units\": 64}}"},
        {" lstm ( 64 , ) ", "{\"class_name\": \"LSTM\", \"config\": {\"units\": 64}}"},
        {"keras.layers.LSTM(units=64, return_sequences=True)",
         "{\"class_name\": \"LSTM\", \"config\": {\"units\": 64, \"return_sequences\": true}}"},
        {"Dense(16, 'relu', False)",
         "{\"class_name\": \"Dense\", \"config\": {\"units\": 16, \"activation\": \"relu\", \"use_bias\": false}}"},
        {"Dense(1, activation=sigmoid, name=\"out put\")",
         "{\"class_name\": \"Dense\", \"config\": {\"units\": 1, \"activation\": \"sigmoid\", \"name\": \"out put\"}}"},
        {"Embedding", "{\"class_name\": \"Embedding\", \"config\": {}}"},
        {"Embedding()", "{\"class_name\": \"Embedding\", \"config\": {}}"},
        {"Dense(2, kernel_initializer=keras.initializers.VarianceScaling(2.0, mode='fan_out'), bias_initializer=None)",
         "{\"class_name\": \"Dense\", \"config\": {\"units\": 2, \"kernel_initializer\": {\"class_name\": "
         "\"VarianceScaling\", \"config\": {\"scale\": 2.0, \"mode\": \"fan_out\"}}, \"bias_initializer\": null}}"},
        {"Dense(2, kernel_initializer=RandomUniform(-0.5, 1e-1))",
         "{\"class_name\": \"Dense\", \"config\": {\"units\": 2, \"kernel_initializer\": {\"class_name\": "
         "\"RandomUniform\", \"config\": {\"minval\": -0.5, \"maxval\": 0.1}}}}"},
        {"Dense(1, kernel_initializer=Other(size=[1, -2.5, (3,), []]))",
         "{\"class_name\": \"Dense\", \"config\": {\"units\": 1, \"kernel_initializer\": {\"class_name\": \"Other\", "
         "\"config\": {\"size\": [1, -2.5, [3], []]}}}}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *object, *wanted = json_loads(cases[i].json, 0, NULL);
        ck_assert_ptr_nonnull(wanted);
        ck_assert_msg(expression_parse(&layer_expressions, cases[i].text, &object, &err) == MOOD_OK, "%s: %s",
                      cases[i].text, err.message);
        char *text = json_dumps(object, JSON_COMPACT);
        ck_assert_msg(json_equal(object, wanted), "%s: %s", cases[i].text, text);
        free(text);
        json_decref(object);
        json_decref(wanted);
    }
}
END_TEST

START_TEST(errors_name_the_place) {
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "expected a layer's name at the end"},
        {"Lambda(64)", "unknown layer Lambda; this version knows Embedding, LSTM"},
        {"64", "expected a layer's name at '64'"},
        {"LSTM(64", "expected ',' or ')' at the end"},
        {"LSTM(64) LSTM(32)", "expected the end at 'LSTM(32)'"},
        {"LSTM(64,, 3)", "expected a value at ', 3)'"},
        {"LSTM(units=)", "expected a value at ')'"},
        {"LSTM(units=64, 'tanh')", "expected an argument with its name, as in units=64 at ''tanh')'"},
        {"LSTM(64, tanh, sigmoid, True)", "expected an argument with its name"},
        {"LSTM(64, units=3)", "expected each argument once"},
        {"LSTM(64, unist=3)", "LSTM has no argument unist; it has units, activation, "},
        {"LSTM(64, return_sequence=False)", "LSTM has no argument return_sequence; it has "},
        {"LSTM(6x4)", "expected ',' or ')' at 'x4)'"},
        {"LSTM(1.2.3)", "expected a number at '1.2.3)'"},
        {"LSTM(1e999)", "expected a finite number"},
        {"LSTM(name='a\\'b')", "expected a string without escapes"},
        {"LSTM(name='abc)", "expected a string without escapes"},
        {"LSTM(name='\xff')", "expected a string in UTF-8"},
        {"LSTM(name=Other(3))", "expected an argument with its name"},
        {"LSTM(name=Other(x=[1, 2)", "expected ',' or ']' at ')'"},
        {"LSTM(name=Other(x=[1", "expected ',' or ']' at the end"},
        {"LSTM(name=Other(x=[", "expected a value at the end"},
        {"LSTM(name=Other(x=[[[[[[[[[[1]]]]]]]]]])", "expected fewer levels"},
        {"LSTM(name=Other(x=A(x=A(x=A(x=A(x=A(x=A(x=A(x=A(x=A(x=1))))))))))", "expected fewer levels"},
        {"LSTM(name=Other(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1)",
         "expected an argument with its name"},
        {"LSTM(name=Other(x=11111111111111111111111111111111111111111111111)", "expected a number of fewer digits"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *object;
        err = (mood_error){0};
        mood_status status = expression_parse(&layer_expressions, cases[i].text, &object, &err);
        ck_assert_msg(status != MOOD_OK && !object, "%s", cases[i].text);
        ck_assert_msg(strstr(err.message, cases[i].says) != NULL, "%s: %s", cases[i].text, err.message);
        ck_assert_msg(expression_parse(&layer_expressions, cases[i].text, &object, NULL) == status, "%s",
                      cases[i].text);
    }
}
END_TEST

START_TEST(layers_are_checked_without_a_model) {
    static const struct {
        const char *text, *says;
        mood_status status;
    } cases[] = {
        {"lstm(64)", "", MOOD_OK},
        {"dense(64, activation=relu, kernel_initializer=HeNormal)", "", MOOD_OK},
        {"Dense(0)", "layer \"dense\": \"units\" is not a whole number from 1", MOOD_ERR_ARGUMENT},
        {"Dense(99999999999)", "\"units\" is not a whole number from 1 to 2147483647", MOOD_ERR_ARGUMENT},
        {"Dense(99999999999999999999999)", "\"units\" is not a whole number from 1 to 2147483647", MOOD_ERR_ARGUMENT},
        {"MaxPooling1D(None)", "layer \"max_pooling1d\" has no \"pool_size\"", MOOD_ERR_ARGUMENT},
        {"MaxPooling1D(pool_size=None, strides=1)", "has no \"pool_size\"", MOOD_ERR_ARGUMENT},
        {"MaxPooling1D()", "", MOOD_OK},
        {"Conv1D(3)", "layer \"conv1d\" has no \"kernel_size\"", MOOD_ERR_ARGUMENT},
        {"Dropout()", "layer \"dropout\" has no \"rate\"", MOOD_ERR_ARGUMENT},
        {"Dropout(1)", "\"rate\" is 1; it must be 0 to below 1", MOOD_ERR_ARGUMENT},
        {"GaussianNoise", "layer \"gaussian_noise\" has no \"stddev\"", MOOD_ERR_ARGUMENT},
        {"Activation()", "layer \"activation\" has no \"activation\"", MOOD_ERR_ARGUMENT},
        {"Bidirectional()", "layer \"bidirectional\" has no \"layer\"", MOOD_ERR_ARGUMENT},
        {"Bidirectional(Dense(3))", "it takes a recurrent layer, not a Dense", MOOD_ERR_UNSUPPORTED},
        {"Bidirectional(LSTM(3, go_backwards=True))", "", MOOD_OK},
        {"Bidirectional(LSTM(3), backward_layer=LSTM(3))", "have the same go_backwards", MOOD_ERR_ARGUMENT},
        {"Bidirectional(LSTM(3, name='aéééééééééééééééééééééééééééééé'))", "is longer than", MOOD_ERR_UNSUPPORTED},
        {"Dense", "layer \"dense\" has no \"units\"", MOOD_ERR_ARGUMENT},
        {"Dense(3, kernel_constraint=MaxNorm(2, axis=[0]))", "", MOOD_OK},
        {"Dense(3, kernel_constraint='non_neg')", "", MOOD_OK},
        {"Dense(3, kernel_constraint=RadialConstraint())", "it knows MaxNorm, NonNeg, UnitNorm and MinMaxNorm",
         MOOD_ERR_UNSUPPORTED},
        {"Dense(3, kernel_constraint=UnitNorm(max_value=3))", "the constraint UnitNorm has no argument \"max_value\"",
         MOOD_ERR_UNSUPPORTED},
        {"Dense(3, kernel_constraint=MaxNorm(-1))", "the constraint MaxNorm: \"max_value\" is -1", MOOD_ERR_ARGUMENT},
        {"Dense(3, kernel_constraint=MaxNorm(axis='x'))", "\"axis\" is \"x\"; it must be a whole number",
         MOOD_ERR_ARGUMENT},
        {"Dense(3, kernel_constraint=MaxNorm(axis=None))", "the constraint MaxNorm has no axis", MOOD_ERR_UNSUPPORTED},
        {"Reshape()", "layer \"reshape\" has no \"target_shape\"", MOOD_ERR_ARGUMENT},
        {"Reshape((2, 3, 4))", "\"target_shape\" has 3 axes; this version has vectors and sequences",
         MOOD_ERR_UNSUPPORTED},
        {"Reshape((-1, -1))", "has -1 more than once", MOOD_ERR_ARGUMENT},
        {"Reshape((0, 3))", "\"target_shape\" has the size 0", MOOD_ERR_ARGUMENT},
        {"Permute((1, 3))", "\"dims\" must be [2, 1], [1, 2] or [1]", MOOD_ERR_ARGUMENT},
        {"RepeatVector()", "layer \"repeat_vector\" has no \"n\"", MOOD_ERR_ARGUMENT},
        {"UpSampling1D(None)", "layer \"up_sampling1d\" has no \"size\"", MOOD_ERR_ARGUMENT},
        {"ZeroPadding1D((1, 2, 3))", "\"padding\" must be a whole number, 0 or more, or a list of two",
         MOOD_ERR_ARGUMENT},
        {"Cropping1D(-1)", "\"cropping\" must be a whole number", MOOD_ERR_ARGUMENT},
        {"ZeroPadding1D(1, data_format='channels_first')", "this version knows channels_last", MOOD_ERR_UNSUPPORTED},
        {"TimeDistributed(Dense(3))", "", MOOD_OK},
        {"TimeDistributed()", "layer \"time_distributed\" has no \"layer\"", MOOD_ERR_ARGUMENT},
        {"TimeDistributed(LSTM(3))", "does not apply a LSTM to each step; it knows Dense, Activation",
         MOOD_ERR_UNSUPPORTED},
        {"LeakyReLU(alpha=0.2)", "", MOOD_OK},
        {"LeakyReLU(-1)", "\"negative_slope\" is -1", MOOD_ERR_ARGUMENT},
        {"ReLU(None, 0.1)", "", MOOD_OK},
        {"Dense(3, activation=sparsemax)", "do not add up to 1", MOOD_ERR_UNSUPPORTED},
        {"Dense(3, activation=threshold)", "so Keras cannot call it either", MOOD_ERR_UNSUPPORTED},
        {"Dense(3, name='last', activation=glu)", "layer \"last\": \"activation\" is \"glu\"", MOOD_ERR_UNSUPPORTED},
        {"Dense(3, name=5)", "a layer's name is a string", MOOD_ERR_ARGUMENT},
        {"Dense(3, name='a\x1b[2J')", "contains a control character", MOOD_ERR_ARGUMENT},
        {"Dense(3, trainable=False, kernel_regularizer=l2(0.1))", "", MOOD_OK},
        {"Dense(3, kernel_regularizer=OrthogonalRegularizer)", "OrthogonalRegularizer is not one that mood knows",
         MOOD_ERR_UNSUPPORTED},
        {"LSTM(3, softmax)", "layer lstm: its activation can't be softmax", MOOD_ERR_UNSUPPORTED},
        {"Lambda(3)", "unknown layer Lambda; this version knows Embedding, LSTM", MOOD_ERR_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        err = (mood_error){0};
        ck_assert_msg(mood_layer_check(cases[i].text, &err) == cases[i].status, "%s: %s", cases[i].text, err.message);
        ck_assert_msg(strstr(err.message, cases[i].says) != NULL, "%s: %s", cases[i].text, err.message);
    }
    ck_assert(mood_layer_has_setting("lstm", "return_sequences"));
    ck_assert(!mood_layer_has_setting("Dense", "return_sequences") && !mood_layer_has_setting("none", "units"));
    ck_assert_str_eq(mood_layer_class_at(1), "LSTM");
    ck_assert_ptr_null(mood_layer_class_at(1000));
}
END_TEST

/* The text of numbers does not depend on the program's locale. */
START_TEST(numbers_have_a_point_in_every_locale) {
    json_t *object;
    if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "de_DE"))
        return; /* not installed */
    ck_assert(mood_layer_check("Dropout(0.5)", &err) == MOOD_OK);
    ck_assert(mood_optimizer_check("SGD(0.1, momentum=0.9)", &err) == MOOD_OK);
    ck_assert(expression_parse(&layer_expressions, "Dropout(0.25)", &object, &err) == MOOD_OK);
    ck_assert_double_eq(json_number_value(json_object_get(json_object_get(object, "config"), "rate")), 0.25);
    json_decref(object);
    setlocale(LC_ALL, "C");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("expression");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, expressions_are_objects);
    tcase_add_test(tcase, errors_name_the_place);
    tcase_add_test(tcase, layers_are_checked_without_a_model);
    tcase_add_test(tcase, numbers_have_a_point_in_every_locale);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
