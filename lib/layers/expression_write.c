/* An object of Keras's config.json as an expression: "SGD(learning_rate=0.1, momentum=0.9)". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "layers/expression.h"

static void write_value(FILE *out, json_t *value);

static bool is_same(const char *text, double number) {
    bool is_float = (double)(float)number == number;
    return is_float ? (float)number_read(text, NULL) == (float)number : number_read(text, NULL) == number;
}

/* With as few digits as give the same number again; the same float if it is one, as Keras's learning rates are. */
static void write_real(FILE *out, double number) {
    char text[40];
    int digits = 6;
    do
        number_write(text, sizeof text, digits, number);
    while (!is_same(text, number) && ++digits <= 17);
    fprintf(out, "%s%s", text, strpbrk(text, ".e") ? "" : ".0");
}

static void write_list(FILE *out, json_t *list) {
    size_t i;
    json_t *item;
    fputc('[', out);
    json_array_foreach(list, i, item) {
        if (i > 0)
            fputs(", ", out);
        write_value(out, item);
    }
    fputc(']', out);
}

static void write_object(FILE *out, json_t *object) {
    const char *key, *class_name = json_string_value(json_object_get(object, "class_name"));
    json_t *value, *config = json_object_get(object, "config");
    bool first = true;
    if (json_is_string(config)) { /* a function */
        write_value(out, config);
        return;
    }
    fprintf(out, "%s(", class_name);
    json_object_foreach(config, key, value) {
        fprintf(out, "%s%s=", first ? "" : ", ", key);
        write_value(out, value);
        first = false;
    }
    fputc(')', out);
}

static void write_value(FILE *out, json_t *value) {
    switch (json_typeof(value)) {
    case JSON_OBJECT: write_object(out, value); break;
    case JSON_ARRAY: write_list(out, value); break;
    case JSON_STRING: fprintf(out, "'%s'", json_string_value(value)); break;
    case JSON_INTEGER: fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value)); break;
    case JSON_REAL: write_real(out, json_real_value(value)); break;
    case JSON_TRUE: fputs("True", out); break;
    case JSON_FALSE: fputs("False", out); break;
    case JSON_NULL: fputs("None", out); break;
    }
}

char *expression_write(json_t *object) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    write_object(out, object);
    bool failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}
