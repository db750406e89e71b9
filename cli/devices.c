/* mood devices: lists the OpenCL devices, and shows which one is chosen and why. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "terminal.h"

struct arguments {
    struct common common;
};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &arguments->common; return 0;
    case ARGP_KEY_ARG: argp_error(state, "too many arguments: '%s'", argument); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp devices_argp = {
    .parser = parse_option,
    .doc = "List the OpenCL devices of this machine, and which one would be chosen and why."
           "\vMOOD_DEVICE in the environment chooses a device as --device does.\n\n"
           "Examples:\n"
           "  mood devices\n"
           "  mood devices --device pocl",
    .children = common_children,
};

static const char *type_name(mood_device_type type) {
    switch (type) {
    case MOOD_DEVICE_CPU: return "CPU";
    case MOOD_DEVICE_GPU: return "GPU";
    case MOOD_DEVICE_ACCELERATOR: return "accelerator";
    case MOOD_DEVICE_OTHER: break;
    }
    return "other";
}

static mood_status list_devices(mood_device_info **infos, size_t *count, mood_error *err) {
    mood_status status = mood_device_list(NULL, 0, count, err);
    if (status)
        return status;
    size_t capacity = *count;
    *infos = calloc(capacity ? capacity : 1, sizeof **infos);
    if (!*infos)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    status = mood_device_list(*infos, capacity, count, err);
    if (*count > capacity) /* a device was added between the two calls */
        *count = capacity;
    return status;
}

static void print_table(const mood_device_info *infos, size_t count, size_t chosen, const char *reason) {
    printf("   # TYPE         UNITS  MEMORY NAME\n");
    for (size_t i = 0; i < count; i++) {
        const mood_device_info *info = &infos[i];
        printf("%c %2zu %-11s %6" PRIu32 " %5.1f GB %s\n", i == chosen ? '*' : ' ', i, type_name(info->type),
               info->compute_units, (double)info->memory_bytes / 1e9, info->name);
        printf("                            %s, driver %s, %s\n", info->platform, info->driver, info->version);
        if (!info->usable)
            printf("                            can't be used: %s\n", info->problem);
    }
    if (chosen < count)
        printf("\n* chosen: %s\n", reason);
}

static mood_status print_json(const mood_device_info *infos, size_t count, size_t chosen, const char *reason,
                              mood_error *err) {
    json_t *devices = json_array();
    for (size_t i = 0; i < count; i++) {
        const mood_device_info *info = &infos[i];
        json_t *device = json_pack("{sI ss ss ss ss ss sI sI sb sb}", "index", (json_int_t)i, "name", info->name,
                                   "platform", info->platform, "driver", info->driver, "version", info->version, "type",
                                   type_name(info->type), "compute_units", (json_int_t)info->compute_units,
                                   "memory_bytes", (json_int_t)info->memory_bytes, "usable", info->usable, "chosen",
                                   i == chosen);
        if (device && !info->usable && json_object_set_new(device, "problem", json_string(info->problem)) != 0) {
            json_decref(device);
            device = NULL;
        }
        if (!device || json_array_append_new(devices, device) != 0) {
            json_decref(devices);
            return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
        }
    }
    json_t *report = json_pack("{so ss*}", "devices", devices, "reason", chosen < count ? reason : NULL);
    if (!report)
        return mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "out of memory");
    dump_json(stdout, report, JSON_COMPACT);
    putchar('\n');
    json_decref(report);
    return MOOD_OK;
}

int devices_command(int argc, char **argv) {
    struct arguments arguments = {0};
    mood_error err = {0};
    mood_device_info *infos = NULL;
    size_t count = 0, chosen = 0;
    char reason[512] = "";
    int result = EXIT_FAILURE;

    if (parse_arguments(&devices_argp, 0, argc, argv, &arguments) != 0)
        return EXIT_USAGE;
    if (list_devices(&infos, &count, &err)) {
        result = fail(&arguments.common, &err);
        goto done;
    }
    mood_status choice = mood_device_choose(arguments.common.device, &chosen, reason, sizeof reason, &err);
    if (choice)
        chosen = count; /* no device can be used: list them anyway */
    mood_error json_err = {0};
    if (!arguments.common.json)
        print_table(infos, count, chosen, reason);
    else if (print_json(infos, count, chosen, reason, &json_err)) {
        result = fail(&arguments.common, &json_err);
        goto done;
    }
    result = choice ? fail(&arguments.common, &err) : EXIT_SUCCESS;
done:
    free(infos);
    return result;
}
