/* Texts that may be secrets, and that no message may show: what was filled in for ${env:NAME} and ${file:PATH}. */
#ifndef CLI_SECRETS_H
#define CLI_SECRETS_H

#include <stdbool.h>

/* From now on messages show name in place of text, and of its parts between commas, spaces and newlines: a list of brokers
 * is logged one by one. Texts shorter than 4 bytes are not hidden: they occur anywhere. False: out of memory. */
bool secrets_add(const char *text, const char *name);

/* A copy of the message without the texts; NULL: out of memory. From any thread once all texts are added. */
char *secrets_hide(const char *message);

void secrets_forget(void);

#endif
