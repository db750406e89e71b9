/* Products of dense sequences with matrices. */
#include "base/blocks.h"
#include "layers/products.h"

static void launch_window(struct launch *launch, const struct window *window) {
    launch_int(launch, window->size);
    launch_int(launch, window->stride);
    launch_int(launch, window->dilation);
    launch_int(launch, window->left);
}

mood_status products_run(struct queue *queue, const struct products *p, mood_error *err) {
    size_t items = blocks_of(p->T_out * p->B, PRODUCT_ROWS) *
                   blocks_of(p->F, PRODUCT_COLUMNS * queue->device->vector_width);
    struct launch launch;
    mood_status status = launch_begin(queue, "products", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, p->x);
    launch_int(&launch, p->x_offset);
    launch_int(&launch, p->x_stride ? p->x_stride : p->C);
    launch_buffer(&launch, p->w);
    launch_int(&launch, p->w_offset);
    launch_int(&launch, p->w_stride ? p->w_stride : p->F);
    launch_buffer(&launch, p->bias);
    launch_int(&launch, p->bias_offset);
    launch_buffer(&launch, p->zeros);
    launch_buffer(&launch, p->y);
    launch_int(&launch, p->y_offset);
    launch_int(&launch, p->y_stride ? p->y_stride : p->F);
    launch_int(&launch, p->activation);
    launch_int(&launch, p->T_in);
    launch_int(&launch, p->T_out);
    launch_int(&launch, p->B);
    launch_int(&launch, p->C);
    launch_int(&launch, p->F);
    launch_window(&launch, &p->window);
    launch_int(&launch, p->backward);
    return launch_run(&launch, items, 8, err);
}

mood_status products_weights(struct queue *queue, const struct weight_products *p, mood_error *err) {
    size_t strips = blocks_of(p->C, PRODUCT_ROWS),
           blocks = blocks_of(p->F, PRODUCT_COLUMNS * queue->device->vector_width);
    struct launch launch;
    mood_status status = launch_begin(queue, "products_weights", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, p->x);
    launch_buffer(&launch, p->dz);
    launch_buffer(&launch, p->d_w);
    launch_int(&launch, p->T_in);
    launch_int(&launch, p->T_out);
    launch_int(&launch, p->B);
    launch_int(&launch, p->C);
    launch_int(&launch, p->F);
    launch_int(&launch, p->offset);
    launch_int(&launch, p->width ? p->width : p->F);
    launch_window(&launch, &p->window);
    return launch_run(&launch, p->window.size * strips * blocks, 8, err);
}

mood_status products_transpose(struct queue *queue, const struct buffer *w, struct buffer *out, size_t K, size_t C,
                               size_t F, mood_error *err) {
    struct launch launch;
    mood_status status = out->memory ? MOOD_OK : buffer_create(queue->device, K * C * F, sizeof(float), out, err);
    if (status == MOOD_OK)
        status = launch_begin(queue, "products_transpose", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, w);
    launch_buffer(&launch, out);
    launch_int(&launch, K);
    launch_int(&launch, C);
    launch_int(&launch, F);
    return launch_run(&launch, K * C * F, 64, err);
}
