/* Texts that may be secrets and must not appear in messages: the values of ${env:NAME} and ${file:PATH}. */
#ifndef CLI_SECRETS_H
#define CLI_SECRETS_H

#include <stdbool.h>

/* From now on messages contain name instead of text, and instead of its parts between commas, spaces and newlines,
 * because the brokers of a list are logged one by one. Texts shorter than 4 bytes are not hidden: they occur by
 * coincidence. False: out of memory. */
bool secrets_add(const char *text, const char *name);

/* A copy of the message without the secrets; NULL: out of memory. Thread-safe once all texts are added. */
char *secrets_hide(const char *message);

void secrets_forget(void);

#endif
