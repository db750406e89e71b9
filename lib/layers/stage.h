/* A layer as kernels/stage.cl has it, which says what each member is. Pointers are into shared memory. */
#ifndef LAYERS_STAGE_H
#define LAYERS_STAGE_H

#include <stddef.h>

#include <CL/cl.h>

enum { LSTM_STAGE, DENSE_STAGE };

struct stage {
    const void *weight, *bias, *words, *zeros, *lead_h, *lead_c;
    void *out, *kept, *before, *gates, *last;
    cl_int type, activation, folded, keep_h, keep_c, K, N;
};

/* How many pointers a stage begins with. */
#define STAGE_POINTERS 11
_Static_assert(offsetof(struct stage, type) == STAGE_POINTERS * sizeof(void *),
               "pointers first, as in kernels/stage.cl");

#endif
