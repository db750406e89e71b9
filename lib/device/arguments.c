/* A check for tests: whether the arguments of a launch have the types that the kernel declares. */
#include "device/arguments.h"

#include <string.h>

static bool is_kind(cl_kernel_arg_address_qualifier address, const char *type, enum argument_kind kind) {
    bool pointer = address != CL_KERNEL_ARG_ADDRESS_PRIVATE;
    switch (kind) {
    case ARGUMENT_BUFFER: return pointer && address != CL_KERNEL_ARG_ADDRESS_LOCAL;
    case ARGUMENT_LOCAL: return address == CL_KERNEL_ARG_ADDRESS_LOCAL;
    case ARGUMENT_INT: return !pointer && (strcmp(type, "int") == 0 || strcmp(type, "uint") == 0);
    case ARGUMENT_FLOAT: return !pointer && strcmp(type, "float") == 0;
    }
    return false;
}

static mood_status check_argument(cl_kernel kernel, const char *name, cl_uint index, enum argument_kind kind,
                                  mood_error *err) {
    static const char *const kinds[] = {[ARGUMENT_BUFFER] = "a buffer",
                                        [ARGUMENT_INT] = "an int",
                                        [ARGUMENT_FLOAT] = "a float",
                                        [ARGUMENT_LOCAL] = "local memory"};
    char type[64] = "", argument[64] = "";
    cl_kernel_arg_address_qualifier address = 0;
    cl_int code = clGetKernelArgInfo(kernel, index, CL_KERNEL_ARG_ADDRESS_QUALIFIER, sizeof address, &address, NULL);
    if (code == CL_SUCCESS)
        code = clGetKernelArgInfo(kernel, index, CL_KERNEL_ARG_TYPE_NAME, sizeof type - 1, type, NULL);
    if (code == CL_SUCCESS)
        code = clGetKernelArgInfo(kernel, index, CL_KERNEL_ARG_NAME, sizeof argument - 1, argument, NULL);
    if (code != CL_SUCCESS)
        return opencl_error(err, code, "reading the type of argument %u of the kernel %s", index, name);
    if (is_kind(address, type, kind))
        return MOOD_OK;
    return mood_error_set(err, MOOD_ERR_DEVICE, MOOD_CLASS_FATAL,
                          "the kernel %s declares argument %u as '%s %s', but the "
                          "host passes %s",
                          name, index, type, argument, kinds[kind]);
}

mood_status arguments_check(cl_kernel kernel, const char *name, const enum argument_kind *kinds, size_t count,
                            mood_error *err) {
    cl_uint declared = 0;
    cl_int code = clGetKernelInfo(kernel, CL_KERNEL_NUM_ARGS, sizeof declared, &declared, NULL);
    if (code != CL_SUCCESS)
        return opencl_error(err, code, "counting the arguments of the kernel %s", name);
    if (declared != count)
        return mood_error_set(err, MOOD_ERR_DEVICE, MOOD_CLASS_FATAL,
                              "the kernel %s declares %u arguments, but the host passes %zu", name, declared, count);
    mood_status status = MOOD_OK;
    for (cl_uint i = 0; i < declared && status == MOOD_OK; i++)
        status = check_argument(kernel, name, i, kinds[i], err);
    return status;
}
