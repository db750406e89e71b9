/* A .keras file's zip, in memory both ways. Members are found by name and never become files, so a name
 * like ../x does no harm; sizes are bounded before memory is asked for. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "keras/keras.h"

#define MIB ((size_t)1 << 20)

/* A member that swells to more than this many times its packed size is a bomb; below the floor it is not
 * worth asking. Keras stores its members as they are. */
#define MAX_SWELL 100
#define SWELL_FLOOR (16 * MIB)

#define MAX_ENTRIES 1000                                    /* Keras writes three; assets may follow */
#define END_SIZE 22                                         /* the zip's last record */
#define LOCATOR_SIZE 20                                     /* before it, of Zip64 */
#define TAIL_SIZE ((size_t)LOCATOR_SIZE + END_SIZE + 65535) /* with the longest comment */

#define JSON_STARTS "{ \t\r\n"

/* The order in which Keras writes them, then mood's own. */
const struct member_rule member_rules[MEMBER_COUNT] = {
    [MEMBER_METADATA] = {"metadata.json", MIB, JSON_STARTS},
    [MEMBER_CONFIG] = {"config.json", CONFIG_MAX_SIZE, JSON_STARTS},
    [MEMBER_WEIGHTS] = {"model.weights.h5", WEIGHTS_MAX_SIZE, "\x89"},
    [MEMBER_TOKENIZER] = {"tokenizer.json", TOKENIZER_MAX_SIZE, JSON_STARTS "\""},
    [MEMBER_RECIPE] = {"mood.json", 16 * MIB, JSON_STARTS},
    [MEMBER_VOCABULARY] = {"assets/layers/text_vectorization/vocabulary.txt", TOKENIZER_MAX_SIZE, NULL},
    [MEMBER_LOOKUP_VOCABULARY] = {"assets/layers/text_vectorization/_lookup_layer/vocabulary.txt", TOKENIZER_MAX_SIZE,
                                  NULL},
    [MEMBER_NGRAMS] = {"ngrams.json", 64 * MIB, JSON_STARTS},
};

void archive_clear(struct archive *archive) {
    for (int i = 0; i < MEMBER_COUNT; i++)
        free(archive->members[i].data);
    *archive = (struct archive){0};
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The first bytes of the source, or its last ones. */
static mood_status read_part(zip_source_t *source, zip_int64_t offset, int whence, unsigned char *part, size_t *size,
                             mood_error *err) {
    zip_int64_t got = zip_source_seek(source, offset, whence) == 0 ? zip_source_read(source, part, *size) : -1;
    if (got < 0)
        return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "cannot read it: %s",
                              zip_error_strerror(zip_source_error(source)));
    *size = (size_t)got;
    return MOOD_OK;
}

static mood_status check_head(zip_source_t *source, mood_error *err) {
    unsigned char head[512];
    size_t size = sizeof head;
    mood_status status = read_part(source, 0, SEEK_SET, head, &size, err);
    if (status != MOOD_OK)
        return status;
    if (size >= 4 && memcmp(head, "PK", 2) == 0)
        return MOOD_OK;
    const char *kind = magic_kind(head, size);
    return kind ? unsupported(err, "is not a .keras file but %s", kind)
                : broken(err, "is not a complete .keras file: its beginning is damaged");
}

static uint64_t get_number(const unsigned char *bytes, int size) {
    uint64_t number = 0;
    while (size-- > 0)
        number = number << 8 | bytes[size];
    return number;
}

/* The number of members by the record that ends a zip, and by the larger record of Zip64 that a locator before it may
 * name; 0 where libzip would not accept the record. */
static mood_status count_entries(zip_source_t *source, const unsigned char *tail, size_t at, uint64_t *count,
                                 mood_error *err) {
    const unsigned char *record = tail + at, *locator = record - LOCATOR_SIZE;
    bool whole = get_number(record + 4, 4) == 0; /* on one disk */
    unsigned char large[40];
    size_t size = sizeof large;
    *count = whole && get_number(record + 8, 2) == get_number(record + 10, 2) ? get_number(record + 10, 2) : 0;
    if (!whole || at < LOCATOR_SIZE || memcmp(locator, "PK\6\7", 4) != 0)
        return MOOD_OK;
    uint64_t place = get_number(locator + 8, 8);
    mood_status status = place <= INT64_MAX ? read_part(source, (zip_int64_t)place, SEEK_SET, large, &size, err)
                                            : broken(err, "is not a complete .keras file: its end is damaged");
    if (status == MOOD_OK && size == sizeof large)
        *count = get_number(large + 32, 8);
    return status;
}

/* libzip reads the names of all members into a hash table that has no key, so that many names chosen to collide would
 * take minutes. Their number stands in the zip's last record, before a comment of up to 64 KiB. The same bytes within
 * the comment are checked too, as libzip may choose them. */
static mood_status check_tail(zip_source_t *source, size_t size, mood_error *err) {
    size_t length = size < TAIL_SIZE ? size : TAIL_SIZE;
    unsigned char *tail = malloc(length);
    if (!tail)
        return out_of_memory(err, "reading the file");
    mood_status status = read_part(source, -(zip_int64_t)length, SEEK_END, tail, &length, err);
    for (size_t i = 0; status == MOOD_OK && i + END_SIZE <= length; i++) {
        uint64_t count = 0;
        if (memcmp(tail + i, "PK\5\6", 4) == 0)
            status = count_entries(source, tail, i, &count, err);
        if (status == MOOD_OK && count > MAX_ENTRIES)
            status = broken(err, "is a zip of more than %d members, so it is not a Keras model", MAX_ENTRIES);
    }
    free(tail);
    return status;
}

/* Before libzip reads its directory. */
static mood_status check_source(zip_source_t *source, mood_error *err) {
    zip_stat_t info;
    zip_stat_init(&info);
    if (zip_source_stat(source, &info) == 0 && (info.valid & ZIP_STAT_SIZE) && info.size == 0)
        return broken(err, "is empty"); /* libzip's memory source cannot be read then */
    if (!(info.valid & ZIP_STAT_SIZE) || zip_source_open(source) < 0)
        return mood_error_set(err, MOOD_ERR_IO, MOOD_CLASS_FATAL, "cannot read it: %s",
                              zip_error_strerror(zip_source_error(source)));
    mood_status status = check_head(source, err);
    if (status == MOOD_OK)
        status = check_tail(source, (size_t)info.size, err);
    zip_source_close(source);
    return status;
}

/* The source is the zip's, or gone on failure. */
static mood_status open_zip(zip_source_t *source, zip_t **zip, mood_error *err) {
    zip_error_t reason;
    mood_status status = check_source(source, err);
    zip_error_init(&reason);
    *zip = status == MOOD_OK ? zip_open_from_source(source, ZIP_RDONLY, &reason) : NULL;
    if (!*zip)
        zip_source_free(source);
    if (!*zip && status == MOOD_OK)
        status = broken(err, "is not a complete .keras file (%s): it is truncated, or another kind of file",
                        zip_error_strerror(&reason));
    zip_error_fini(&reason);
    return status;
}

static mood_status check_member(const zip_stat_t *info, size_t max_size, mood_error *err) {
    const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if ((info->valid & needed) != needed)
        return broken(err, "its size is not known");
    if ((info->valid & ZIP_STAT_ENCRYPTION_METHOD) && info->encryption_method != ZIP_EM_NONE)
        return unsupported(err, "it is encrypted; save the model without a password");
    if (info->comp_method != ZIP_CM_STORE && info->comp_method != ZIP_CM_DEFLATE)
        return unsupported(err, "it is compressed in a way that Keras does not use");
    if (info->size > max_size)
        return broken(err, "its declared size is %llu bytes; the limit is %zu", (unsigned long long)info->size,
                      max_size);
    if (info->size > SWELL_FLOOR && info->size / MAX_SWELL > info->comp_size)
        return broken(err, "it would grow from %llu bytes to %llu, so it is not a model",
                      (unsigned long long)info->comp_size, (unsigned long long)info->size);
    return MOOD_OK;
}

static mood_status read_bytes(zip_file_t *file, unsigned char *data, size_t size, mood_error *err) {
    for (size_t done = 0; done < size;) {
        zip_int64_t got = zip_fread(file, data + done, size - done);
        if (got <= 0)
            return broken(err, "it is damaged (%s)", got < 0 ? zip_file_strerror(file) : "cut off");
        done += (size_t)got;
    }
    return MOOD_OK;
}

/* libzip compares the checksum when the end is reached. */
static mood_status check_end(zip_file_t *file, mood_error *err) {
    unsigned char more;
    zip_int64_t got = zip_fread(file, &more, 1);
    if (got != 0)
        return broken(err, "it is damaged (%s)", got < 0 ? zip_file_strerror(file) : "longer than its declared size");
    return MOOD_OK;
}

/* All of a member; its first byte is checked before there is memory for the rest. */
static mood_status read_all(zip_file_t *file, size_t size, const char *starts, struct blob *bytes, mood_error *err) {
    unsigned char first = 0;
    mood_status status = read_bytes(file, &first, size ? 1 : 0, err);
    if (status != MOOD_OK)
        return status;
    if (size == 0 || (starts && (!first || !strchr(starts, first))))
        return broken(err, "it is damaged (it begins with the byte 0x%02x)", first);
    unsigned char *data = malloc(size + 1);
    if (!data)
        return out_of_memory(err, "unpacking it");
    data[0] = first;
    status = read_bytes(file, data + 1, size - 1, err);
    if (status == MOOD_OK)
        status = check_end(file, err);
    if (status != MOOD_OK) {
        free(data);
        return status;
    }
    data[size] = '\0';
    *bytes = (struct blob){data, size};
    return MOOD_OK;
}

static mood_status read_member(zip_t *zip, zip_uint64_t index, enum member member, struct blob *bytes,
                               mood_error *err) {
    zip_stat_t info;
    zip_stat_init(&info);
    if (zip_stat_index(zip, index, 0, &info) < 0)
        return broken(err, "%s", zip_strerror(zip));
    mood_status status = check_member(&info, member_rules[member].max_size, err);
    if (status != MOOD_OK)
        return status;
    zip_file_t *file = zip_fopen_index(zip, index, 0);
    if (!file)
        return broken(err, "it is damaged (%s)", zip_strerror(zip));
    status = read_all(file, (size_t)info.size, member_rules[member].starts, bytes, err);
    zip_fclose(file);
    return status;
}

static int find_member(const char *name) {
    for (int i = 0; i < MEMBER_COUNT; i++)
        if (strcmp(name, member_rules[i].name) == 0)
            return i;
    return -1;
}

mood_status archive_check_weights(const struct archive *archive, bool has_shards, bool has_npz, mood_error *err) {
    if (archive->members[MEMBER_WEIGHTS].data)
        return MOOD_OK;
    if (has_shards)
        return unsupported(err, "has its weights in shards; save it in Keras without max_shard_size");
    if (has_npz)
        return unsupported(err, "has its weights as .npz; save it with Keras 3's model.save(\"name.keras\")");
    return broken(err, "has no model.weights.h5");
}

static mood_status check_complete(const struct archive *archive, zip_t *zip, mood_error *err) {
    if (!archive->members[MEMBER_CONFIG].data)
        return broken(err, "has no config.json: it is a zip, but not a Keras model");
    return archive_check_weights(archive, zip_name_locate(zip, "model.weights.json", 0) >= 0,
                                 zip_name_locate(zip, "model.weights.npz", 0) >= 0, err);
}

/* The source is closed. */
static mood_status read_source(zip_source_t *source, struct archive *archive, mood_error *err) {
    *archive = (struct archive){0};
    zip_t *zip;
    mood_status status = open_zip(source, &zip, err);
    if (status != MOOD_OK)
        return status;
    zip_int64_t count = zip_get_num_entries(zip, 0);
    for (zip_int64_t i = 0; i < count && status == MOOD_OK; i++) {
        const char *name = zip_get_name(zip, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
        int member = name ? find_member(name) : -1;
        if (member < 0)
            continue;
        struct blob *bytes = &archive->members[member];
        if (bytes->data)
            status = broken(err, "occurs twice");
        else
            status = read_member(zip, (zip_uint64_t)i, member, bytes, err);
        if (status != MOOD_OK)
            mood_error_prefix(err, "%s", member_rules[member].name);
    }
    if (status == MOOD_OK)
        status = check_complete(archive, zip, err);
    zip_discard(zip);
    if (status != MOOD_OK)
        archive_clear(archive);
    return status;
}

mood_status archive_read(const void *data, size_t size, struct archive *archive, mood_error *err) {
    zip_source_t *source = zip_source_buffer_create(data, size, 0, NULL);
    return source ? read_source(source, archive, err) : out_of_memory(err, "reading the file");
}

mood_status archive_read_file(FILE *file, struct archive *archive, mood_error *err) {
    zip_source_t *source = zip_source_filep_create(file, 0, -1, NULL);
    if (source)
        return read_source(source, archive, err);
    fclose(file);
    return out_of_memory(err, "reading the file");
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool add_member(zip_t *zip, const char *name, const struct blob *bytes) {
    zip_source_t *source = zip_source_buffer(zip, bytes->data, bytes->size, 0);
    if (!source)
        return false;
    zip_int64_t index = zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8 | ZIP_FL_OVERWRITE);
    if (index < 0) {
        zip_source_free(source);
        return false;
    }
    return zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0) == 0;
}

/* Write the zip into its in-memory source; zip is gone afterwards, on failure too. */
static mood_status fill_zip(zip_t *zip, const struct archive *archive, mood_error *err) {
    bool added = true;
    for (int i = 0; i < MEMBER_COUNT && added; i++)
        if (archive->members[i].data)
            added = add_member(zip, member_rules[i].name, &archive->members[i]);
    if (added && zip_close(zip) == 0)
        return MOOD_OK;
    mood_status status =
        mood_error_set(err, MOOD_ERR_MEMORY, MOOD_CLASS_FATAL, "cannot make the zip: %s", zip_strerror(zip));
    zip_discard(zip);
    return status;
}

static mood_status take_contents(zip_source_t *source, struct blob *bytes, mood_error *err) {
    zip_stat_t info;
    zip_stat_init(&info);
    if (zip_source_stat(source, &info) < 0 || !(info.valid & ZIP_STAT_SIZE) || zip_source_open(source) < 0)
        return out_of_memory(err, "making the zip");
    mood_status status = MOOD_OK;
    size_t size = (size_t)info.size;
    unsigned char *data = malloc(size + 1);
    if (!data || zip_source_read(source, data, info.size) != (zip_int64_t)info.size) {
        free(data);
        status = out_of_memory(err, "making the zip");
    } else {
        *bytes = (struct blob){data, size};
    }
    zip_source_close(source);
    return status;
}

/* A source to write to, which begins with the base's bytes. They are copied: libzip 1.7 frees what it is told not to,
 * when it writes to it. */
static zip_source_t *make_source(const struct blob *base) {
    void *copy = base ? malloc(base->size + 1) : NULL;
    if (base && !copy)
        return NULL;
    if (base)
        memcpy(copy, base->data, base->size);
    zip_source_t *source = zip_source_buffer_create(copy, base ? base->size : 0, 1, NULL);
    if (!source)
        free(copy);
    return source;
}

mood_status archive_write(const struct blob *base, struct archive *archive, struct blob *bytes, mood_error *err) {
    zip_error_t reason;
    zip_error_init(&reason);
    mood_status status;
    zip_source_t *source = make_source(base);
    if (!source) {
        status = out_of_memory(err, "making the zip");
        goto fini;
    }
    zip_source_keep(source); /* the zip takes one hold, what is read out below is the other */
    zip_t *zip = zip_open_from_source(source, base ? 0 : ZIP_TRUNCATE | ZIP_CREATE, &reason);
    if (!zip) {
        zip_source_free(source);
        status = broken(err, "cannot open the zip to write to it: %s", zip_error_strerror(&reason));
        goto free_source;
    }
    status = fill_zip(zip, archive, err);
    archive_clear(archive); /* before the zip is copied: both can be large */
    if (status == MOOD_OK)
        status = take_contents(source, bytes, err);
free_source:
    zip_source_free(source);
fini:
    zip_error_fini(&reason);
    return status;
}
