/* Numbers as labels, and the comparison that makes two classes of them. */
#include "text/threshold.h"

#include <math.h>
#include <string.h>

#include "base/number.h"

#define DIGITS "0123456789"

bool label_is_number(const char *label) {
    label += *label == '-' || *label == '+';
    size_t whole = strspn(label, DIGITS), part = 0;
    label += whole;
    if (*label == '.') {
        part = strspn(label + 1, DIGITS);
        label += 1 + part;
    }
    return whole + part > 0 && *label == '\0';
}

double label_number(const char *label) {
    char *end;
    return number_read(label, &end);
}

void label_number_key(const char *label, char *key) {
    bool negative = *label == '-';
    label += *label == '-' || *label == '+';
    label += strspn(label, "0");
    size_t whole = strspn(label, DIGITS);
    size_t size = strlen(label);
    if (label[whole] == '.') {
        while (label[size - 1] == '0')
            size--;
        size -= label[size - 1] == '.';
    }
    if (negative && size > 0)
        *key++ = '-';
    if (whole == 0)
        *key++ = '0'; /* for .5, and for 0 */
    memcpy(key, label, size);
    key[size] = '\0';
}

bool threshold_is_given(const char *positive) {
    return positive && (*positive == '<' || *positive == '>');
}

bool threshold_parse(const char *positive, struct threshold *threshold) {
    if (!threshold_is_given(positive))
        return false;
    threshold->greater = *positive++ == '>';
    threshold->equal = *positive == '=';
    positive += threshold->equal;
    positive += strspn(positive, " ");
    if (!label_is_number(positive))
        return false;
    threshold->value = label_number(positive);
    return isfinite(threshold->value);
}

bool threshold_accepts(const struct threshold *threshold, const char *label) {
    double value = label_number(label);
    if (value == threshold->value)
        return threshold->equal;
    return (value > threshold->value) == threshold->greater;
}
