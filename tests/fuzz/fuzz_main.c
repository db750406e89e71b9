/* Run a fuzz target on the files that are named, without libFuzzer: for tests/fuzz-targets, to repeat a crash, or to run
 * a corpus under valgrind. */
#ifndef MOOD_LIBFUZZER /* which has a main of its own */
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static int run_file(const char *path) {
    static unsigned char data[1 << 24];
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    unsigned char *exact = malloc(size ? size : 1); /* so that a sanitizer sees its end */
    if (!exact)
        return 1;
    for (size_t i = 0; i < size; i++)
        exact[i] = data[i];
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

int main(int argc, char **argv) {
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed |= run_file(argv[i]);
    return failed;
}
#endif
