/* Numbers as text, with a decimal point whatever the locale of the program is. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stddef.h>

/* As strtod. */
double number_read(const char *text, char **end);

/* As snprintf with "%.*g". */
void number_write(char *text, size_t size, int digits, double number);

#endif
