/* Hides secrets in messages. */
#ifdef HAVE_CONFIG_H
#include "config.h" /* must come first: it selects GNU functions in system headers */
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "secrets.h"

/* LEAST: the shortest text that is hidden. ENOUGH: a prefix of this length is hidden too, since messages are
 * truncated. */
enum { LEAST = 4, ENOUGH = 16 };

static const char separators[] = ", \t\r\n";

static struct secret {
    char *text, *name;
    size_t size; /* of text */
} * secrets;
static size_t secret_count;

static bool add(const char *text, size_t size, const char *name) {
    if (size < LEAST)
        return true;
    struct secret *grown = reallocarray(secrets, secret_count + 1, sizeof *grown);
    if (!grown)
        return false;
    secrets = grown;
    struct secret *secret = &secrets[secret_count];
    *secret = (struct secret){strndup(text, size), strdup(name), size};
    if (!secret->text || !secret->name) {
        free(secret->text);
        free(secret->name);
        return false;
    }
    secret_count++;
    return true;
}

/* librdkafka prints a broker as HOST:PORT, without its protocol. */
static bool add_part(const char *text, size_t size, const char *name) {
    const char *scheme = memmem(text, size, "://", 3);
    size_t before = scheme ? (size_t)(scheme - text) + 3 : 0;
    return add(text, size, name) && (!scheme || add(text + before, size - before, name));
}

bool secrets_add(const char *text, const char *name) {
    bool added = add(text, strlen(text), name);
    while (added && *(text += strspn(text, separators))) {
        size_t size = strcspn(text, separators);
        added = add_part(text, size, name);
        text += size;
    }
    return added;
}

/* Ignores case, because hosts are printed in lower case. In errors, control characters and bytes that are not UTF-8
 * are spaces. */
static bool is_shown_as(char secret, char shown) {
    unsigned char byte = (unsigned char)secret;
    return strncasecmp(&secret, &shown, 1) == 0 || (shown == ' ' && (byte < 0x20 || byte >= 0x7F));
}

/* The number of bytes at this position that belong to the secret; 0: none. */
static size_t match(const struct secret *secret, const char *at) {
    size_t same = 0;
    while (same < secret->size && at[same] && is_shown_as(secret->text[same], at[same]))
        same++;
    bool found = same == secret->size || same >= ENOUGH || (same >= LEAST && at[same] == '\0');
    return found ? same : 0;
}

char *secrets_hide(const char *message) {
    char *hidden = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&hidden, &size);
    if (!to)
        return NULL;
    while (*message) {
        const struct secret *longest = NULL;
        size_t most = 0;
        for (size_t i = 0; i < secret_count; i++) {
            size_t same = match(&secrets[i], message);
            if (same > most) {
                most = same;
                longest = &secrets[i];
            }
        }
        if (longest)
            fputs(longest->name, to);
        else
            fputc(*message, to);
        message += longest ? most : 1;
    }
    if (fclose(to) == 0)
        return hidden;
    free(hidden);
    return NULL;
}

void secrets_forget(void) {
    for (size_t i = 0; i < secret_count; i++) {
        explicit_bzero(secrets[i].text, secrets[i].size);
        free(secrets[i].text);
        free(secrets[i].name);
    }
    free(secrets);
    secrets = NULL;
    secret_count = 0;
}
