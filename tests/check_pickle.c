/* Pickled tokenizers: those of Keras's users are read (tests/golden/pickles.py), and anything else is rejected. */
#include <sys/resource.h>

#include "text/pickle.h"
#include "text_golden.h"

static mood_error failure;

struct file {
    char *data;
    size_t size;
};

static struct file read_golden(const char *name, const char *suffix) {
    char path[4096];
    const char *folder = getenv("srcdir");
    snprintf(path, sizeof path, "%s/tests/golden/pickles/%s%s", folder ? folder : ".", name, suffix);
    FILE *stream = fopen(path, "rb");
    ck_assert_msg(stream != NULL, "%s", path);
    struct file file = {malloc(1 << 16), 0};
    file.size = fread(file.data, 1, 1 << 16, stream);
    fclose(stream);
    return file;
}

static json_t *list_files(void) {
    char path[4096];
    const char *folder = getenv("srcdir");
    snprintf(path, sizeof path, "%s/tests/golden/pickles/index.json", folder ? folder : ".");
    return json_load_file(path, 0, NULL);
}

static int count_files(void) {
    json_t *index = list_files();
    int count = (int)json_array_size(index);
    json_decref(index);
    return count;
}

static char *to_json(mood_tokenizer *tokenizer) {
    char *json;
    ck_assert_ok(mood_tokenizer_to_json(tokenizer, &json, err));
    mood_tokenizer_destroy(tokenizer);
    return json;
}

START_TEST(pickle_is_the_same_as_its_json) {
    json_t *index = list_files();
    const char *name = json_string_value(json_array_get(index, (size_t)_i));
    struct file pickle = read_golden(name, ".pickle"), json = read_golden(name, ".json");
    mood_tokenizer *tokenizer;
    ck_assert(pickle_begins(pickle.data, pickle.size) && !pickle_begins(json.data, json.size));
    ck_assert_ok(tokenizer_from_pickle(pickle.data, pickle.size, &tokenizer, err));
    char *read = to_json(tokenizer);
    ck_assert_ok(mood_tokenizer_from_json(json.data, json.size, &tokenizer, err));
    char *wanted = to_json(tokenizer);
    ck_assert_str_eq(read, wanted);
    mood_free(read);
    mood_free(wanted);
    free(pickle.data);
    free(json.data);
    json_decref(index);
}
END_TEST

/* ---- errors -------------------------------------------------------------------------------------- */

#define TOKENIZER "ckeras.preprocessing.text\nTokenizer\n"
#define STATE(attributes) "\x80\x02" TOKENIZER ")\x81}(" attributes "ub."
#define DICTS "Vword_counts\n}Vword_docs\n}Vindex_docs\n}Vindex_word\n}Vword_index\n}Vnum_words\nN"
#define BYTES(string) string, sizeof string - 1

static const struct {
    const char *name, *data;
    size_t size;
    mood_status status;
    const char *says;
} pickles[] = {
    {"a Tokenizer", BYTES(STATE(DICTS)), MOOD_OK, ""},
    {"a program", BYTES("cos\nsystem\n(S'echo hacked'\ntR."), MOOD_ERR_UNSUPPORTED, "byte 11: uses os.system"},
    {"a program of protocol 4", BYTES("\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R."), MOOD_ERR_UNSUPPORTED,
     "uses posix.system"},
    {"eval",
     BYTES("\x80\x02"
           "cbuiltins\neval\nX\x01\0\0\0"
           "1\x85R."),
     MOOD_ERR_UNSUPPORTED, "uses builtins.eval"},
    {"a class of a nearby name",
     BYTES("\x80\x02"
           "cmykeras.preprocessing.text\nTokenizer\n)\x81."),
     MOOD_ERR_UNSUPPORTED, "uses mykeras.preprocessing.text.Tokenizer"},
    {"another class of Keras",
     BYTES("\x80\x02"
           "ckeras.preprocessing.text\nos.system\n)\x81."),
     MOOD_ERR_UNSUPPORTED, "Tokenizer; nothing in a pickle is executed"},
    {"a control character in a class",
     BYTES("\x80\x02"
           "c\x1b[31m\nx\n."),
     MOOD_ERR_UNSUPPORTED, "uses a class that is not"},
    {"a class called", BYTES("\x80\x02" TOKENIZER ")R."), MOOD_ERR_UNSUPPORTED, "calls a function"},
    {"int called",
     BYTES("\x80\x02"
           "cbuiltins\nint\n)R."),
     MOOD_ERR_UNSUPPORTED, "calls a function"},
    {"a text called", BYTES("\x80\x02Va\n)R."), MOOD_ERR_UNSUPPORTED, "calls a function"},
    {"no arguments",
     BYTES("\x80\x02"
           "ccollections\nOrderedDict\nNR."),
     MOOD_ERR_UNSUPPORTED, "calls a function"},
    {"a defaultdict of another type",
     BYTES("\x80\x02"
           "ccollections\ndefaultdict\n" TOKENIZER "\x85R."),
     MOOD_ERR_UNSUPPORTED, "calls a function"},
    {"another object",
     BYTES("\x80\x02"
           "ccollections\nOrderedDict\n)\x81."),
     MOOD_ERR_UNSUPPORTED, "makes an object"},
    {"a reconstructed dict", BYTES("ccopy_reg\n_reconstructor\n(ccollections\nOrderedDict\nc__builtin__\nobject\nNtR."),
     MOOD_ERR_UNSUPPORTED, "calls a function"},
    {"pairs that are none",
     BYTES("\x80\x02"
           "ccollections\nOrderedDict\n](Na\x85R."),
     MOOD_ERR_FORMAT, "stack is too short"},
    {"pairs of one",
     BYTES("\x80\x02"
           "ccollections\nOrderedDict\n]N\x85"
           "a\x85R."),
     MOOD_ERR_FORMAT, "not made of pairs"},
    {"the state of a dict", BYTES("\x80\x02}}b."), MOOD_ERR_UNSUPPORTED, "sets the state of a dict"},
    {"the state of a class", BYTES("\x80\x02" TOKENIZER "}b."), MOOD_ERR_UNSUPPORTED, "sets the state of a class"},
    {"two states", BYTES("\x80\x02" TOKENIZER ")\x81}b}b."), MOOD_ERR_FORMAT, "set twice"},
    {"no state", BYTES("\x80\x02" TOKENIZER ")\x81."), MOOD_ERR_FORMAT, "without attributes"},
    {"a list", BYTES("\x80\x02]."), MOOD_ERR_UNSUPPORTED, "holds a list, not a Keras Tokenizer"},
    {"a class", BYTES("\x80\x02" TOKENIZER "."), MOOD_ERR_UNSUPPORTED, "holds a class"},
    {"nothing", BYTES("\x80\x02."), MOOD_ERR_FORMAT, "stack is too short"},
    {"a mark on an empty stack", BYTES("(t."), MOOD_ERR_UNSUPPORTED, "holds a tuple"},
    {"no end", BYTES("\x80\x02]"), MOOD_ERR_FORMAT, "is cut off"},
    {"a persistent id", BYTES("\x80\x02Pid\n."), MOOD_ERR_UNSUPPORTED, "opcode PERSID"},
    {"an extension", BYTES("\x80\x02\x82\x01."), MOOD_ERR_UNSUPPORTED, "opcode EXT1"},
    {"an instance", BYTES("(ios\nsystem\n."), MOOD_ERR_UNSUPPORTED, "opcode INST"},
    {"an object", BYTES("(cos\nsystem\no."), MOOD_ERR_UNSUPPORTED, "uses os.system"},
    {"keyword arguments", BYTES("\x80\x04" TOKENIZER ")}\x92."), MOOD_ERR_UNSUPPORTED, "opcode NEWOBJ_EX"},
    {"a set", BYTES("\x80\x04\x8f."), MOOD_ERR_UNSUPPORTED, "opcode EMPTY_SET"},
    {"no opcode", BYTES("\x80\x02\xff."), MOOD_ERR_FORMAT, "0xff is not an opcode"},
    {"a newer protocol", BYTES("\x80\x06."), MOOD_ERR_UNSUPPORTED, "protocol 6"},
    {"a mark too few", BYTES("\x80\x02t."), MOOD_ERR_FORMAT, "a mark is missing"},
    {"values below a mark", BYTES("\x80\x02NN(\x86."), MOOD_ERR_FORMAT, "stack is too short"},
    {"a key alone", BYTES("\x80\x02}(Nu."), MOOD_ERR_FORMAT, "items are added to a dict"},
    {"items of a number", BYTES("\x80\x02K\x01Na."), MOOD_ERR_FORMAT, "items are added to an int"},
    {"an empty memo", BYTES("\x80\x02h\x05."), MOOD_ERR_FORMAT, "nothing at place 5"},
    {"a hole in the memo", BYTES("\x80\x02Nq\x05h\x04."), MOOD_ERR_FORMAT, "nothing at place 4"},
    {"a distant memo", BYTES("\x80\x02Nr\xff\xff\xff\xff."), MOOD_ERR_FORMAT, "memo is too large"},
    {"a memo that is no number", BYTES("Np-1\n."), MOOD_ERR_FORMAT, "not a number"},
    {"a long text", BYTES("\x80\x02X\xff\xff\xff\xffx."), MOOD_ERR_FORMAT, "cut off"},
    {"a longer text", BYTES("\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xffx."), MOOD_ERR_FORMAT, "cut off"},
    {"a large integer", BYTES("\x80\x02\x8a\x09\0\0\0\0\0\0\0\0\1."), MOOD_ERR_UNSUPPORTED, "an integer of 9 bytes"},
    {"a large decimal", BYTES("I9223372036854775808\n."), MOOD_ERR_FORMAT, "too large"},
    {"a decimal of letters", BYTES("Iten\n."), MOOD_ERR_FORMAT, "damaged or too large"},
    {"a string without quotes", BYTES("Sa\n."), MOOD_ERR_FORMAT, "damaged escape"},
    {"a string with an escape", BYTES("S'\\q'\n."), MOOD_ERR_FORMAT, "damaged escape"},
    {"a character past the last", BYTES("V\\U00110000\n."), MOOD_ERR_FORMAT, "damaged escape"},
    {"a missing dict", BYTES(STATE("Vnum_words\nN")), MOOD_ERR_FORMAT, "word_counts is missing"},
    {"no settings", BYTES(STATE("Vword_counts\n}")), MOOD_ERR_FORMAT, "no settings"},
    {"a list as a dict", BYTES(STATE(DICTS "Vword_index\n]")), MOOD_ERR_FORMAT, "word_index is a list"},
    {"a dict in a dict", BYTES(STATE(DICTS "Vword_index\n}Va\n}s")), MOOD_ERR_FORMAT, "word_index is a dict"},
    {"a float as a number", BYTES(STATE(DICTS "Vword_index\n}Va\nF1.5\ns")), MOOD_ERR_FORMAT, "word_index is a float"},
    {"a tuple as a word", BYTES(STATE(DICTS "Vword_index\n})K\x01s")), MOOD_ERR_FORMAT, "a key that is a tuple"},
    {"a number out of range", BYTES(STATE(DICTS "Vword_index\n}Va\nL99999999999L\ns")), MOOD_ERR_FORMAT,
     "out of range"},
    {"half a character", BYTES(STATE(DICTS "Vword_index\n}V\\ud800\nK\x01s")), MOOD_ERR_FORMAT, "not UTF-8"},
    {"an analyzer", BYTES(STATE(DICTS "Vanalyzer\n)")), MOOD_ERR_UNSUPPORTED, "an analyzer is Python code"},
    {"a dict in itself", BYTES(STATE(DICTS "Vword_index\n}q\x01Va\nh\x01s")), MOOD_ERR_FORMAT, "word_index is a dict"},
};

START_TEST(other_pickles_are_refused) {
    char *copy = malloc(pickles[_i].size); /* a separate block, so that a sanitizer detects reads past its end */
    mood_tokenizer *tokenizer = NULL;
    memcpy(copy, pickles[_i].data, pickles[_i].size);
    mood_status status = tokenizer_from_pickle(copy, pickles[_i].size, &tokenizer, &failure);
    ck_assert_msg(status == pickles[_i].status, "%s: %s", pickles[_i].name, failure.message);
    ck_assert_msg(status == MOOD_OK || strstr(failure.message, pickles[_i].says), "%s: %s", pickles[_i].name,
                  failure.message);
    if (status == MOOD_OK)
        mood_tokenizer_destroy(tokenizer);
    free(copy);
}
END_TEST

static bool reads(const char *data, size_t size) {
    mood_tokenizer *tokenizer;
    if (tokenizer_from_pickle(data, size, &tokenizer, &failure) != MOOD_OK)
        return false;
    mood_tokenizer_destroy(tokenizer);
    return true;
}

/* One bit of each byte; with MOOD_TEST_LONG=1 each bit. */
START_TEST(no_byte_crashes) {
    bool all = getenv("MOOD_TEST_LONG") != NULL;
    json_t *index = list_files();
    struct file pickle = read_golden(json_string_value(json_array_get(index, (size_t)_i)), ".pickle");
    for (size_t i = 0; i < pickle.size; i++)
        for (size_t k = all ? 0 : i % 8; k < 8; k += all ? 1 : 8) {
            pickle.data[i] = (char)(pickle.data[i] ^ (1 << k));
            (void)reads(pickle.data, pickle.size);
            pickle.data[i] = (char)(pickle.data[i] ^ (1 << k));
        }
    for (size_t size = 0; size < pickle.size; size++) {
        char *part = malloc(size + 1);
        memcpy(part, pickle.data, size);
        ck_assert(!reads(part, size));
        free(part);
    }
    free(pickle.data);
    json_decref(index);
}
END_TEST

/* ---- memory and time --------------------------------------------------------------------------------- */

/* A prefix, and one part many times. */
static void assert_bounded(const char *begin, size_t begin_size, const char *part, size_t part_size, const char *says) {
    enum { SIZE = 100 << 20 };
    char *data = malloc(SIZE);
    struct rusage before, after;
    ck_assert_ptr_nonnull(data);
    memcpy(data, begin, begin_size);
    for (size_t i = begin_size; i < SIZE; i += part_size)
        memcpy(data + i, part, i + part_size <= SIZE ? part_size : SIZE - i);
    getrusage(RUSAGE_SELF, &before);
    ck_assert(!reads(data, SIZE));
    getrusage(RUSAGE_SELF, &after);
    ck_assert_msg(strstr(failure.message, says) != NULL, "%s", failure.message);
    ck_assert_int_lt(after.ru_maxrss, 2 << 20); /* KiB */
    ck_assert_int_lt(after.ru_utime.tv_sec - before.ru_utime.tv_sec, 20);
    free(data);
}

START_TEST(memory_and_time_are_bounded) {
    assert_bounded("", 0, BYTES("]"), "more than");          /* values */
    assert_bounded("", 0, BYTES("]2a"), "more than");        /* lists that contain themselves */
    assert_bounded("", 0, BYTES("("), "nested more than");   /* marks */
    assert_bounded("N", 1, BYTES("2"), "on its stack");      /* the stack */
    assert_bounded("]q\0", 3, BYTES("h\0a"), "items");       /* one list */
    assert_bounded("Nq\0", 3, BYTES("]h\0a0"), "more than"); /* many lists */
    /* A list of pairs that is converted to a dictionary repeatedly. */
    assert_bounded(BYTES("]q\0(NNlq\1"
                         "0h\0("
                         "h\1h\1h\1h\1h\1h\1h\1h\1h\1h\1h\1h\1h\1h\1h\1h\1h\1h\1h\1h\1"
                         "e"
                         "ccollections\nOrderedDict\nq\2"),
                   BYTES("h\2h\0\x85R0"), "more than");
}
END_TEST

static void add(TCase *tests) {
    tcase_set_timeout(tests, 300);
    tcase_add_loop_test(tests, pickle_is_the_same_as_its_json, 0, count_files());
    tcase_add_loop_test(tests, other_pickles_are_refused, 0, sizeof pickles / sizeof *pickles);
    tcase_add_loop_test(tests, no_byte_crashes, 0, count_files());
    tcase_add_test(tests, memory_and_time_are_bounded);
}

int main(void) {
    return run_tests("pickle", add);
}
