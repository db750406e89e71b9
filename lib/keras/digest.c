/* The digest of a model's weights, and of a model. */
#include <endian.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sha2.h>

#include "base/number.h"
#include "keras/recipe.h"

static void add_floats(SHA2_CTX *sum, float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, values + i, sizeof bits);
        bits = htole32(bits);
        memcpy(values + i, &bits, sizeof bits);
    }
    SHA256Update(sum, (const uint8_t *)values, count * sizeof *values);
}

static void finish(SHA2_CTX *sum, char hex[65]) {
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256Final(digest, sum);
    for (size_t i = 0; i < sizeof digest; i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    hex[64] = '\0';
}

mood_status model_weights_digest(const mood_model *model, char hex[65], mood_error *err) {
    SHA2_CTX sum;
    SHA256Init(&sum);
    for (size_t i = 0; i < mood_model_count_weights(model); i++) {
        mood_weight_info info;
        mood_status status = mood_model_weight_info(model, i, &info, err);
        if (status != MOOD_OK)
            return status;
        float *values = calloc(info.count ? info.count : 1, sizeof *values);
        if (!values)
            return out_of_memory(err, "reading the weights");
        status = mood_model_get_weight(model, i, values, info.count, err);
        if (status == MOOD_OK)
            add_floats(&sum, values, info.count);
        free(values);
        if (status != MOOD_OK)
            return status;
    }
    finish(&sum, hex);
    return MOOD_OK;
}

mood_status model_digest(const mood_model *model, const mood_recipe *recipe, char hex[65], mood_error *err) {
    mood_status status = model_weights_digest(model, hex, err);
    if (status != MOOD_OK || !recipe || !recipe_has_calibration(recipe))
        return status;
    char temperature[32], threshold[32];
    SHA2_CTX sum;
    number_write(temperature, sizeof temperature, 17, recipe->temperature);
    number_write(threshold, sizeof threshold, 17, (double)recipe->threshold);
    SHA256Init(&sum);
    SHA256Update(&sum, (const uint8_t *)hex, 64);
    SHA256Update(&sum, (const uint8_t *)temperature, strlen(temperature) + 1);
    SHA256Update(&sum, (const uint8_t *)threshold, strlen(threshold));
    finish(&sum, hex);
    return MOOD_OK;
}
