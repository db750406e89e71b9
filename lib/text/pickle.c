/* The pickle machine: a stack of values with marks, and a memo of values that are used again. The time for each
 * opcode is proportional to the bytes and values that it consumes. */
#include <stdlib.h>
#include <string.h>

#include "text/pickle.h"
#include "base/bytes.h"
#include "base/errors.h"
#include "base/printable.h"

struct machine {
    const char *begin, *at, *end;
    struct pickle *pickle;
    pickle_ref *stack, *memo;
    size_t depth, stack_capacity;
    size_t memo_count, memo_capacity; /* unused entries of the memo are UNSET */
    size_t *marks;                    /* positions in the stack */
    size_t mark_count, mark_capacity;
    mood_error *err;
};

#define UNSET UINT32_MAX
#define MAX_MARKS 1000 /* Python's own pickles of a Tokenizer have fewer than ten at a time */
#define MAX_LINE 200   /* longest name of a class or module in a message */

#define damaged(machine, ...) mood_error_set((machine)->err, MOOD_ERR_FORMAT, MOOD_CLASS_INPUT, __VA_ARGS__)
#define refused(machine, ...) mood_error_set((machine)->err, MOOD_ERR_UNSUPPORTED, MOOD_CLASS_INPUT, __VA_ARGS__)

/* ---- bytes --------------------------------------------------------------------------------------- */

static mood_status cut_off(struct machine *machine) {
    return damaged(machine, "is cut off");
}

/* Take the next size bytes. */
static mood_status take_bytes(struct machine *machine, uint64_t size, mood_text *bytes) {
    *bytes = (mood_text){NULL, 0};
    if (size > (size_t)(machine->end - machine->at))
        return cut_off(machine);
    *bytes = (mood_text){machine->at, (size_t)size};
    machine->at += size;
    return MOOD_OK;
}

/* Take a little-endian number of size bytes. */
static mood_status take_number(struct machine *machine, size_t size, uint64_t *number) {
    mood_text bytes = {NULL, 0};
    mood_status status = take_bytes(machine, size, &bytes);
    *number = 0;
    for (size_t i = size; status == MOOD_OK && i-- > 0;)
        *number = *number << 8 | (unsigned char)bytes.data[i];
    return status;
}

/* Take a line without its end. */
static mood_status take_line(struct machine *machine, mood_text *line) {
    const char *end = memchr(machine->at, '\n', (size_t)(machine->end - machine->at));
    *line = (mood_text){NULL, 0};
    if (!end)
        return cut_off(machine);
    *line = (mood_text){machine->at, (size_t)(end - machine->at)};
    machine->at = end + 1;
    return MOOD_OK;
}

/* ---- stack, marks and memo ----------------------------------------------------------------------- */

static mood_status push(struct machine *machine, pickle_ref ref) {
    if (machine->depth >= PICKLE_MAX_VALUES)
        return damaged(machine, "has more than %zu values on its stack", PICKLE_MAX_VALUES);
    pickle_ref *stack = array_grow(machine->stack, &machine->stack_capacity, machine->depth + 1, sizeof *stack);
    if (!stack)
        return error_no_memory(machine->err);
    machine->stack = stack;
    stack[machine->depth++] = ref;
    return MOOD_OK;
}

static mood_status push_new(struct machine *machine, struct pickle_value value) {
    pickle_ref ref;
    mood_status status = pickle_add(machine->pickle, value, &ref, machine->err);
    return status == MOOD_OK ? push(machine, ref) : status;
}

static struct pickle_value *value_of(const struct machine *machine, pickle_ref ref) {
    return &machine->pickle->values[ref];
}

/* The bottom of the stack: the position of the last mark. */
static size_t floor_of(const struct machine *machine) {
    return machine->mark_count ? machine->marks[machine->mark_count - 1] : 0;
}

/* Check that there are at least count values above the last mark. */
static mood_status need(struct machine *machine, size_t count) {
    return machine->depth - floor_of(machine) >= count ? MOOD_OK
                                                       : damaged(machine, "is damaged: its stack is too short");
}

static mood_status pop(struct machine *machine, pickle_ref *ref) {
    mood_status status = need(machine, 1);
    if (status == MOOD_OK)
        *ref = machine->stack[--machine->depth];
    return status;
}

static mood_status mark(struct machine *machine) {
    if (machine->mark_count >= MAX_MARKS)
        return damaged(machine, "is nested more than %d deep", MAX_MARKS);
    size_t *marks = array_grow(machine->marks, &machine->mark_capacity, machine->mark_count + 1, sizeof *marks);
    if (!marks)
        return error_no_memory(machine->err);
    machine->marks = marks;
    marks[machine->mark_count++] = machine->depth;
    return MOOD_OK;
}

/* Remove the last mark and the values above it, which stay readable until the next push. */
static mood_status pop_to_mark(struct machine *machine, const pickle_ref **refs, size_t *count) {
    *refs = NULL;
    *count = 0;
    if (machine->mark_count == 0)
        return damaged(machine, "is damaged: a mark is missing");
    size_t from = machine->marks[--machine->mark_count];
    *refs = machine->stack ? machine->stack + from : NULL;
    *count = machine->depth - from;
    machine->depth = from;
    return MOOD_OK;
}

static mood_status put(struct machine *machine, uint64_t place) {
    mood_status status = need(machine, 1);
    if (status != MOOD_OK)
        return status;
    if (place >= PICKLE_MAX_VALUES)
        return damaged(machine, "is damaged: a place in its memo is too large");
    pickle_ref *memo = array_grow(machine->memo, &machine->memo_capacity, (size_t)place + 1, sizeof *memo);
    if (!memo)
        return error_no_memory(machine->err);
    machine->memo = memo;
    while (machine->memo_count <= place)
        memo[machine->memo_count++] = UNSET;
    memo[place] = machine->stack[machine->depth - 1];
    return MOOD_OK;
}

static mood_status get(struct machine *machine, uint64_t place) {
    if (place >= machine->memo_count || machine->memo[place] == UNSET)
        return damaged(machine, "is damaged: its memo has nothing at place %llu", (unsigned long long)place);
    return push(machine, machine->memo[place]);
}

/* ---- scalars ------------------------------------------------------------------------------------- */

static mood_status push_integer(struct machine *machine, enum pickle_kind kind, int64_t integer) {
    return push_new(machine, (struct pickle_value){.kind = kind, .integer = integer});
}

/* size bytes, little-endian; signed numbers are in two's complement. */
static mood_status read_integer(struct machine *machine, size_t size, bool is_signed) {
    uint64_t number = 0;
    if (size > 8)
        return refused(machine, "has an integer of %zu bytes", size);
    mood_status status = take_number(machine, size, &number);
    if (status != MOOD_OK)
        return status;
    if (is_signed && size > 0 && size < 8 && number >> (8 * size - 1))
        number |= UINT64_MAX << 8 * size;
    return push_integer(machine, PICKLE_INT, (int64_t)number);
}

/* An integer preceded by its number of bytes, which has size_size bytes. */
static mood_status read_long(struct machine *machine, size_t size_size) {
    uint64_t size;
    mood_status status = take_number(machine, size_size, &size);
    return status == MOOD_OK ? read_integer(machine, (size_t)size, true) : status;
}

static mood_status read_text(struct machine *machine, size_t size_size) {
    uint64_t size;
    mood_text text = {NULL, 0};
    mood_status status = take_number(machine, size_size, &size);
    if (status == MOOD_OK)
        status = take_bytes(machine, size, &text);
    return status == MOOD_OK ? push_new(machine, (struct pickle_value){.kind = PICKLE_TEXT, .text = text}) : status;
}

static mood_status read_line_integer(struct machine *machine) {
    mood_text line;
    int64_t number = 0;
    mood_status status = take_line(machine, &line);
    if (status != MOOD_OK)
        return status;
    if (!pickle_line_integer(line, &number))
        return damaged(machine, "has an integer that is damaged or too large");
    bool is_bool = line.size == 2 && line.data[0] == '0'; /* I00, I01 */
    return push_integer(machine, is_bool ? PICKLE_BOOL : PICKLE_INT, number);
}

static mood_status read_line_text(struct machine *machine,
                                  mood_status (*decode)(mood_text, struct pickle_value *, mood_error *)) {
    mood_text line;
    struct pickle_value value = {.kind = PICKLE_NONE};
    mood_status status = take_line(machine, &line);
    if (status == MOOD_OK)
        status = decode(line, &value, machine->err);
    return status == MOOD_OK ? push_new(machine, value) : status;
}

static mood_status read_float(struct machine *machine, bool is_line) {
    mood_text ignored;
    mood_status status = is_line ? take_line(machine, &ignored) : take_bytes(machine, 8, &ignored);
    return status == MOOD_OK ? push_integer(machine, PICKLE_FLOAT, 0) : status;
}

/* An index into the memo, as a line or as size bytes. */
static mood_status use_memo(struct machine *machine, size_t size, mood_status (*use)(struct machine *, uint64_t)) {
    uint64_t place = 0;
    mood_text line;
    int64_t number = 0;
    mood_status status = size ? take_number(machine, size, &place) : take_line(machine, &line);
    if (status != MOOD_OK)
        return status;
    if (!size && (!pickle_line_integer(line, &number) || number < 0))
        return damaged(machine, "is damaged: a place in its memo is not a number");
    return use(machine, size ? place : (uint64_t)number);
}

/* ---- containers ---------------------------------------------------------------------------------- */

static mood_status push_items(struct machine *machine, enum pickle_kind kind, const pickle_ref *refs, size_t count) {
    pickle_ref made;
    if (kind == PICKLE_DICT && count % 2)
        return damaged(machine, "is damaged: a key has no value");
    mood_status status = pickle_add(machine->pickle, (struct pickle_value){.kind = kind}, &made, machine->err);
    if (status == MOOD_OK)
        status = pickle_append(machine->pickle, made, refs, count, machine->err);
    return status == MOOD_OK ? push(machine, made) : status;
}

static mood_status collect_to_mark(struct machine *machine, enum pickle_kind kind) {
    const pickle_ref *refs;
    size_t count;
    mood_status status = pop_to_mark(machine, &refs, &count);
    return status == MOOD_OK ? push_items(machine, kind, refs, count) : status;
}

static mood_status collect(struct machine *machine, enum pickle_kind kind, size_t count) {
    mood_status status = need(machine, count);
    if (status != MOOD_OK)
        return status;
    machine->depth -= count;
    return push_items(machine, kind, machine->stack + machine->depth, count);
}

/* Append to the container at the top of the stack. */
static mood_status extend(struct machine *machine, enum pickle_kind kind, const pickle_ref *refs, size_t count) {
    mood_status status = need(machine, 1);
    if (status != MOOD_OK)
        return status;
    pickle_ref container = machine->stack[machine->depth - 1];
    enum pickle_kind here = value_of(machine, container)->kind;
    if (here != kind || (kind == PICKLE_DICT && count % 2))
        return damaged(machine, "is damaged: items are added to %s", pickle_kind_name(here));
    return pickle_append(machine->pickle, container, refs, count, machine->err);
}

static mood_status extend_to_mark(struct machine *machine, enum pickle_kind kind) {
    const pickle_ref *refs;
    size_t count;
    mood_status status = pop_to_mark(machine, &refs, &count);
    return status == MOOD_OK ? extend(machine, kind, refs, count) : status;
}

static mood_status extend_by(struct machine *machine, enum pickle_kind kind, size_t count) {
    mood_status status = need(machine, count + 1);
    if (status != MOOD_OK)
        return status;
    machine->depth -= count;
    return extend(machine, kind, machine->stack + machine->depth, count);
}

/* ---- classes ------------------------------------------------------------------------------------- */

enum pickle_class { CLASS_TOKENIZER, CLASS_ORDERED_DICT, CLASS_DEFAULT_DICT, CLASS_INT, CLASS_OBJECT, RECONSTRUCTOR };

/* All classes that a Tokenizer's pickle contains; Python 2 has other names for its modules. */
static const struct {
    const char *module, *name;
    enum pickle_class class;
} classes[] = {
    {"keras_preprocessing.text", "Tokenizer", CLASS_TOKENIZER},
    {"keras.preprocessing.text", "Tokenizer", CLASS_TOKENIZER},
    {"keras.src.preprocessing.text", "Tokenizer", CLASS_TOKENIZER},
    {"keras.src.legacy.preprocessing.text", "Tokenizer", CLASS_TOKENIZER},
    {"keras.legacy.preprocessing.text", "Tokenizer", CLASS_TOKENIZER},
    {"tf_keras.preprocessing.text", "Tokenizer", CLASS_TOKENIZER},
    {"tf_keras.src.preprocessing.text", "Tokenizer", CLASS_TOKENIZER},
    {"tensorflow.python.keras.preprocessing.text", "Tokenizer", CLASS_TOKENIZER},
    {"tensorflow.keras.preprocessing.text", "Tokenizer", CLASS_TOKENIZER},
    {"tensorflow.contrib.keras.python.keras.preprocessing.text", "Tokenizer", CLASS_TOKENIZER},
    {"collections", "OrderedDict", CLASS_ORDERED_DICT},
    {"collections", "defaultdict", CLASS_DEFAULT_DICT},
    {"builtins", "int", CLASS_INT},
    {"__builtin__", "int", CLASS_INT},
    {"__builtin__", "long", CLASS_INT}, /* Python 3's int in protocols 0 to 2 */
    {"builtins", "object", CLASS_OBJECT},
    {"__builtin__", "object", CLASS_OBJECT},
    {"copyreg", "_reconstructor", RECONSTRUCTOR},
    {"copy_reg", "_reconstructor", RECONSTRUCTOR},
};

static bool equals(mood_text text, const char *string) {
    return text.size == strlen(string) && memcmp(text.data, string, text.size) == 0;
}

static bool is_shown(mood_text text) {
    return text.size <= MAX_LINE && mood_text_validate(text, NULL) && text_is_printable(text);
}

static mood_status push_class(struct machine *machine, mood_text module, mood_text name) {
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (equals(module, classes[i].module) && equals(name, classes[i].name))
            return push_integer(machine, PICKLE_CLASS, classes[i].class);
    if (!is_shown(module) || !is_shown(name))
        return refused(machine,
                       "uses a class that is not a part of a Keras Tokenizer; nothing in a pickle is executed");
    return refused(machine, "uses %.*s.%.*s, which is not a part of a Keras Tokenizer; nothing in a pickle is executed",
                   (int)module.size, module.data, (int)name.size, name.data);
}

static mood_status read_global(struct machine *machine) {
    mood_text module, name;
    mood_status status = take_line(machine, &module);
    if (status == MOOD_OK)
        status = take_line(machine, &name);
    return status == MOOD_OK ? push_class(machine, module, name) : status;
}

static mood_status stack_global(struct machine *machine) {
    mood_status status = need(machine, 2);
    if (status != MOOD_OK)
        return status;
    machine->depth -= 2;
    const struct pickle_value *module = value_of(machine, machine->stack[machine->depth]);
    const struct pickle_value *name = value_of(machine, machine->stack[machine->depth + 1]);
    if (module->kind != PICKLE_TEXT || name->kind != PICKLE_TEXT)
        return damaged(machine, "is damaged: a class's name is not a text");
    return push_class(machine, module->text, name->text);
}

/* ---- calls --------------------------------------------------------------------------------------- */

static bool is_class(const struct machine *machine, pickle_ref ref, enum pickle_class class) {
    const struct pickle_value *value = value_of(machine, ref);
    return value->kind == PICKLE_CLASS && value->integer == (int64_t) class;
}

/* OrderedDict of Python 2 is called with a list of pairs. */
static mood_status push_pairs(struct machine *machine, pickle_ref list) {
    pickle_ref made;
    mood_status status = pickle_add(machine->pickle, (struct pickle_value){.kind = PICKLE_DICT}, &made, machine->err);
    size_t count = value_of(machine, list)->items.count;
    for (size_t i = 0; i < count && status == MOOD_OK; i++) {
        const struct pickle_value *pair = value_of(machine, value_of(machine, list)->items.refs[i]);
        if ((pair->kind != PICKLE_LIST && pair->kind != PICKLE_TUPLE) || pair->items.count != 2)
            return damaged(machine, "is damaged: an OrderedDict is not made of pairs");
        status = pickle_append(machine->pickle, made, pair->items.refs, 2, machine->err);
    }
    return status == MOOD_OK ? push(machine, made) : status;
}

/* A class called with arguments: in the pickle of a dictionary, or of an object in protocols 0 and 1. */
static mood_status call(struct machine *machine, pickle_ref callee, pickle_ref arguments) {
    struct pickle_items items = {0};
    if (value_of(machine, arguments)->kind == PICKLE_TUPLE)
        items = value_of(machine, arguments)->items;
    else
        callee = arguments; /* not a class: rejected */
    bool ordered = is_class(machine, callee, CLASS_ORDERED_DICT),
         by_default = is_class(machine, callee, CLASS_DEFAULT_DICT);
    if ((ordered || by_default) && items.count == 0)
        return push_items(machine, PICKLE_DICT, NULL, 0);
    if (by_default && items.count == 1 && is_class(machine, items.refs[0], CLASS_INT))
        return push_items(machine, PICKLE_DICT, NULL, 0);
    if (ordered && items.count == 1 && value_of(machine, items.refs[0])->kind == PICKLE_LIST)
        return push_pairs(machine, items.refs[0]);
    if (is_class(machine, callee, RECONSTRUCTOR) && items.count == 3 &&
        is_class(machine, items.refs[0], CLASS_TOKENIZER) && is_class(machine, items.refs[1], CLASS_OBJECT) &&
        value_of(machine, items.refs[2])->kind == PICKLE_NONE)
        return push_items(machine, PICKLE_OBJECT, NULL, 0);
    return refused(machine, "calls a function that a Keras Tokenizer does not need; nothing in a pickle is executed");
}

static mood_status reduce(struct machine *machine) {
    mood_status status = need(machine, 2);
    if (status != MOOD_OK)
        return status;
    machine->depth -= 2;
    return call(machine, machine->stack[machine->depth], machine->stack[machine->depth + 1]);
}

static mood_status new_object(struct machine *machine) {
    mood_status status = need(machine, 2);
    if (status != MOOD_OK)
        return status;
    machine->depth -= 2;
    const struct pickle_value *arguments = value_of(machine, machine->stack[machine->depth + 1]);
    if (!is_class(machine, machine->stack[machine->depth], CLASS_TOKENIZER) || arguments->kind != PICKLE_TUPLE ||
        arguments->items.count > 0)
        return refused(machine, "makes an object that is not a Keras Tokenizer");
    return push_items(machine, PICKLE_OBJECT, NULL, 0);
}

static mood_status build(struct machine *machine) {
    pickle_ref state = 0;
    mood_status status = need(machine, 2);
    if (status == MOOD_OK)
        status = pop(machine, &state);
    if (status != MOOD_OK)
        return status;
    pickle_ref object = machine->stack[machine->depth - 1];
    if (value_of(machine, object)->kind != PICKLE_OBJECT || value_of(machine, state)->kind != PICKLE_DICT)
        return refused(machine, "sets the state of %s", pickle_kind_name(value_of(machine, object)->kind));
    if (value_of(machine, object)->items.count > 0)
        return damaged(machine, "is damaged: a Tokenizer's attributes are set twice");
    return pickle_append(machine->pickle, object, &state, 1, machine->err);
}

/* ---- opcodes ------------------------------------------------------------------------------------- */

static mood_status read_protocol(struct machine *machine) {
    uint64_t protocol;
    mood_status status = take_number(machine, 1, &protocol);
    if (status == MOOD_OK && protocol > 5)
        return refused(machine, "has protocol %d; 0 to 5 are supported", (int)protocol);
    return status;
}

static mood_status skip(struct machine *machine, size_t size) {
    mood_text ignored;
    return take_bytes(machine, size, &ignored);
}

static mood_status discard(struct machine *machine) {
    pickle_ref ref;
    const pickle_ref *refs;
    size_t count;
    bool only_mark = machine->mark_count > 0 && machine->depth == floor_of(machine);
    return only_mark ? pop_to_mark(machine, &refs, &count) : pop(machine, &ref);
}

static mood_status discard_to_mark(struct machine *machine) {
    const pickle_ref *refs;
    size_t count;
    return pop_to_mark(machine, &refs, &count);
}

static mood_status duplicate(struct machine *machine) {
    mood_status status = need(machine, 1);
    return status == MOOD_OK ? push(machine, machine->stack[machine->depth - 1]) : status;
}

/* Reject valid opcodes that a Tokenizer's pickle cannot contain, by name; opcodes without a row are invalid. */
static mood_status refuse_opcode(struct machine *machine, unsigned char opcode) {
    static const struct {
        unsigned char opcode;
        const char *name;
    } names[] = {
        {'P', "PERSID"},       {'Q', "BINPERSID"},
        {'i', "INST"},         {'o', "OBJ"},
        {0x82, "EXT1"},        {0x83, "EXT2"},
        {0x84, "EXT4"},        {0x8f, "EMPTY_SET"},
        {0x90, "ADDITEMS"},    {0x91, "FROZENSET"},
        {0x92, "NEWOBJ_EX"},   {0x96, "BYTEARRAY8"},
        {0x97, "NEXT_BUFFER"}, {0x98, "READONLY_BUFFER"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].opcode == opcode)
            return refused(machine, "has the opcode %s, which a Keras Tokenizer does not need", names[i].name);
    return damaged(machine, "is damaged: 0x%02x is not an opcode", opcode);
}

static mood_status run_opcode(struct machine *machine, unsigned char opcode) {
    switch (opcode) {
    case 0x80: return read_protocol(machine);
    case 0x95: return skip(machine, 8); /* FRAME */
    case '(': return mark(machine);
    case '0': return discard(machine);
    case '1': return discard_to_mark(machine);
    case '2': return duplicate(machine);
    case 'N': return push_integer(machine, PICKLE_NONE, 0);
    case 0x88: return push_integer(machine, PICKLE_BOOL, 1);
    case 0x89: return push_integer(machine, PICKLE_BOOL, 0);
    case 'I':
    case 'L': return read_line_integer(machine);
    case 'J': return read_integer(machine, 4, true);
    case 'K': return read_integer(machine, 1, false);
    case 'M': return read_integer(machine, 2, false);
    case 0x8a: return read_long(machine, 1);
    case 0x8b: return read_long(machine, 4);
    case 'F': return read_float(machine, true);
    case 'G': return read_float(machine, false);
    case 'S': return read_line_text(machine, pickle_line_string);
    case 'V': return read_line_text(machine, pickle_line_unicode);
    case 'T': /* BINSTRING */
    case 'B': /* BINBYTES */
    case 'X': return read_text(machine, 4);
    case 'U': /* SHORT_BINSTRING */
    case 'C': /* SHORT_BINBYTES */
    case 0x8c: return read_text(machine, 1);
    case 0x8d: /* BINUNICODE8 */
    case 0x8e: return read_text(machine, 8);
    case ']': return push_items(machine, PICKLE_LIST, NULL, 0);
    case '}': return push_items(machine, PICKLE_DICT, NULL, 0);
    case ')': return push_items(machine, PICKLE_TUPLE, NULL, 0);
    case 'l': return collect_to_mark(machine, PICKLE_LIST);
    case 'd': return collect_to_mark(machine, PICKLE_DICT);
    case 't': return collect_to_mark(machine, PICKLE_TUPLE);
    case 0x85: return collect(machine, PICKLE_TUPLE, 1);
    case 0x86: return collect(machine, PICKLE_TUPLE, 2);
    case 0x87: return collect(machine, PICKLE_TUPLE, 3);
    case 'a': return extend_by(machine, PICKLE_LIST, 1);
    case 's': return extend_by(machine, PICKLE_DICT, 2);
    case 'e': return extend_to_mark(machine, PICKLE_LIST);
    case 'u': return extend_to_mark(machine, PICKLE_DICT);
    case 'g': return use_memo(machine, 0, get);
    case 'h': return use_memo(machine, 1, get);
    case 'j': return use_memo(machine, 4, get);
    case 'p': return use_memo(machine, 0, put);
    case 'q': return use_memo(machine, 1, put);
    case 'r': return use_memo(machine, 4, put);
    case 0x94: return put(machine, machine->memo_count);
    case 'c': return read_global(machine);
    case 0x93: return stack_global(machine);
    case 'R': return reduce(machine);
    case 0x81: return new_object(machine);
    case 'b': return build(machine);
    default: return refuse_opcode(machine, opcode);
    }
}

static mood_status run(struct machine *machine) {
    while (machine->at < machine->end) {
        unsigned char opcode = (unsigned char)*machine->at++;
        if (opcode == '.')
            return need(machine, 1);
        mood_status status = run_opcode(machine, opcode);
        if (status != MOOD_OK)
            return status;
    }
    return cut_off(machine);
}

static mood_status find_attributes(struct machine *machine, pickle_ref *attributes) {
    const struct pickle_value *result = value_of(machine, machine->stack[machine->depth - 1]);
    if (result->kind != PICKLE_OBJECT)
        return refused(machine, "holds %s, not a Keras Tokenizer", pickle_kind_name(result->kind));
    if (result->items.count == 0)
        return damaged(machine, "holds a Tokenizer without attributes");
    *attributes = result->items.refs[0];
    return MOOD_OK;
}

/* ---- the whole pickle ---------------------------------------------------------------------------- */

bool pickle_begins(const char *data, size_t size) {
    static const char *const old[] = {"ccopy_reg\n", "ccopyreg\n"}; /* protocols 0 and 1 */
    for (size_t i = 0; i < sizeof old / sizeof *old; i++)
        if (size >= strlen(old[i]) && memcmp(data, old[i], strlen(old[i])) == 0)
            return true;
    return size >= 2 && data[0] == '\x80' && data[1] >= 2 && data[1] <= 5;
}

mood_status pickle_read_tokenizer(const char *data, size_t size, struct pickle *pickle, pickle_ref *attributes,
                                  mood_error *err) {
    struct machine machine = {.begin = data, .at = data, .end = data + size, .pickle = pickle, .err = err};
    mood_status status = run(&machine);
    if (status == MOOD_OK)
        status = find_attributes(&machine, attributes);
    if (status != MOOD_OK)
        mood_error_prefix(err, "pickle, byte %zu", (size_t)(machine.at - machine.begin));
    free(machine.stack);
    free(machine.memo);
    free(machine.marks);
    return status;
}
