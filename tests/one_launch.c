/* Predicts with the kernel predict_tile on a device without shared memory. lib/model/stages.c writes host addresses
 * into the stages; here a kernel determines the device's addresses. */
#include <string.h>

#include "device/tiles.h"
#include "devices.h"
#include "model/context.h"
#include "one_launch.h"

enum { MOST_STAGES = 8 };

void one_launch_build(mood_model *model) {
    mood_device *device = model->device;
    struct launch launch;
    device->shares_memory = true; /* so that predict_tile is compiled */
    ck_ok(launch_begin_tiles(model->queue, "predict_tile", device->heights[0], &launch, err));
    device->shares_memory = false;
}

static cl_kernel build_address_kernel(const mood_device *device, cl_program *program) {
    const char *source = "kernel void address(global void *place, global ulong *out) { *out = (ulong)place; }";
    cl_int code;
    *program = clCreateProgramWithSource(device->context, 1, &source, NULL, &code);
    ck_assert_int_eq(code, CL_SUCCESS);
    ck_assert_int_eq(clBuildProgram(*program, 1, &device->id, "", NULL, NULL), CL_SUCCESS);
    cl_kernel kernel = clCreateKernel(*program, "address", &code);
    ck_assert_int_eq(code, CL_SUCCESS);
    return kernel;
}

/* Buffers whose member `host` temporarily is the device's address. */
struct addresses {
    struct queue *queue;
    cl_kernel kernel;
    struct buffer out, *changed[200];
    size_t count;
};

static void find_address(struct addresses *a, struct buffer *buffer) {
    size_t one = 1;
    cl_ulong address;
    if (!buffer->memory || buffer->host)
        return;
    ck_assert_uint_lt(a->count, sizeof a->changed / sizeof *a->changed);
    clSetKernelArg(a->kernel, 0, sizeof buffer->memory, &buffer->memory);
    clSetKernelArg(a->kernel, 1, sizeof a->out.memory, &a->out.memory);
    ck_assert_int_eq(clEnqueueNDRangeKernel(a->queue->commands, a->kernel, 1, NULL, &one, &one, 0, NULL, NULL),
                     CL_SUCCESS);
    ck_ok(queue_read(a->queue, &a->out, 0, &address, sizeof address, err));
    buffer->host = (void *)(uintptr_t)address; /* NOLINT: never read by the host */
    a->changed[a->count++] = buffer;
}

static void find_addresses(struct addresses *a, struct context *context) {
    const mood_model *model = context->model;
    for (size_t i = 0; i < context->layer_count; i++) {
        struct layer *layer = model->layers[i];
        for (size_t k = 0; k < layer->variable_count; k++)
            find_address(a, &layer->variables[k].value);
        for (size_t k = 0; k < LAYER_MAX_DERIVED; k++)
            find_address(a, &layer->derived[k]);
        for (size_t k = 0; k < WORK_MAX_BUFFERS; k++)
            find_address(a, &context->works[i].buffers[k]);
        for (size_t k = 0; k < WORK_MAX_BUFFERS && context->works[i].shared_padding; k++)
            find_address(a, &context->works[i].shared_padding->buffers[k]);
    }
}

static void forget_addresses(struct addresses *a) {
    for (size_t i = 0; i < a->count; i++)
        a->changed[i]->host = NULL;
}

/* Buffers of exactly the size that predict_tile needs. */
static void plan_stepwise(struct context *context) {
    for (size_t i = 1; i < context->layer_count; i++) {
        struct work *work = &context->works[i], *shared_padding = work->shared_padding;
        work_destroy(work);
        *work = (struct work){.B = context->B, .stepwise = true, .shared_padding = shared_padding};
        ck_ok(context->model->layers[i]->type->plan(context->model->layers[i], context->pass.queue, work, err));
    }
}

static size_t fill_stages(struct context *context, struct stage stages[MOST_STAGES]) {
    const mood_model *model = context->model;
    size_t stepwise = 0;
    struct addresses a = {.queue = context->pass.queue};
    cl_program program;
    a.kernel = build_address_kernel(model->device, &program);
    ck_ok(buffer_create(model->device, 1, sizeof(cl_ulong), &a.out, err));
    find_addresses(&a, context);
    for (size_t i = 1; i < context->layer_count; i++) {
        const struct layer *layer = model->layers[i];
        layer->type->stage(layer, &context->works[i], &stages[i - 1]);
        context->works[i].out.data.host = context->works[i].logits.host = NULL;
        if (layer->in.kind == SHAPE_SEQUENCE)
            stepwise = i;
    }
    stages->folded = model->folded;
    if (!model->folded)
        stages->words = model->layers[0]->variables[0].value.host;
    forget_addresses(&a);
    buffer_destroy(&a.out);
    clReleaseKernel(a.kernel);
    clReleaseProgram(program);
    return stepwise;
}

void one_launch_predict(mood_model *model, const int32_t *x, size_t n, unsigned height, float *y) {
    struct stage stages[MOST_STAGES] = {0};
    struct rows rows = {.x = x, .n = n, .T = model->T};
    struct context *context;
    struct launch launch;
    cl_int taken = 0;
    size_t groups = (n + height - 1) / height;
    ck_assert_uint_le(model->layer_count - 1, MOST_STAGES);
    ck_ok(model_prepare_inference(model, 0, err));
    ck_ok(context_create(model, model->queue, n, false, &context, err));
    plan_stepwise(context);
    size_t stepwise = fill_stages(context, stages);
    struct buffer list, counter;
    ck_ok(buffer_create(model->device, model->layer_count - 1, sizeof *stages, &list, err));
    ck_ok(buffer_create(model->device, 1, sizeof taken, &counter, err));
    ck_ok(queue_write(model->queue, &list, 0, stages, (model->layer_count - 1) * sizeof *stages, err));
    ck_ok(queue_write(model->queue, &counter, 0, &taken, sizeof taken, err));
    ck_ok(batch_load(&context->batch, model->queue, &rows, 0, n, err));
    const struct sequence *input = &context->batch.input;
    ck_ok(launch_begin_tiles(model->queue, "predict_tile", height, &launch, err));
    launch_buffer(&launch, &list);
    launch_int(&launch, (long long)stepwise);
    launch_int(&launch, (long long)model->layer_count - 1);
    launch_buffer(&launch, &input->data);
    launch_buffer(&launch, &input->packing->steps);
    launch_buffer(&launch, &input->packing->start);
    launch_int(&launch, (long long)n);
    launch_int(&launch, (long long)model->T);
    launch_int(&launch, (long long)groups);
    launch_buffer(&launch, &counter);
    ck_ok(launch_run(&launch, groups < 2 ? groups : 2, 1, err));
    ck_ok(context_finish(context, n, y, err));
    buffer_destroy(&list);
    buffer_destroy(&counter);
    context_destroy(context);
}
