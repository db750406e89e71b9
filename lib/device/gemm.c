/* Matrix products for the gemm class, by CLBlast. On CPUs CLBlast reaches a tenth of the peak, so the tile class has
 * products of its own. */
#include <clblast_c.h>

#include "device/gemm.h"
#include "device/turn.h"

/* CLBlast chooses between two GEMM kernels by size, so a row's result would depend on the number of rows. This makes it
 * use the indirect one only. */
mood_status gemm_open(mood_device *device, mood_error *err) {
    if (device_class(device) != CLASS_GEMM)
        return MOOD_OK;
    const char *names[] = {"XGEMM_MIN_INDIRECT_SIZE"};
    const size_t values[] = {0};
    CLBlastStatusCode code =
        CLBlastOverrideParameters(device->id, "GemmRoutine", CLBlastPrecisionSingle, 1, names, values);
    return code == CLBlastSuccess ? MOOD_OK : opencl_error(err, (cl_int)code, "setting up CLBlast");
}

/* CLBlast keeps programs by context; they must be released before it. */
void gemm_close(mood_device *device) {
    if (device_class(device) == CLASS_GEMM)
        CLBlastClearCache();
}

mood_status gemm(struct queue *queue, bool transpose_a, size_t M, size_t N, size_t K, struct matrix A, struct matrix B,
                 float beta, struct matrix C, mood_error *err) {
    if (M == 0 || N == 0 || K == 0)
        return MOOD_OK;
    turn_begin(queue->device, queue->commands);
    CLBlastStatusCode code = CLBlastSgemm(CLBlastLayoutRowMajor, transpose_a ? CLBlastTransposeYes : CLBlastTransposeNo,
                                          CLBlastTransposeNo, M, N, K, 1.0f, A.buffer->memory, A.offset, A.stride,
                                          B.buffer->memory, B.offset, B.stride, beta, C.buffer->memory, C.offset,
                                          C.stride, &queue->commands, NULL);
    turn_end(queue->device);
    if (code == CLBlastSuccess)
        return MOOD_OK;
    return opencl_error(err, (cl_int)code, "CLBlast's GEMM of %zux%zux%zu on %s", M, N, K, queue->device->info.name);
}

mood_status gemm_transpose(struct queue *queue, size_t M, size_t N, struct matrix A, const struct buffer *out,
                           mood_error *err) {
    struct launch launch;
    mood_status status = launch_begin(queue, "transpose", &launch, err);
    if (status != MOOD_OK)
        return status;
    launch_buffer(&launch, A.buffer);
    launch_int(&launch, A.offset);
    launch_int(&launch, A.stride);
    launch_buffer(&launch, out);
    launch_int(&launch, M);
    launch_int(&launch, N);
    return launch_run_2d(&launch, M, 16, N, err);
}
