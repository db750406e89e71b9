/* Numbers as labels, and the comparison that makes two classes of them: ">=4". */
#ifndef TEXT_THRESHOLD_H
#define TEXT_THRESHOLD_H

#include <stdbool.h>
#include <stddef.h>

struct threshold {
    bool greater, equal; /* > or <; with = */
    double value;
};

/* True for a decimal number without an exponent, such as 4, -1, +0.50 or .5. */
bool label_is_number(const char *label);

/* The value of such a number. */
double label_number(const char *label);

/* Write a key that is equal for equal numbers: no plus sign, no zeros that do not count. key: room for the label and two
 * more bytes. */
void label_number_key(const char *label, char *key);

/* True if positive begins with < or >: it is a comparison and not the name of a label. */
bool threshold_is_given(const char *positive);

/* Parse "<3", "<=2", ">3" or ">=4.5", with spaces after the operator or not. */
bool threshold_parse(const char *positive, struct threshold *threshold);

/* True if the label's number is on the positive side. */
bool threshold_accepts(const struct threshold *threshold, const char *label);

#endif
