/* Corrupted zips and weights: errors that name the problem and the place, and no crashes. */
#include <hdf5.h>
#include <math.h>
#include <zip.h>

#include "keras/legacy.h"
#include "keras_files.h"

#define ARTICLE "keras-3.15.1-article.keras"

/* The image of a file that was changed in memory; closes the file. */
static struct blob take_image(hid_t file) {
    ck_assert_int_ge(H5Fflush(file, H5F_SCOPE_GLOBAL), 0);
    ssize_t size = H5Fget_file_image(file, NULL, 0);
    struct blob image = {malloc((size_t)size), (size_t)size};
    ck_assert_int_eq(H5Fget_file_image(file, image.data, image.size), size);
    H5Fclose(file);
    return image;
}

static hid_t open_image(const struct blob *image) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, 1 << 16, false);
    ck_assert_int_ge(H5Pset_file_image(access, image->data, image->size), 0);
    hid_t file = H5Fopen("weights", H5F_ACC_RDWR, access);
    ck_assert_int_ge(file, 0);
    H5Pclose(access);
    return file;
}

/* ---- the zip --------------------------------------------------------------------------------- */

static struct blob golden_file(const char *name) {
    char *path = golden_path(name);
    struct blob bytes;
    FILE *file = golden_stream(path, &bytes.size);
    bytes.data = malloc(bytes.size + 1);
    ck_assert_uint_eq(fread(bytes.data, 1, bytes.size, file), bytes.size);
    fclose(file);
    free(path);
    return bytes;
}

START_TEST(cut_off_file_is_noticed) {
    struct blob whole = golden_file(ARTICLE);
    for (size_t size = 0; size < whole.size; size += 251) {
        struct blob part = copy_bytes(whole.data, size); /* separate, so that a sanitizer detects reads past its end */
        assert_says(load_file(&part), MOOD_ERR_FORMAT, size ? "truncated" : "is empty", "part");
        free(part.data);
    }
    free(whole.data);
}
END_TEST

START_TEST(other_files_are_named) {
    struct blob text = copy_bytes("text,label\ngood,1\n", 18), old = copy_bytes("\x89HDF\r\n\x1a\n", 8);
    assert_says(load_file(&text), MOOD_ERR_FORMAT, "not a complete .keras file", "CSV");
    assert_says(load_file(&old), MOOD_ERR_FORMAT, "is damaged: it is cut off", "HDF5");
    free(text.data);
    free(old.data);
}
END_TEST

/* A changed byte of the weights is detected by the zip's checksum. */
START_TEST(changed_byte_is_noticed) {
    struct blob file = golden_file(ARTICLE);
    file.data[file.size / 2] ^= 1;
    assert_says(load_file(&file), MOOD_ERR_FORMAT, "model.weights.h5: it is damaged", "changed");
    free(file.data);
}
END_TEST

/* A zip of these members, optionally with a compression method or a password. */
struct entry {
    const char *name;
    struct blob bytes;
};

static struct blob make_zip(const struct entry *entries, size_t count, zip_int32_t method, const char *password) {
    zip_error_t reason;
    zip_error_init(&reason);
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &reason);
    zip_source_keep(source);
    zip_t *zip = zip_open_from_source(source, ZIP_TRUNCATE | ZIP_CREATE, &reason);
    ck_assert_ptr_nonnull(zip);
    for (size_t i = 0; i < count; i++) {
        zip_source_t *data = zip_source_buffer(zip, entries[i].bytes.data, entries[i].bytes.size, 0);
        zip_int64_t index = zip_file_add(zip, entries[i].name, data, ZIP_FL_ENC_UTF_8);
        ck_assert_int_ge(index, 0);
        ck_assert_int_eq(zip_set_file_compression(zip, (zip_uint64_t)index, method, 0), 0);
        if (password)
            ck_assert_int_eq(zip_file_set_encryption(zip, (zip_uint64_t)index, ZIP_EM_AES_256, password), 0);
    }
    ck_assert_msg(zip_close(zip) == 0, "%s", zip_strerror(zip));
    zip_stat_t info;
    zip_stat_init(&info);
    ck_assert_int_eq(zip_source_stat(source, &info), 0);
    struct blob file = {malloc(info.size), info.size};
    ck_assert_int_eq(zip_source_open(source), 0);
    ck_assert_int_eq(zip_source_read(source, file.data, info.size), (zip_int64_t)info.size);
    zip_source_close(source);
    zip_source_free(source);
    return file;
}

START_TEST(zips_are_what_keras_makes) {
    struct archive a = golden_archive(ARTICLE);
    struct entry entries[] = {{"config.json", a.members[MEMBER_CONFIG]},
                              {"model.weights.h5", a.members[MEMBER_WEIGHTS]},
                              {"assets/../../etc/passwd", a.members[MEMBER_CONFIG]}};
    struct blob file = make_zip(entries, 3, ZIP_CM_DEFLATE, NULL);
    /* Compressed, with an additional member, without metadata. */
    ck_assert_msg(load_file(&file) == MOOD_OK, "%s", err.message);
    free(file.data);
    file = make_zip(entries, 2, ZIP_CM_STORE, "secret");
    assert_says(load_file(&file), MOOD_ERR_UNSUPPORTED, "config.json: it is encrypted", "encrypted");
    free(file.data);
    file = make_zip(entries, 2, ZIP_CM_BZIP2, NULL);
    assert_says(load_file(&file), MOOD_ERR_UNSUPPORTED, "compressed in a way", "bzip2");
    free(file.data);
    static const char *const names[] = {"../config.json", "/config.json", "a/config.json", "config.json/",
                                        "CONFIG.JSON"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        entries[0].name = names[i];
        file = make_zip(entries, 2, ZIP_CM_STORE, NULL);
        assert_says(load_file(&file), MOOD_ERR_FORMAT, "no config.json", names[i]);
        free(file.data);
    }
    entries[0].name = "config.json";
    entries[1].name = "model.weights.npz";
    file = make_zip(entries, 2, ZIP_CM_STORE, NULL);
    assert_says(load_file(&file), MOOD_ERR_UNSUPPORTED, ".npz", "npz");
    free(file.data);
    archive_clear(&a);
}
END_TEST

/* Readers of a zip may choose either of two members with the same name, so it is rejected. */
START_TEST(member_twice_is_refused) {
    struct archive a = golden_archive(ARTICLE);
    struct entry entries[] = {{"config.json", a.members[MEMBER_CONFIG]},
                              {"config.jsox", a.members[MEMBER_CONFIG]},
                              {"model.weights.h5", a.members[MEMBER_WEIGHTS]}};
    struct blob file = make_zip(entries, 3, ZIP_CM_STORE, NULL);
    for (size_t i = 0; i + 11 <= file.size; i++)
        if (memcmp(file.data + i, "config.jsox", 11) == 0)
            file.data[i + 10] = 'n';
    assert_says(load_file(&file), MOOD_ERR_FORMAT, "config.json: occurs twice", "twice");
    free(file.data);
    archive_clear(&a);
}
END_TEST

START_TEST(bomb_is_not_unpacked) {
    struct archive a = golden_archive(ARTICLE);
    struct blob zeros = {calloc(64, 1 << 20), (size_t)64 << 20};
    struct entry entries[] = {{"config.json", a.members[MEMBER_CONFIG]}, {"model.weights.h5", zeros}};
    struct blob file = make_zip(entries, 2, ZIP_CM_DEFLATE, NULL);
    assert_says(load_file(&file), MOOD_ERR_FORMAT, "would grow", "bomb");
    free(file.data);
    entries[0].bytes = zeros;
    file = make_zip(entries, 2, ZIP_CM_DEFLATE, NULL);
    assert_says(load_file(&file), MOOD_ERR_FORMAT, "the limit is", "large config");
    free(file.data);
    free(zeros.data);
    archive_clear(&a);
}
END_TEST

/* ---- the weights ----------------------------------------------------------------------------- */

#define PLACE "layers/dense/vars/0" /* (3, 5) in the article's model */

static void put(hid_t file, const char *path, hid_t type, int rank, const hsize_t *dims, hid_t options) {
    static float values[64];
    hid_t space = rank ? H5Screate_simple(rank, dims, NULL) : H5Screate(H5S_SCALAR);
    hid_t set = H5Dcreate2(file, path, type, space, H5P_DEFAULT, options, H5P_DEFAULT);
    ck_assert_int_ge(set, 0);
    if (H5Sget_simple_extent_npoints(space) <= 64)
        H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(set);
    H5Sclose(space);
}

static const hsize_t right[2] = {3, 5}, turned[2] = {5, 3}, deep[3] = {3, 5, 1}, flat[1] = {15}, none[2] = {0, 5},
                     huge[2] = {(hsize_t)1 << 40, (hsize_t)1 << 21};

static void as_link(hid_t f) {
    H5Lcreate_soft("/layers/dense_1/vars/0", f, PLACE, H5P_DEFAULT, H5P_DEFAULT);
}
static void as_external_link(hid_t f) {
    H5Lcreate_external("/etc/passwd", "/x", f, PLACE, H5P_DEFAULT, H5P_DEFAULT);
}
static void as_group(hid_t f) {
    H5Gclose(H5Gcreate2(f, PLACE, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}
static void as_nothing(hid_t f) {
    (void)f;
}
static void as_double(hid_t f) {
    put(f, PLACE, H5T_IEEE_F64LE, 2, right, H5P_DEFAULT);
}
static void as_big_endian(hid_t f) {
    put(f, PLACE, H5T_IEEE_F32BE, 2, right, H5P_DEFAULT);
}
static void as_integers(hid_t f) {
    put(f, PLACE, H5T_STD_I32LE, 2, right, H5P_DEFAULT);
}
static void as_bytes(hid_t f) {
    put(f, PLACE, H5T_STD_U8LE, 2, right, H5P_DEFAULT);
}
static void as_scalar(hid_t f) {
    put(f, PLACE, H5T_IEEE_F32LE, 0, NULL, H5P_DEFAULT);
}
static void as_flat(hid_t f) {
    put(f, PLACE, H5T_IEEE_F32LE, 1, flat, H5P_DEFAULT);
}
static void as_turned(hid_t f) {
    put(f, PLACE, H5T_IEEE_F32LE, 2, turned, H5P_DEFAULT);
}
static void as_deep(hid_t f) {
    put(f, PLACE, H5T_IEEE_F32LE, 3, deep, H5P_DEFAULT);
}
static void as_none(hid_t f) {
    put(f, PLACE, H5T_IEEE_F32LE, 2, none, H5P_DEFAULT);
}
static void as_huge(hid_t f) {
    put(f, PLACE, H5T_IEEE_F32LE, 2, huge, H5P_DEFAULT);
}
static void and_more(hid_t f) {
    put(f, PLACE, H5T_IEEE_F32LE, 2, right, H5P_DEFAULT);
    put(f, "layers/dense/vars/2", H5T_IEEE_F32LE, 2, right, H5P_DEFAULT);
}

static void with_options(hid_t file, void (*set)(hid_t options)) {
    hid_t options = H5Pcreate(H5P_DATASET_CREATE);
    set(options);
    put(file, PLACE, H5T_IEEE_F32LE, 2, right, options);
    H5Pclose(options);
}
static void chunks(hid_t options) {
    H5Pset_chunk(options, 2, right);
}
static void gzip(hid_t options) {
    chunks(options), H5Pset_deflate(options, 6);
}
static void elsewhere(hid_t options) {
    H5Pset_external(options, "/etc/passwd", 0, 60);
}
static void compact(hid_t options) {
    H5Pset_layout(options, H5D_COMPACT);
}
static void unwritten(hid_t options) {
    H5Pset_alloc_time(options, H5D_ALLOC_TIME_LATE);
    H5Pset_fill_time(options, H5D_FILL_TIME_NEVER);
}
static void as_chunks(hid_t f) {
    with_options(f, chunks);
}
static void as_gzip(hid_t f) {
    with_options(f, gzip);
}
static void as_external(hid_t f) {
    with_options(f, elsewhere);
}
static void as_compact(hid_t f) {
    with_options(f, compact);
}
static void as_unwritten(hid_t f) {
    hid_t options = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(2, right, NULL);
    unwritten(options);
    H5Dclose(H5Dcreate2(f, PLACE, H5T_IEEE_F32LE, space, H5P_DEFAULT, options, H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(options);
}
static void as_virtual(hid_t f) {
    hid_t options = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(2, right, NULL);
    H5Pset_virtual(options, space, "/etc/passwd", "x", space);
    hid_t set = H5Dcreate2(f, PLACE, H5T_IEEE_F32LE, space, H5P_DEFAULT, options, H5P_DEFAULT);
    ck_assert_int_ge(set, 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(options);
}

static const struct {
    const char *name;
    void (*make)(hid_t file);
    mood_status status;
    const char *says;
} arrays[] = {
    {"compact", as_compact, MOOD_OK, ""},
    {"soft link", as_link, MOOD_ERR_UNSUPPORTED, "a symbolic link"},
    {"external link", as_external_link, MOOD_ERR_UNSUPPORTED, "a group of the newer kind"},
    {"group", as_group, MOOD_ERR_FORMAT, "a group instead of numbers"},
    {"nothing", as_nothing, MOOD_ERR_FORMAT, PLACE ": is missing"},
    {"double", as_double, MOOD_ERR_UNSUPPORTED, "not 32-bit floats"},
    {"big-endian", as_big_endian, MOOD_ERR_UNSUPPORTED, "not 32-bit floats"},
    {"integers", as_integers, MOOD_ERR_FORMAT, "integers instead of floats"},
    {"bytes", as_bytes, MOOD_ERR_UNSUPPORTED, "not 32-bit floats"},
    {"scalar", as_scalar, MOOD_ERR_SHAPE, "has the shape ()"},
    {"flat", as_flat, MOOD_ERR_SHAPE, "has the shape (15,), but config.json requires (3, 5)"},
    {"turned", as_turned, MOOD_ERR_SHAPE, "(5, 3)"},
    {"three dimensions", as_deep, MOOD_ERR_SHAPE, "has the shape (3, 5, 1), but config.json requires (3, 5)"},
    {"no rows", as_none, MOOD_ERR_FORMAT, "is damaged"},
    {"huge", as_huge, MOOD_ERR_FORMAT, "is damaged"},
    {"one more", and_more, MOOD_ERR_FORMAT, "more arrays than the 2"},
    {"chunks", as_chunks, MOOD_ERR_UNSUPPORTED, "an array in chunks"},
    {"gzip", as_gzip, MOOD_ERR_UNSUPPORTED, "compressed data"},
    {"external storage", as_external, MOOD_ERR_UNSUPPORTED, "data in another file"},
    {"never written", as_unwritten, MOOD_ERR_FORMAT, "is damaged"},
    {"virtual", as_virtual, MOOD_ERR_UNSUPPORTED, "which Keras does not write"},
};

/* The weights with another object at PLACE. */
static struct blob change_weights(const struct blob *weights, void (*make)(hid_t file)) {
    hid_t file = open_image(weights);
    ck_assert_int_ge(H5Ldelete(file, PLACE, H5P_DEFAULT), 0);
    make(file);
    return take_image(file);
}

START_TEST(arrays_are_what_keras_makes) {
    struct archive a = golden_archive(ARTICLE);
    set_member(&a, MEMBER_WEIGHTS, change_weights(&a.members[MEMBER_WEIGHTS], arrays[_i].make));
    assert_says(load(&a), arrays[_i].status, arrays[_i].says, arrays[_i].name);
}
END_TEST

/* Change a number of the file in place. */
static void set_number(struct archive *a, const char *path, size_t index, float value) {
    struct hdf5_dataset set;
    ok(hdf5_find(&a->members[MEMBER_WEIGHTS], path, &set, &err));
    ck_assert_uint_lt(index, set.count);
    memcpy((unsigned char *)set.data + index * sizeof value, &value, sizeof value);
}

START_TEST(numbers_have_to_be_finite) {
    static const struct {
        const char *path;
        size_t index;
        float value;
        const char *says;
    } numbers[] = {
        {"layers/embedding/vars/0", 5, NAN, "layer \"embedding\": embeddings[1, 1] is "},
        {"layers/lstm/cell/vars/1", 143, INFINITY, "layer \"lstm\": recurrent_kernel[5, 23] is inf"},
        {"layers/dense_1/vars/1", 0, -INFINITY, "layer \"dense_1\": bias[0] is -inf"},
        {"optimizer/vars/1", 0, NAN, "optimizer/vars/1: a learning rate of "},
        {"optimizer/vars/1", 0, INFINITY, "optimizer/vars/1: a learning rate of inf"},
        {"optimizer/vars/2", 0, NAN, "layer \"embedding\": the optimizer's momentum of embeddings[0, 0] is "},
        {"optimizer/vars/5", 7, INFINITY, "layer \"lstm\": the optimizer's velocity of kernel[0, 7] is inf"},
        {"optimizer/vars/5", 7, -1e-6f, "layer \"lstm\": the optimizer's velocity of kernel[0, 7] is -1e-06"},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct archive a = golden_archive(ARTICLE);
        set_number(&a, numbers[i].path, numbers[i].index, numbers[i].value);
        assert_says(load(&a), MOOD_ERR_FORMAT, numbers[i].says, numbers[i].path);
    }
    struct archive large = golden_archive(ARTICLE); /* a large but finite number */
    set_number(&large, "layers/dense_1/vars/1", 0, 1e38f);
    assert_says(load(&large), MOOD_OK, "", "large");
}
END_TEST

/* Many layers that share the same arrays: a small file that requests much memory. */
START_TEST(arrays_that_overlap_are_refused) {
    enum { LAYERS = 12, H = 32 };
    static const hsize_t square[2] = {H, 4 * H}, vector[1] = {4 * H}, table[2] = {H, H};
    mood_model *model;
    struct archive a = {0};
    ok(mood_model_create(device, &model, &err));
    ok(mood_model_add(model, "Embedding(32, 32)", &err));
    for (int i = 0; i < LAYERS; i++)
        ok(mood_model_add(model, "LSTM(32, return_sequences=True)", &err));
    ok(mood_model_build(model, 5, 0, &err));
    ok(config_write(model, &a.members[MEMBER_CONFIG], &err));

    hid_t access = H5Pcreate(H5P_FILE_ACCESS), folders = H5Pcreate(H5P_LINK_CREATE);
    hid_t early = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_fapl_core(access, 1 << 16, false);
    H5Pset_create_intermediate_group(folders, 1);
    H5Pset_alloc_time(early, H5D_ALLOC_TIME_EARLY);
    hid_t file = H5Fcreate("overlap", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    put(file, "table", H5T_IEEE_F32LE, 2, table, early);
    put(file, "square", H5T_IEEE_F32LE, 2, square, early);
    put(file, "vector", H5T_IEEE_F32LE, 1, vector, early);
    ck_assert_int_ge(H5Lcreate_hard(file, "table", file, "layers/embedding/vars/0", folders, H5P_DEFAULT), 0);
    for (size_t i = 1; i <= LAYERS; i++)
        for (int k = 0; k < 3; k++) {
            char folder[WEIGHTS_PATH_SIZE], path[WEIGHTS_PATH_SIZE];
            weights_folder(model, i, folder);
            weights_path(folder, model->layers[i], (size_t)k, path);
            const char *same = k < 2 ? "square" : "vector";
            ck_assert_int_ge(H5Lcreate_hard(file, same, file, path, folders, H5P_DEFAULT), 0);
        }
    a.members[MEMBER_WEIGHTS] = take_image(file);
    H5Pclose(early);
    H5Pclose(folders);
    H5Pclose(access);
    assert_says(load(&a), MOOD_ERR_FORMAT, "its arrays overlap", "overlap");
    mood_model_destroy(model);
}
END_TEST

/* Every byte that is not a weight is changed in three ways, and the file is truncated at each byte: no crash. */
/* Changes of a byte. Each byte gets one of them, or with MOOD_TEST_LONG=1 all. */
static const unsigned char flips[] = {0x01, 0x80, 0xff};

static bool is_flipped(size_t byte, size_t flip) {
    return byte % sizeof flips == flip || getenv("MOOD_TEST_LONG") != NULL;
}

START_TEST(no_byte_of_the_weights_crashes) {
    struct archive a = golden_archive(ARTICLE);
    mood_model *model;
    struct config config;
    ok(mood_model_create(device, &model, &err));
    ok(config_read(&a.members[MEMBER_CONFIG], NULL, true, model, &config, &err));
    struct blob *weights = &a.members[MEMBER_WEIGHTS];
    size_t refused = 0;
    for (size_t i = 0; i < weights->size; i++) {
        for (size_t k = 0; k < sizeof flips; k++) {
            if (!is_flipped(i, k))
                continue;
            weights->data[i] ^= flips[k];
            refused += weights_check(weights, model, config.T, &err) != MOOD_OK;
            weights->data[i] ^= flips[k];
        }
    }
    ck_assert_uint_gt(refused, 300);
    for (size_t size = 0; size < weights->size; size += 13) {
        struct blob part = copy_bytes(weights->data, size);
        ck_assert_int_ne(weights_check(&part, model, config.T, &err), MOOD_OK);
        free(part.data);
    }
    ok(weights_check(weights, model, config.T, &err));
    json_decref(config.document);
    mood_model_destroy(model);
    archive_clear(&a);
}
END_TEST

/* Nodes and headers that are much longer than Keras's, and shared by all paths. */
START_TEST(long_nodes_are_refused) {
    static const struct {
        const char *signature; /* NULL: the root's header */
        size_t offset;         /* of the count behind it */
        unsigned count;
        const char *says;
    } changes[] = {{"TREE", 6, 65, "large nodes"}, {"SNOD", 6, 65, "large nodes"}, {NULL, 2, 1025, "more messages"}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct archive a = golden_archive(ARTICLE);
        struct blob *weights = &a.members[MEMBER_WEIGHTS];
        unsigned char *place = weights->data;
        place = changes[i].signature ? memmem(place, weights->size, changes[i].signature, 4)
                                     : place + (place[64] | place[65] << 8);
        ck_assert_ptr_nonnull(place);
        place[changes[i].offset] = (unsigned char)changes[i].count;
        place[changes[i].offset + 1] = (unsigned char)(changes[i].count >> 8);
        assert_says(load(&a), MOOD_ERR_UNSUPPORTED, changes[i].says, "long node");
    }
}
END_TEST

START_TEST(optimizer_has_to_fit) {
    static const struct {
        const char *path;
        hid_t *type;
        int rank;
        mood_status status;
    } sets[] = {
        {"optimizer/vars/0", &H5T_IEEE_F32LE_g, 0, MOOD_ERR_FORMAT}, /* the number of steps as a float */
        {"optimizer/vars/1", &H5T_STD_I32LE_g, 0, MOOD_ERR_FORMAT},  /* the learning rate as an integer */
        {"optimizer/vars/9", &H5T_IEEE_F32LE_g, 2, MOOD_ERR_SHAPE},
        {"optimizer/vars/22", NULL, 0, MOOD_ERR_FORMAT}, /* one missing */
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        struct archive a = golden_archive(ARTICLE);
        hid_t file = open_image(&a.members[MEMBER_WEIGHTS]);
        ck_assert_int_ge(H5Ldelete(file, sets[i].path, H5P_DEFAULT), 0);
        if (sets[i].type)
            put(file, sets[i].path, *sets[i].type, sets[i].rank, right, H5P_DEFAULT);
        struct blob changed = take_image(file);
        set_member(&a, MEMBER_WEIGHTS, changed);
        assert_says(load(&a), sets[i].status, sets[i].path, "optimizer");
    }
}
END_TEST

/* ---- .h5 files ------------------------------------------------------------------------------- */

#define MODEL_H5 "legacy/keras-2.2-stacked.h5"
#define GROUP "model_weights/dense"

/* Replace an attribute of an object. */
static void set_attribute(hid_t file, const char *path, const char *name, hid_t type, hid_t space, const void *values) {
    hid_t object = H5Oopen(file, path, H5P_DEFAULT);
    if (H5Aexists(object, name) > 0)
        H5Adelete(object, name);
    hid_t attribute = values || type >= 0 ? H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT) : -1;
    if (values)
        ck_assert_int_ge(H5Awrite(attribute, type, values), 0);
    if (attribute >= 0)
        H5Aclose(attribute);
    H5Oclose(object);
}

/* count texts of 40 bytes each. */
static void set_texts(hid_t file, const char *path, const char *name, hsize_t count, const char texts[][40]) {
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &count, NULL);
    H5Tset_size(type, 40);
    set_attribute(file, path, name, type, space, texts);
    H5Sclose(space);
    H5Tclose(type);
}

/* One text of any size, in a global heap. */
static void set_text(hid_t file, const char *name, const char *text) {
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, H5T_VARIABLE);
    set_attribute(file, "/", name, type, space, &text);
    H5Sclose(space);
    H5Tclose(type);
}

static void set_numbers(hid_t file, const char *path, const char *name) {
    static const hsize_t two = 2;
    hid_t space = H5Screate_simple(1, &two, NULL);
    set_attribute(file, path, name, H5T_STD_I32LE, space, (const int[]){1, 2});
    H5Sclose(space);
}

static void no_layer_names(hid_t f) {
    set_attribute(f, "model_weights", "layer_names", -1, -1, NULL);
}
static void no_weight_names(hid_t f) {
    set_attribute(f, GROUP, "weight_names", -1, -1, NULL);
}
static void numbers_as_names(hid_t f) {
    set_numbers(f, GROUP, "weight_names");
}
static void names_without_space(hid_t f) {
    hid_t space = H5Screate(H5S_NULL);
    set_attribute(f, GROUP, "weight_names", H5T_STD_I32LE, space, NULL);
    H5Sclose(space);
}
static void more_names(hid_t f) {
    set_texts(f, GROUP, "weight_names", 3, (const char[][40]){"dense/kernel:0", "dense/bias:0", "dense/bias:0"});
}
static void one_name(hid_t f) {
    set_texts(f, GROUP, "weight_names", 1, (const char[][40]){"dense/kernel:0"});
}
static void turned_names(hid_t f) {
    set_texts(f, GROUP, "weight_names", 2, (const char[][40]){"dense/bias:0", "dense/kernel:0"});
}
static void unknown_names(hid_t f) {
    set_texts(f, GROUP, "weight_names", 2, (const char[][40]){"dense/kernel:0", "dense/nothing"});
}
static void names_of_groups(hid_t f) {
    set_texts(f, GROUP, "weight_names", 2, (const char[][40]){"dense/kernel:0", "dense"});
}
static void names_that_leave(hid_t f) {
    set_texts(f, GROUP, "weight_names", 2, (const char[][40]){"dense/kernel:0", "../../etc/passwd"});
}
static void names_with_controls(hid_t f) {
    set_texts(f, GROUP, "weight_names", 2, (const char[][40]){"dense/kernel:0", "dense\x1b[31m"});
}
static void names_that_are_not_utf8(hid_t f) {
    set_texts(f, GROUP, "weight_names", 2, (const char[][40]){"dense/kernel:0", "dense\xff"});
}
static void empty_names(hid_t f) {
    set_texts(f, GROUP, "weight_names", 2, (const char[][40]){"dense/kernel:0", ""});
}
static void fewer_layers(hid_t f) {
    set_texts(f, "model_weights", "layer_names", 2, (const char[][40]){"embedding", "bidirectional"});
}
static void unknown_layers(hid_t f) {
    set_texts(f, "model_weights", "layer_names", 2, (const char[][40]){"embedding", "nothing"});
}
static void linked_layer(hid_t f) {
    H5Ldelete(f, GROUP, H5P_DEFAULT);
    H5Lcreate_soft("/model_weights/dense_1", f, GROUP, H5P_DEFAULT, H5P_DEFAULT);
}
static void no_config(hid_t f) {
    set_attribute(f, "/", "model_config", -1, -1, NULL);
}
static void numbers_as_config(hid_t f) {
    set_numbers(f, "/", "model_config");
}
static void list_as_config(hid_t f) {
    set_text(f, "model_config", "[]");
}
static void no_json_as_config(hid_t f) {
    set_text(f, "model_config", "{\"class_name\": ");
}
static void empty_config(hid_t f) {
    set_text(f, "model_config", "");
}
static void nested_config(hid_t f) {
    set_text(f, "model_config", "{\"class_name\": \"Sequential\", \"config\": [[{}], 5, {\"config\": [3]}]}");
}
static void no_json_as_training(hid_t f) {
    set_text(f, "training_config", "null and void");
}
static void text_as_training(hid_t f) {
    set_text(f, "training_config", "[[], {\"optimizer_config\": 3}]");
}
static void strange_training(hid_t f) {
    set_text(f, "training_config", "{\"optimizer_config\": [], \"loss\": {\"config\": 3}, \"metrics\": [[3, {}]]}");
}

static const struct {
    const char *name;
    void (*change)(hid_t file);
    mood_status status;
    const char *says;
} models[] = {
    {"layer_names missing", no_layer_names, MOOD_ERR_FORMAT, "has no layer_names"},
    {"weight_names missing", no_weight_names, MOOD_ERR_SHAPE, "has the shape"},
    {"numbers as names", numbers_as_names, MOOD_ERR_UNSUPPORTED, "\"weight_names\": has an attribute that is not text"},
    {"names without a space", names_without_space, MOOD_ERR_FORMAT, "a shape is missing"},
    {"one name more", more_names, MOOD_ERR_SHAPE, GROUP " has 3 arrays, but layer \"dense\" has 2"},
    {"one name", one_name, MOOD_ERR_SHAPE, "has 1 arrays"},
    {"turned names", turned_names, MOOD_ERR_SHAPE, "has the shape"},
    {"an unknown name", unknown_names, MOOD_ERR_FORMAT, GROUP "/dense/nothing: is missing"},
    {"a group as an array", names_of_groups, MOOD_ERR_FORMAT, "a group instead of numbers"},
    {"a path out of the file", names_that_leave, MOOD_ERR_FORMAT, "is missing"},
    {"a control character", names_with_controls, MOOD_ERR_FORMAT, "control characters"},
    {"a name in Latin-1", names_that_are_not_utf8, MOOD_ERR_FORMAT, "not UTF-8"},
    {"an empty name", empty_names, MOOD_ERR_FORMAT, "a group instead of numbers"},
    {"fewer layers", fewer_layers, MOOD_ERR_SHAPE, "has weights of 2 layers, but the model"},
    {"an unknown layer", unknown_layers, MOOD_ERR_FORMAT, "is missing"},
    {"a soft link", linked_layer, MOOD_ERR_UNSUPPORTED, "a symbolic link"},
    {"no config", no_config, MOOD_ERR_UNSUPPORTED, "without the model's layers"},
    {"numbers as a config", numbers_as_config, MOOD_ERR_UNSUPPORTED, "not text"},
    {"a list as a config", list_as_config, MOOD_ERR_FORMAT, "does not describe"},
    {"a config that is not JSON", no_json_as_config, MOOD_ERR_FORMAT, "model_config is not valid JSON"},
    {"an empty config", empty_config, MOOD_ERR_FORMAT, "model_config is not valid JSON"},
    {"a config of lists", nested_config, MOOD_ERR_FORMAT, "a layer without a name"},
    {"training that is not JSON", no_json_as_training, MOOD_ERR_FORMAT, "training_config is not valid JSON"},
    {"a list as training", text_as_training, MOOD_OK, ""},
    {"strange training", strange_training, MOOD_OK, ""},
};

START_TEST(h5_files_are_what_keras_makes) {
    struct blob whole = golden_file(MODEL_H5);
    hid_t file = open_image(&whole);
    models[_i].change(file);
    struct blob changed = take_image(file);
    assert_says(load_file(&changed), models[_i].status, models[_i].says, models[_i].name);
    free(changed.data);
    free(whole.data);
}
END_TEST

static mood_status check_h5(const struct blob *file, const mood_model *model) {
    struct hdf5_texts texts;
    mood_status status = hdf5_check(file, &err);
    if (status == MOOD_OK)
        status = hdf5_read_texts(file, "", "model_config", &texts, &err);
    if (status != MOOD_OK)
        return status;
    for (size_t i = 0; i < texts.count; i++)
        ck_assert(texts.items[i].data >= (const char *)file->data || texts.items[i].size == 0);
    free(texts.items);
    return legacy_weights_check(file, model, 7, &err);
}

/* Every byte is changed in three ways, and the file is truncated at each byte: no crash. */
START_TEST(no_byte_of_an_h5_file_crashes) {
    static const char *const names[] = {"legacy/keras-2-frozen.h5", "legacy/keras-2.2-parts.h5",
                                        "legacy/keras-2-cudnn.h5", "legacy/keras-3-frozen.h5"};
    struct blob file = golden_file(names[_i]), copy = golden_file(names[_i]), no_layers = {0};
    struct archive archive;
    mood_model *model;
    struct config config;
    ok(legacy_open(&copy, &no_layers, &archive, &err));
    ok(mood_model_create(device, &model, &err));
    ok(config_read(&archive.members[MEMBER_CONFIG], NULL, true, model, &config, &err));
    ok(check_h5(&file, model));
    size_t refused = 0;
    for (size_t i = 0; i < file.size; i++) {
        for (size_t k = 0; k < sizeof flips; k++) {
            if (!is_flipped(i, k))
                continue;
            file.data[i] ^= flips[k];
            refused += check_h5(&file, model) != MOOD_OK;
            file.data[i] ^= flips[k];
        }
    }
    ck_assert_uint_gt(refused, 300);
    for (size_t size = 0; size < file.size; size += 13) {
        struct blob part = copy_bytes(file.data, size);
        ck_assert_int_ne(check_h5(&part, model), MOOD_OK);
        free(part.data);
    }
    json_decref(config.document);
    mood_model_destroy(model);
    archive_clear(&archive);
    free(file.data);
}
END_TEST

int main(void) {
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    Suite *suite = suite_create("hostile keras files");
    TCase *files = tcase_create("files");
    tcase_set_timeout(files, 300);
    tcase_add_unchecked_fixture(files, open_device, close_device);
    tcase_add_test(files, cut_off_file_is_noticed);
    tcase_add_test(files, other_files_are_named);
    tcase_add_test(files, changed_byte_is_noticed);
    tcase_add_test(files, zips_are_what_keras_makes);
    tcase_add_test(files, member_twice_is_refused);
    tcase_add_test(files, bomb_is_not_unpacked);
    tcase_add_loop_test(files, arrays_are_what_keras_makes, 0, sizeof arrays / sizeof *arrays);
    tcase_add_test(files, arrays_that_overlap_are_refused);
    tcase_add_test(files, numbers_have_to_be_finite);
    tcase_add_test(files, no_byte_of_the_weights_crashes);
    tcase_add_test(files, long_nodes_are_refused);
    tcase_add_test(files, optimizer_has_to_fit);
    tcase_add_loop_test(files, h5_files_are_what_keras_makes, 0, sizeof models / sizeof *models);
    tcase_add_loop_test(files, no_byte_of_an_h5_file_crashes, 0, 4);
    suite_add_tcase(suite, files);
    return run_suite(suite);
}
