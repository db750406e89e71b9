/* losses MODEL.keras BATCH STEPS <ROWS: train a model in the given order, with a fresh optimizer, and print
 * each step's loss. A row is a line: its label, then its ids. For the benches, which compare these with Keras's. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#include <mood/mood.h>

struct rows {
    size_t n, capacity, T;
    int32_t *x; /* [n,T] */
    float *y;   /* [n,1] */
};

static int grow(struct rows *rows) {
    size_t capacity = rows->capacity ? 2 * rows->capacity : 1024;
    int32_t *x = reallocarray(rows->x, capacity, rows->T * sizeof *x);
    if (x)
        rows->x = x;
    float *y = reallocarray(rows->y, capacity, sizeof *y);
    if (y)
        rows->y = y;
    if (!x || !y)
        return -1;
    rows->capacity = capacity;
    return 0;
}

/* The next number of a line; -1 when there is none. */
static int next_number(char **line, long *number) {
    char *end;
    *number = strtol(*line, &end, 10);
    if (end == *line)
        return -1;
    *line = end;
    return 0;
}

static int parse_row(struct rows *rows, char *line) {
    long number;
    if (rows->n == rows->capacity && grow(rows))
        return -1;
    if (next_number(&line, &number))
        return -1;
    rows->y[rows->n] = (float)number;
    for (size_t t = 0; t < rows->T; t++) {
        if (next_number(&line, &number))
            return -1;
        rows->x[rows->n * rows->T + t] = (int32_t)number;
    }
    rows->n++;
    return 0;
}

static int read_rows(FILE *file, struct rows *rows) {
    char *line = NULL;
    size_t size = 0;
    int result = 0;
    while (result == 0 && getline(&line, &size, file) >= 0)
        result = parse_row(rows, line);
    if (result)
        fprintf(stderr, "losses: row %zu is not a label and %zu ids\n", rows->n + 1, rows->T);
    free(line);
    return result;
}

static bool tell(const mood_progress *progress, void *user) {
    size_t *steps = user;
    printf("%.9g\n", progress->batch_loss);
    return --*steps > 0;
}

int main(int argc, char **argv) {
    mood_error err;
    mood_device *device = NULL;
    mood_model *model = NULL;
    struct rows rows = {0};
    int result = EXIT_FAILURE;
    size_t batch = argc == 4 ? strtoul(argv[2], NULL, 10) : 0, steps = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
    if (batch == 0 || steps == 0) {
        fprintf(stderr, "usage: losses MODEL.keras BATCH STEPS <ROWS\n");
        return 2;
    }
    if (mood_device_open(NULL, &device, &err) || mood_model_load(device, argv[1], NULL, &model, NULL, &err) ||
        mood_model_compile(model, NULL, &err)) /* Adam, binary cross-entropy */
        goto failed;
    rows.T = mood_model_get_timesteps(model);
    if (read_rows(stdin, &rows))
        goto done;
    mood_fit_options options = MOOD_FIT_OPTIONS;
    options.epochs = steps; /* the callback stops it before */
    options.batch_size = batch;
    options.shuffle = false;
    options.on_batch = tell;
    options.user = &steps;
    if (mood_model_fit(model, rows.x, rows.n, rows.T, rows.y, 1, &options, NULL, &err))
        goto failed;
    result = EXIT_SUCCESS;
    goto done;
failed:
    fprintf(stderr, "losses: %s\n", err.message);
done:
    free(rows.x);
    free(rows.y);
    mood_model_destroy(model);
    mood_device_destroy(device);
    return result;
}
